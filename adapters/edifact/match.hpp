// adapters/edifact/match.hpp — which group a segment begins and which row it fills.
#pragma once

#include "adapters/edifact/syntax.hpp"
#include "adapters/edifact/table.hpp"
#include "adapters/letter/tree.hpp"

#include <span>

namespace sluse::edifact {

/// "S01" to "S20": begins a group whatever letter it stands in.
inline bool group_trigger(const Segment& segment)
{
    const auto tag = segment.tag;
    return tag[0] == 'S' && tag[1] >= '0' && tag[1] <= '2' && tag[2] >= '0' && tag[2] <= '9';
}

/// Asks the tables about the segments of one letter, which ends at `end`.
class Matcher {
public:
    Matcher(const Text& text, const letter::Tree& tree, std::uint32_t end) : text_(text), tree_(tree), end_(end) {}

    /// Of the groups in `group` that the segment may begin the one with the most telling segments; null when there is none.
    const Group* group_for(const Group& group, std::uint32_t segment) const;
    /// The row that tells the most, of those that may take one more segment (`used`: have one); the number of rows when there is none.
    std::size_t row_for(const Group& group, std::uint32_t segment, std::span<const char> used) const;
    /// Has a row that such a segment fills one already?
    bool taken(const Group& group, const Segment& segment, std::span<const char> used) const;
    /// The number that the next RFF+ASL in this group gives; 0 when there is none.
    std::uint32_t picked(std::uint32_t segment) const;

    /// Has the group, or one in it, a place for such a segment?
    bool knows(const Group& group, const Segment& segment) const;

private:
    bool timely(const Group& group) const;
    bool leads(const Group& group, std::uint32_t segment) const;
    bool keys_present(const Group& group, std::uint32_t segment) const;
    bool matches(const Row& row, const Segment& segment) const;
    const Row* first_match(const Group& group, const Segment& segment) const;

    const Text& text_;
    const letter::Tree& tree_;
    std::uint32_t end_;
};

} // namespace sluse::edifact
