// gateway/timeline/courses.cpp — HospitalNotification's transitions as a table.
#include "gateway/timeline/courses.hpp"

#include <algorithm>

namespace sluse {
namespace {

struct Event {
    std::string_view activity;
    std::string_view status; ///< of the stay after it
    std::string_view after;  ///< the stay's status before it may be one of these; "none": nothing was told
};
constexpr Event events[] = {
    {"admit-inpatient",                 "in-progress",
     "none in-progress finished entered-in-error"                                                       }, // also a transfer, and a new stay of the episode
    {"admit-emergency",                 "in-progress",      "none in-progress finished entered-in-error"},
    {"start-leave-inpatient",           "onleave",          "in-progress"                               },
    {"end-leave-inpatient",             "in-progress",      "onleave"                                   },
    {"discharge-inpatient-home",        "finished",         "in-progress"                               },
    {"discharge-emergency-home",        "finished",         "in-progress"                               },
    {"cancel-admit-inpatient",          "entered-in-error", "in-progress"                               },
    {"cancel-admit-emergency",          "entered-in-error", "in-progress"                               },
    {"cancel-start-leave-inpatient",    "in-progress",      "onleave"                                   },
    {"cancel-end-leave-inpatient",      "onleave",          "in-progress"                               },
    {"cancel-discharge-inpatient-home", "in-progress",      "finished"                                  },
    {"cancel-discharge-emergency-home", "in-progress",      "finished"                                  },
};
constexpr std::string_view before_a_death = "none in-progress onleave", revise = "revise-";

struct Told {
    std::string_view status{"none"}, activity;
};

Told told_in(std::string_view text)
{
    const auto bar = text.find('|');
    return bar == text.npos ? Told() : Told{text.substr(0, bar), text.substr(bar + 1)};
}

bool one_of(std::string_view list, std::string_view word)
{
    const auto at = list.find(word);
    const auto end = at + word.size();
    return at != list.npos && (at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ');
}

bool may_follow(const Told& before, Told now)
{
    const bool again = before.activity == now.activity;
    const bool revises = now.activity.starts_with(revise);
    if (revises) now.activity.remove_prefix(revise.size());
    const auto event = std::ranges::find(events, now.activity, &Event::activity);
    if (event == std::end(events)) return true;
    if (revises) return before.status == event->status;
    if (now.status == "finished" && event->status != "finished")
        return again || one_of(before_a_death, before.status); // a death comes under the last event
    if (before.status == "finished" && again) return true;     // and is taken back under it
    return one_of(event->after, before.status);
}

} // namespace

std::string course_status(std::string_view status, std::string_view activity)
{
    return std::string(status) + '|' + std::string(activity);
}

bool impossible_next(const Fact* known, const Fact& news)
{
    if (news.kind != FactKind::contact) return false;
    const auto now = std::ranges::find(news.attributes, Attr::status, &Attribute::attr);
    if (now == news.attributes.end() || told_in(news.text(Attr::status)).activity.empty()) return false;
    if (!known) return !may_follow({}, told_in(news.text(Attr::status)));
    const auto last = std::ranges::find(known->attributes, Attr::status, &Attribute::attr);
    if (last == known->attributes.end())
        return !known->number(Attr::start_ms) && !may_follow({}, told_in(news.text(Attr::status)));
    return last->version < now->version &&
           !may_follow(told_in(known->text(Attr::status)), told_in(news.text(Attr::status)));
}

} // namespace sluse
