// gateway/track/suppress.cpp — primary and complementary suppression over lines of sums, to a fixed point.
#include "gateway/track/suppress.hpp"

#include "gateway/track/audit.hpp"

#include <algorithm>
#include <optional>

namespace sluse {
namespace {

class Suppression {
public:
    Suppression(std::span<const std::int64_t> persons, std::span<const SumLine> lines, std::int64_t min)
        : persons_(persons), lines_(lines), min_(min), hidden_(persons.size()), lines_of_(persons.size()), queued_(lines.size())
    {
        for (std::size_t i = 0; i < lines.size(); ++i) {
            lines_of_[lines[i].parent].push_back(i);
            for (const auto child : lines[i].children) lines_of_[child].push_back(i);
        }
    }

    std::vector<bool> run()
    {
        for (std::size_t i = 0; i < persons_.size(); ++i)
            if (persons_[i] > 0 && persons_[i] < min_) hide(i);
        // Lines mended one by one can still be solved together, so the whole is solved as an attacker would, until nothing small falls out.
        do mend_lines();
        while (hide_beside_determined());
        return std::move(hidden_);
    }

private:
    void mend_lines()
    {
        while (!queue_.empty()) {
            const auto line = queue_.back();
            queue_.pop_back();
            queued_[line] = false;
            mend(lines_[line]);
        }
    }

    /// Hides one more row in a line of each small row that the sums determine. False when there was none, or nothing left to hide.
    bool hide_beside_determined()
    {
        if (std::ranges::find(hidden_, true) == hidden_.end()) return false;
        const auto found = determined(hidden_, lines_);
        bool more = false;
        for (std::size_t row = 0; row < found.size(); ++row) {
            if (!found[row] || persons_[row] >= min_) continue;
            if (const auto other = beside(row)) hide(*other), more = true;
        }
        return more;
    }

    /// The shown row with the fewest persons in any line with `row`; sums only when no part is left.
    std::optional<std::size_t> beside(std::size_t row) const
    {
        std::optional<std::size_t> best;
        for (const auto line : lines_of_[row]) {
            const auto child = smallest_shown(lines_[line], 1);
            if (child && (!best || persons_[*child] < persons_[*best])) best = child;
        }
        if (best) return best;
        for (const auto line : lines_of_[row])
            if (!hidden_[lines_[line].parent]) return lines_[line].parent;
        return {};
    }

    void hide(std::size_t row)
    {
        if (hidden_[row]) return;
        hidden_[row] = true;
        for (const auto line : lines_of_[row])
            if (!queued_[line]) queued_[line] = true, queue_.push_back(line);
    }

    /// The shown child with the fewest persons, of those with at least `at_least`.
    std::optional<std::size_t> smallest_shown(const SumLine& line, std::int64_t at_least) const
    {
        std::optional<std::size_t> best;
        for (const auto child : line.children)
            if (!hidden_[child] && persons_[child] >= at_least && (!best || persons_[child] < persons_[*best])) best = child;
        return best;
    }

    void mend(const SumLine& line)
    {
        std::size_t hidden = 0;
        std::int64_t largest = 0, shown = 0;
        for (const auto child : line.children) {
            if (hidden_[child]) ++hidden, largest = std::max(largest, persons_[child]);
            else shown += persons_[child];
        }
        if (hidden_[line.parent]) {
            if (hidden > 0) return;
            if (const auto child = smallest_shown(line, 1)) hide(*child);
            return;
        }
        // One may be in several parts, so the persons in the hidden parts together are at least these many.
        const auto together = std::max(largest, persons_[line.parent] - shown);
        if (hidden == 0 || (hidden >= 2 && together >= min_)) return;
        if (const auto child = smallest_shown(line, min_)) return hide(*child);
        hide(line.parent);
    }

    std::span<const std::int64_t> persons_;
    std::span<const SumLine> lines_;
    std::int64_t min_;
    std::vector<bool> hidden_;
    std::vector<std::vector<std::size_t>> lines_of_;
    std::vector<std::size_t> queue_;
    std::vector<bool> queued_;
};

} // namespace

std::vector<bool> suppressed(std::span<const std::int64_t> persons, std::span<const SumLine> lines, std::int64_t min)
{
    if (min <= 1) return std::vector<bool>(persons.size(), false); // nothing is small
    return Suppression(persons, lines, min).run();
}

} // namespace sluse
