// gateway/serve/open.cpp — what is open now and nears or has passed a limit: counts for viewers, rows by pseudonym for those who may see persons.
#include "gateway/indicators/watches.hpp"
#include "gateway/serve/number_json.hpp"
#include "gateway/serve/routes.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace sluse::serve {
namespace {

constexpr std::size_t rows_default = 100, rows_max = 1000;

/// Persons with such a course; exact only for who sees the rows. For others in whole multiples of persons_min, downwards, so that of fewer nothing is told.
template <class Wanted> std::uint64_t persons_in(std::span<const OpenCourse> courses, std::uint64_t step, Wanted&& wanted)
{
    std::set<std::string_view> persons;
    for (const auto& course : courses)
        if (wanted(course)) persons.insert(course.person);
    return persons.size() / step * step;
}

void write_watch(Json& json, const Watch& watch, std::span<const OpenCourse> courses, std::uint64_t step)
{
    const auto of_it = [&](const OpenCourse& course) { return course.watch == watch.id; };
    json.begin().field("watch", watch.id);
    write_title(json, "title", watch.title);
    json.field("persons", persons_in(courses, step, of_it)).key("limits").list();
    for (const auto& limit : watch.at_words) {
        const auto passed = [&](const OpenCourse& course) { return of_it(course) && std::ranges::find(course.passed, limit) != course.passed.end(); };
        json.begin().field("limit", limit).field("passed", persons_in(courses, step, passed)).end();
    }
    json.end_list().end();
}

void write_course(Json& json, const OpenCourse& course)
{
    json.begin().field("watch", course.watch).field("person", course.person).field("episode", course.episode).field("unit", course.unit);
    write_optional_time(json, "since", course.since);
    json.key("passed").list();
    for (const auto& limit : course.passed) json.value(limit);
    json.end_list().key("next");
    if (course.next.empty()) json.null();
    else json.value(course.next);
    write_optional_time(json, "nextAt", course.next.empty() ? std::nullopt : std::optional(course.next_at));
    json.end();
}

/// What comes next, soonest first; then what has passed every limit, oldest first.
auto urgency(const OpenCourse& course)
{
    return std::tuple(course.next.empty(), course.next.empty() ? course.since.value_or(0) : course.next_at, std::string_view(course.watch), std::string_view(course.episode));
}

} // namespace

Reply get_open(Context& context, const Call& call)
{
    const auto packs = context.sources.packs ? context.sources.packs() : nullptr;
    if (!context.sources.open || !packs) return refusal(Style::api, 501, "open courses cannot be listed here");
    const auto limit = call.limit(rows_default, rows_max);
    if (!limit) return refusal(Style::api, 400, "limit is a number from 1 to 1000");
    std::vector<const Watch*> watches;
    for (const auto& watch : packs->watches())
        if (watch.kind == Watch::Kind::breach && (call.parameter("watch").empty() || call.parameter("watch") == watch.id)) watches.push_back(&watch);
    if (watches.empty() && !call.parameter("watch").empty()) return refusal(Style::api, 404, "there is no such watch of limits");
    auto courses = context.sources.open();
    std::erase_if(courses, [&](const OpenCourse& course) { return std::ranges::none_of(watches, [&](const Watch* watch) { return watch->id == course.watch; }); });
    std::ranges::sort(courses, {}, urgency);
    const bool persons = has(call.caller.roles, Role::content_viewer);
    const auto step = persons ? 1 : static_cast<std::uint64_t>(std::max(1, context.sources.persons_min));
    if (persons) audit_lines().info("open.viewed", {{"who", call.authenticated ? call.caller.name : "loopback"}, {"peer", call.peer}});
    Json json;
    json.begin().field("persons", persons).field("personsMin", context.sources.persons_min).key("watches").list();
    for (const auto* watch : watches) write_watch(json, *watch, courses, step);
    json.end_list().key("courses").list();
    for (std::size_t i = 0; persons && i < std::min(*limit, courses.size()); ++i) write_course(json, courses[i]);
    json.end_list().end();
    return json_reply(json);
}

} // namespace sluse::serve
