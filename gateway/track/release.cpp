// gateway/track/release.cpp — holding rows back along their lines of sums, to a fixed point.
#include "gateway/track/release.hpp"

#include "gateway/track/audit.hpp"
#include "gateway/track/rollups.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

namespace sluse {
namespace {

/// What it costs a reader when a row lags by one person.
std::int64_t prominence(const RowKey& row)
{
    const bool month = row.kind == PeriodKind::month;
    // All periods together have no sum above them, so holding them draws the least with it.
    if (row.by == By::total) return month ? 64 : row.kind == PeriodKind::all ? 4 : 16;
    return month ? 2 : 1;
}

/// Parts of a line may be told apart by their own sums only while they are held, so each line keeps the sum of what its held rows hide.
class Release {
public:
    Release(std::span<const WaitingRow> rows, const Regions& regions, std::int64_t min)
        : rows_(rows), min_(min), held_(rows.size()), lines_of_(rows.size()), lines_(lines_of(rows, regions)), states_(lines_.size())
    {
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (lines_[i].parent < rows.size()) lines_of_[lines_[i].parent].push_back(i);
            for (const auto child : lines_[i].children) lines_of_[child].push_back(i);
        }
    }

    std::vector<bool> run()
    {
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (few(i)) hold(i);
        // Lines mended one by one can still be solved together, so the whole is solved as an attacker would, until nothing falls out.
        do mend_lines();
        while (hold_beside_determined());
        std::vector<bool> out(rows_.size());
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = !held_[i];
        return out;
    }

private:
    struct LineState {
        std::size_t held{};     ///< rows of it
        std::int64_t persons{}; ///< with something in what is hidden together
        bool queued{};
    };

    static std::vector<SumLine> lines_of(std::span<const WaitingRow> rows, const Regions& regions)
    {
        std::vector<RowKey> keys;
        keys.reserve(rows.size());
        for (const auto& row : rows) keys.push_back(row.key);
        return lines_over(keys, regions);
    }

    bool few(std::size_t row) const
    {
        if (static_cast<std::int64_t>(rows_[row].who.size()) < min_) return true;
        return rows_[row].persons > 0 && rows_[row].persons < min_;
    }
    std::int64_t cost(std::size_t row) const { return prominence(rows_[row].key) * static_cast<std::int64_t>(rows_[row].who.size()); }

    void hold(std::size_t row)
    {
        if (held_[row]) return;
        held_[row] = true;
        for (const auto line : lines_of_[row]) {
            auto& state = states_[line];
            ++state.held;
            const bool negative = lines_[line].parent == row;
            for (const auto& one : rows_[row].who) {
                auto& hidden = hidden_[one.person * 0x9e3779b97f4a7c15ull ^ line * 0xc2b2ae3d27d4eb4full];
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
            states_[line].queued = false;
            const auto& state = states_[line];
            if (state.held != 1 && (state.persons == 0 || state.persons >= min_)) continue;
            if (const auto row = cheapest(lines_[line])) hold(*row);
        }
    }

    /// The row of the line that goes out and costs least to hold.
    std::optional<std::size_t> cheapest(const SumLine& line) const
    {
        std::optional<std::size_t> best;
        const auto look = [&](std::size_t row) {
            if (row < rows_.size() && !held_[row] && (!best || cost(row) < cost(*best))) best = row;
        };
        look(line.parent);
        for (const auto child : line.children) look(child);
        return best;
    }

    /// Holds one more row in a line of each row of few that the sums determine. False when there was none, or nothing left to hold.
    bool hold_beside_determined()
    {
        if (std::ranges::find(held_, true) == held_.end()) return false;
        auto hidden = held_;
        for (const auto& line : lines_) hidden.resize(std::max(hidden.size(), line.parent + 1));
        const auto found = determined(hidden, lines_);
        bool more = false;
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            if (!found[row] || !few(row)) continue;
            if (const auto other = beside(row)) hold(*other), more = true;
        }
        return more;
    }

    /// The cheapest row that goes out, of those nearest to `row`: on its lines, else on the lines of the rows held there, and so on.
    std::optional<std::size_t> beside(std::size_t row) const
    {
        std::set<std::size_t> seen_lines;
        std::vector<std::size_t> near{row};
        while (!near.empty()) {
            std::optional<std::size_t> best;
            std::vector<std::size_t> next;
            for (const auto one : near)
                for (const auto line : lines_of_[one]) {
                    if (!seen_lines.insert(line).second) continue;
                    if (const auto other = cheapest(lines_[line]); other && (!best || cost(*other) < cost(*best))) best = other;
                    if (lines_[line].parent < rows_.size()) next.push_back(lines_[line].parent);
                    next.insert(next.end(), lines_[line].children.begin(), lines_[line].children.end());
                }
            if (best) return best;
            near = std::move(next);
        }
        return {};
    }

    std::span<const WaitingRow> rows_;
    std::int64_t min_;
    std::vector<bool> held_;
    std::vector<std::vector<std::size_t>> lines_of_;
    std::vector<SumLine> lines_;
    std::vector<LineState> states_;
    std::unordered_map<std::uint64_t, std::uint64_t> hidden_; ///< by line and person: what the held rows of the line hide of him
    std::vector<std::size_t> queue_;
};

} // namespace

std::vector<bool> releasable(std::span<const WaitingRow> rows, const Regions& regions, std::int64_t persons_min)
{
    if (persons_min <= 1) return std::vector<bool>(rows.size(), true); // nothing is small
    return Release(rows, regions, persons_min).run();
}

} // namespace sluse
