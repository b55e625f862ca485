// gateway/timeline/stays.cpp — contacts that follow closely on each other, as stays.
#include "gateway/timeline/timeline.hpp"

#include <algorithm>
#include <array>

namespace sluse {
namespace {

bool physical(const Contact& c)
{
    static constexpr std::array<std::string_view, 4> classes{"IMP", "EMER", "AMB", ""};
    return std::ranges::find(classes, c.encounter_class) != classes.end();
}

/// Until when a contact reaches; an end before its start is a slip of the keyboard and counts as the start.
std::optional<Millis> reach(const Contact& c)
{
    if (!c.end && (c.encounter_class == "AMB" || c.encounter_class == "EMER")) return c.start;
    return c.end ? std::optional(std::max(c.start, *c.end)) : std::nullopt;
}

Stay stay_from(const Contact& c, std::size_t index)
{
    Stay s;
    s.contacts.push_back(index);
    s.start = c.start;
    s.end = reach(c);
    s.acute = c.priority == "A";
    s.specialty = c.specialty;
    s.unit = c.unit;
    return s;
}

void extend(Stay& s, const Contact& c, std::size_t index)
{
    s.contacts.push_back(index);
    const auto end = reach(c);
    if (!end) s.end.reset();
    else if (s.end) s.end = std::max(*s.end, *end);
    s.unit = c.unit;
}

} // namespace

std::vector<Stay> stays_of(const Timeline& timeline, Millis gap)
{
    std::vector<Stay> stays;
    for (std::size_t i = 0; i < timeline.contacts.size(); ++i) {
        const auto& c = timeline.contacts[i];
        if (!physical(c)) continue;
        const bool joins = !stays.empty() && (!stays.back().end || c.start - *stays.back().end <= gap);
        if (joins) extend(stays.back(), c, i);
        else stays.push_back(stay_from(c, i));
    }
    return stays;
}

} // namespace sluse
