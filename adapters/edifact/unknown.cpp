// adapters/edifact/unknown.cpp — MedCom's error table: an unknown qualifier refuses its letter, an unknown extra is told.
#include "adapters/edifact/unknown.hpp"

#include <algorithm>

namespace sluse::edifact {
namespace {

/// Who, in what state, related how: these are at fault before what stands beside them.
bool decides(std::string_view tag)
{
    return tag == "NAD" || tag == "PNA" || tag == "PAS" || tag == "REL" || tag == "UCI" || tag == "UCM";
}

/// What was found or given.
bool holds_findings(std::string_view tag)
{
    return tag == "CIN" || tag == "FTX" || tag == "INV" || tag == "RSL" || tag == "LIN" || tag == "IMD" || tag == "DSG";
}

/// A second one says something else of the same.
bool is_single(std::string_view tag)
{
    return tag == "RFF" || tag == "DTM" || tag == "GIS" || tag == "STS";
}

bool has_group(const Group& group, std::uint32_t word)
{
    return std::ranges::any_of(group.groups, [&](const Group& inner) { return (!inner.loop && inner.trigger.word == word) || has_group(inner, word); });
}

} // namespace

bool Unknown::said_before(std::uint32_t at) const
{
    const auto& s = text_.segments[at];
    const auto same = [&](const Segment& other) {
        if (other.word != s.word || other.count != s.count) return false;
        for (std::uint32_t i = 0; i < s.count; ++i) {
            const auto &a = text_.components[s.first + i], &b = text_.components[other.first + i];
            if (a.element != b.element || text_.bytes.substr(a.at, a.size) != text_.bytes.substr(b.at, b.size)) return false;
        }
        return true;
    };
    constexpr std::uint32_t far = 64; // groups are shorter, unless somebody wants the search to take long
    for (auto i = at; i-- > 0 && at - i <= far && !group_trigger(text_.segments[i]) && text_.segments[i].word != tag_word("UNH");)
        if (same(text_.segments[i])) return true;
    return false;
}

Trouble Unknown::segment(std::uint32_t at, bool twice) const
{
    const auto& s = text_.segments[at];
    const auto type = "a letter of type " + table_.version;
    if (twice && decides(s.tag)) return text_.trouble(s, 0, 0, IssueKind::sequence, "stands twice: there is one at most");
    if (decides(s.tag) || tables_.lacks_qualifier(s.word, text_.raw(s, 1)))
        return text_.trouble(s, 1, 1, IssueKind::unknown_code, "this qualifier is not known in " + type);
    if (twice && is_single(s.tag) && !said_before(at)) return text_.trouble(s, 0, 0, IssueKind::sequence, "stands twice: there is one at most");
    if (holds_findings(s.tag) && matcher_.knows(table_.body, s)) return text_.trouble(s, 0, 0, IssueKind::sequence, "stands where " + type + " does not have it");
    auto extra = text_.trouble(s, 0, 0, IssueKind::unmapped, twice ? "stands twice; the second is left out" : "is not known in " + type + "; it is left out");
    extra.severity = Severity::warning;
    return extra;
}

Trouble Unknown::group(std::uint32_t at, std::uint32_t last, std::uint32_t& end) const
{
    const auto type = "a letter of type " + table_.version;
    const Segment* culprit = nullptr;
    for (end = at + 1; end < last && !group_trigger(text_.segments[end]); ++end)
        if (!culprit && decides(text_.segments[end].tag)) culprit = &text_.segments[end];
    const auto& trigger = text_.segments[at];
    if (!culprit || !has_group(table_.body, trigger.word)) return text_.trouble(trigger, 0, 0, IssueKind::sequence, "this group is not known in " + type);
    return text_.trouble(*culprit, 1, 1, IssueKind::unknown_code, "this qualifier is not known in " + type);
}

} // namespace sluse::edifact
