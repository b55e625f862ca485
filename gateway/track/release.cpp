// gateway/track/release.cpp — holding rows back along their lines of sums, to a fixed point.
#include "gateway/track/release.hpp"

#include "gateway/track/audit.hpp"
#include "gateway/track/row_parents.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <optional>

namespace sluse {
namespace {

/// What it costs a reader when a row lags by one person.
std::int64_t prominence(const RowKey& row)
{
    const bool month = row.kind == PeriodKind::month;
    // All periods together have no sum above them, so holding them draws the least with it.
    if (row.by == By::total) return month ? 128 : row.kind == PeriodKind::all ? 8 : 32;
    if (row.by == By::stratum) return 1;
    return month ? 4 : 2;
}

/// A person and a line, mixed already.
struct MixedHash {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t key) const { return key; }
};

/// Parts of a line may be told apart by their own sums only while they are held, so each line keeps the sum of what its held rows hide.
class Release {
public:
    Release(std::span<const WaitingRow> rows, const SumLines& lines, std::int64_t min) : rows_(rows), min_(min), held_(rows.size()), lines_(lines), states_(lines.size()), seen_(lines.size()) {}

    std::vector<bool> run()
    {
        for (std::uint32_t i = 0; i < rows_.size(); ++i)
            if (!few(i))
                for (const auto line : lines_.lines_of(i)) states_[line].open = true;
        for (std::uint32_t i = 0; i < rows_.size(); ++i)
            if (few(i)) hold(i);
        // Lines mended one by one can still be solved together, so the whole is solved as an attacker would, until nothing falls out.
        do mend_lines();
        while (hold_beside_determined());
        held_.flip();
        return std::move(held_);
    }

private:
    struct LineState {
        std::size_t held{};     ///< rows of it
        std::int64_t persons{}; ///< with something in what is hidden together
        bool queued{};
        bool open{}; ///< has a row that is not of few; of the others all is held anyhow
    };

    bool few(std::uint32_t row) const
    {
        if (static_cast<std::int64_t>(rows_[row].who.size()) < min_) return true;
        return rows_[row].persons > 0 && rows_[row].persons < min_;
    }
    std::int64_t cost(std::uint32_t row) const { return prominence(rows_[row].key) * static_cast<std::int64_t>(rows_[row].who.size()); }

    void hold(std::uint32_t row)
    {
        if (held_[row]) return;
        held_[row] = true;
        any_ = true;
        if (audit_) audit_->hide(row);
        for (const auto line : lines_.lines_of(row)) {
            auto& state = states_[line];
            if (!state.open) continue;
            ++state.held;
            const bool negative = lines_.parent(line) == row;
            for (const auto& one : rows_[row].who) {
                auto key = (one.person ^ (line + 1) * 0xc2b2ae3d27d4eb4full) * 0x9e3779b97f4a7c15ull;
                auto& hidden = hidden_[key ^ key >> 32];
                state.persons -= hidden != 0;
                hidden += negative ? 0 - one.digest : one.digest;
                state.persons += hidden != 0;
            }
            if (!state.queued) state.queued = true, queue_.push_back(line);
        }
    }

    void mend_lines()
    {
        while (!queue_.empty()) {
            const auto line = queue_.back();
            queue_.pop_back();
            auto& state = states_[line];
            state.queued = false;
            if (state.held != 1 && (state.persons == 0 || state.persons >= min_)) continue;
            if (const auto row = cheapest(line); row != none) hold(row);
        }
    }

    /// The row of the line that goes out and costs least to hold.
    std::uint32_t cheapest(std::uint32_t line) const
    {
        auto best = none;
        const auto look = [&](std::uint32_t row) {
            if (!held_[row] && (best == none || cost(row) < cost(best))) best = row;
        };
        if (lines_.parent(line) != none) look(lines_.parent(line));
        for (const auto child : lines_.children(line)) look(child);
        return best;
    }

    /// Holds one more row in a line of each row of few that the sums determine. False when there was none, or nothing left to hold.
    bool hold_beside_determined()
    {
        if (!any_ || std::ranges::find(held_, false) == held_.end()) return false;
        if (!audit_) audit_.emplace(held_, lines_);
        const auto found = audit_->determined(); // a copy, for it changes with what is held
        bool more = false;
        for (std::uint32_t row = 0; row < rows_.size(); ++row) {
            if (!found[row] || !few(row)) continue;
            if (const auto other = beside(row); other != none) hold(other), more = true;
        }
        return more;
    }

    /// The cheapest row that goes out, of those nearest to `row`: on its lines, else on the lines of the rows held there, and so on.
    std::uint32_t beside(std::uint32_t row)
    {
        ++search_;
        std::vector<std::uint32_t> near{row}, next;
        while (!near.empty()) {
            auto best = none;
            next.clear();
            for (const auto one : near)
                for (const auto line : lines_.lines_of(one)) {
                    if (seen_[line] == search_) continue;
                    seen_[line] = search_;
                    if (const auto other = cheapest(line); other != none && (best == none || cost(other) < cost(best))) best = other;
                    if (lines_.parent(line) != none) next.push_back(lines_.parent(line));
                    next.insert(next.end(), lines_.children(line).begin(), lines_.children(line).end());
                }
            if (best != none) return best;
            near.swap(next);
        }
        return none;
    }

    static constexpr auto none = SumLines::nowhere;
    std::span<const WaitingRow> rows_;
    std::int64_t min_;
    std::vector<bool> held_;
    bool any_{};
    const SumLines& lines_;
    std::vector<LineState> states_;
    boost::unordered_flat_map<std::uint64_t, std::uint64_t, MixedHash> hidden_; ///< by line and person: what the held rows of the line hide of him
    std::vector<std::uint32_t> queue_;
    std::uint32_t search_{};
    std::vector<std::uint32_t> seen_; ///< by line: the last search that came by
    std::optional<Audit> audit_;      ///< from the first time that the lines were solved together
};

} // namespace

std::vector<bool> releasable(std::span<const WaitingRow> rows, const SumLines& lines, std::int64_t persons_min)
{
    if (persons_min <= 1) return std::vector<bool>(rows.size(), true); // nothing is small
    return Release(rows, lines, persons_min).run();
}

std::vector<bool> releasable(std::span<const WaitingRow> rows, const Regions& regions, std::int64_t persons_min)
{
    std::vector<RowKey> keys;
    keys.reserve(rows.size());
    for (const auto& row : rows) keys.push_back(row.key);
    return releasable(rows, SumLines(rows.size(), lines_over(keys, regions)), persons_min);
}

} // namespace sluse
