// adapters/edifact/match.cpp — qualifiers before rows that take any, groups by the segments that tell them apart.
#include "adapters/edifact/match.hpp"

#include "gateway/base/scan.hpp"

#include <algorithm>
#include <utility>

namespace sluse::edifact {

/// Does one of the words, in small letters, stand in the text?
static bool says(std::string_view text, const std::vector<std::string>& words)
{
    const auto alike = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; };
    return std::ranges::any_of(words, [&](const std::string& word) { return std::search(text.begin(), text.end(), word.begin(), word.end(), alike) != text.end(); });
}

const Group* Matcher::group_for(const Group& group, std::uint32_t segment) const
{
    const auto& s = text_.segments.data()[segment];
    if (!(group.starts & tag_bit(s.word))) return nullptr;
    const Group* best = nullptr;
    for (const auto& inner : group.groups) {
        if ((!inner.loop && inner.trigger.word != s.word) || !timely(inner)) continue;
        const auto* found = inner.loop ? group_for(inner, segment) : matches(inner.trigger, s) && keys_present(inner, segment) && leads(inner, segment) ? &inner : nullptr;
        if (found && (!best || found->keys > best->keys)) best = found;
    }
    return best;
}

/// Is the letter so far one that the group may stand in?
bool Matcher::timely(const Group& group) const
{
    const auto there = [&](ElementId element) { return element != no_element && tree_.has(element); };
    return !there(group.once) && !there(group.until) && (group.after == no_element || there(group.after));
}

/// Has the next group of its kind the segment that the group wants there?
bool Matcher::leads(const Group& group, std::uint32_t segment) const
{
    if (group.leads.empty()) return true;
    bool next = false;
    for (auto i = segment + 1; i < end_; ++i) {
        const auto& s = text_.segments.data()[i];
        if (group_trigger(s)) return false;
        if (s.word == group.trigger.word && std::exchange(next, true)) return false;
        if (next && s.tag == group.leads.substr(0, 3) && text_.raw(s, 1) == group.leads.substr(4)) return true;
    }
    return false;
}

std::size_t Matcher::row_for(const Group& group, std::uint32_t segment, std::span<const char> used) const
{
    const auto count = group.rows.size();
    const auto& s = text_.segments.data()[segment];
    if (!(group.tags & tag_bit(s.word))) return count;
    for (const auto candidate : group.candidates) {
        if (candidate.word != s.word) continue;
        const auto& row = group.rows.data()[candidate.row];
        if ((!used.data()[candidate.row] || row.many || row.text) && matches(row, s)) return candidate.row;
    }
    return count;
}

bool Matcher::taken(const Group& group, const Segment& s, std::span<const char> used) const
{
    for (std::size_t i = 0; i < group.rows.size(); ++i)
        if (used[i] && matches(group.rows[i], s)) return true;
    return false;
}

std::uint32_t Matcher::picked(std::uint32_t segment) const
{
    std::uint32_t number = 0;
    for (auto i = segment + 1; i < end_ && number == 0; ++i) {
        const auto& s = text_.segments[i];
        if (group_trigger(s)) break;
        if (s.word == tag_word("RFF") && text_.raw(s, 1) == "ASL") read_number(text_.raw(s, 1, 2), number);
    }
    return number;
}

bool Matcher::knows(const Group& group, const Segment& s) const
{
    const auto row = [&](const Row& one) { return matches(one, s); };
    const auto below = [&](const Group& inner) { return (inner.hidden && matches(inner.trigger, s)) || knows(inner, s); };
    return std::ranges::any_of(group.rows, row) || std::ranges::any_of(group.groups, below);
}

/// Are the group's telling segments there, up to where the next group of any kind begins?
bool Matcher::keys_present(const Group& group, std::uint32_t segment) const
{
    if (group.keys == 0) return true;
    for (const auto& row : group.rows) {
        if (!row.key) continue;
        bool found = false;
        for (auto i = segment + 1; i < end_ && !found; ++i) {
            const auto& s = text_.segments.data()[i];
            if (group_trigger(s) || (group.hidden && s.word == group.trigger.word)) break;
            found = s.word == row.word && first_match(group, s) == &row;
        }
        if (!found) return false;
    }
    return true;
}

bool Matcher::matches(const Row& row, const Segment& s) const
{
    if (row.word != s.word) return false;
    for (const auto& condition : row.conditions) {
        const auto raw = text_.raw(s, condition.element, condition.component);
        if (!condition.within.empty()) {
            if (!says(raw, condition.within)) return false;
            continue;
        }
        if (condition.constant.empty() ? raw.empty()
                                       : raw.size() != condition.constant.size() || packed(raw.substr(0, 8)) != condition.word || (raw.size() > 8 && raw != condition.constant))
            return false;
    }
    // Segments lie in one vector, UNT at the end of every letter: there is always a next one.
    return row.before.empty() || (&s + 1)->tag == row.before;
}

const Row* Matcher::first_match(const Group& group, const Segment& s) const
{
    for (const auto candidate : group.candidates)
        if (candidate.word == s.word && matches(group.rows.data()[candidate.row], s)) return &group.rows.data()[candidate.row];
    return nullptr;
}

} // namespace sluse::edifact
