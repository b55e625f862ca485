// gateway/process/limits.cpp — limits by person, with an index of persons that have open courses, so that a list of them need not walk everybody.
#include "gateway/process/limits.hpp"

#include "gateway/process/signals.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::uint8_t without_since = 1, with_since = 2; ///< versions of the record

std::string index_key(const NodeId& id)
{
    std::string key = "W";
    key += view(id);
    return key;
}

/// The course that the limit is one of; made when it is the first of it that is met.
OpenCourse& course_of(std::vector<OpenCourse>& courses, const Due& due)
{
    const auto found = std::ranges::find_if(courses, [&](const OpenCourse& c) { return c.watch == due.watch && c.episode == due.episode; });
    if (found != courses.end()) return *found;
    auto& course = courses.emplace_back();
    course.watch = due.watch;
    course.episode = due.episode;
    course.unit = due.unit;
    if (due.since != no_time) course.since = due.since;
    return course;
}

/// One person's, with episodes as the timeline names them.
std::vector<OpenCourse> courses_of(std::vector<KeptLimit> limits)
{
    std::ranges::stable_sort(limits, {}, [](const KeptLimit& k) { return k.due.at; });
    std::vector<OpenCourse> out;
    for (const auto& limit : limits) {
        if (limit.due.at == no_time) continue;
        auto& course = course_of(out, limit.due);
        if (limit.told) course.passed.push_back(limit.due.what);
        else if (course.next.empty()) course.next = limit.due.what, course.next_at = limit.due.at;
    }
    return out;
}

} // namespace

std::vector<KeptLimit> kept_of(State& state, const NodeId& id)
{
    std::vector<KeptLimit> out;
    const auto stored = state.get(keys::node(id, 'w'));
    if (!stored) return out;
    Reader r(*stored);
    const auto version = r.u8();
    if (version != without_since && version != with_since) return out;
    while (r.ok() && !r.done()) {
        auto& kept = out.emplace_back();
        for (auto* text : {&kept.due.watch, &kept.due.episode, &kept.due.what, &kept.due.unit}) *text = r.bytes();
        kept.due.at = r.sint();
        kept.due.since = version == with_since ? r.sint() : no_time;
        kept.told = r.u8() != 0;
        kept.times = r.uint();
        r.raw(kept.cause.bytes);
    }
    return out;
}

void keep(Unit& unit, const NodeId& id, const std::vector<KeptLimit>& all)
{
    const bool open = std::ranges::any_of(all, [](const KeptLimit& kept) { return kept.due.at != no_time; });
    if (open) unit.put(index_key(id), "1");
    else unit.erase(index_key(id));
    const auto key = keys::node(id, 'w');
    if (all.empty()) return unit.erase(key);
    std::string bytes;
    Writer w(bytes);
    w.u8(with_since);
    for (const auto& kept : all) {
        for (const auto* text : {&kept.due.watch, &kept.due.episode, &kept.due.what, &kept.due.unit}) w.bytes(*text);
        w.sint(kept.due.at);
        w.sint(kept.due.since);
        w.u8(kept.told);
        w.uint(kept.times);
        w.raw(kept.cause.bytes);
    }
    unit.put(key, bytes);
}

std::vector<OpenCourse> open_courses(State& state, const Keys& keys)
{
    std::vector<NodeId> persons;
    state.scan("W", [&](std::string_view key, std::string_view) {
        NodeId id;
        if (key.size() == 1 + id.size()) std::ranges::copy(key.substr(1), persons.emplace_back().begin());
        return true;
    });
    std::vector<OpenCourse> out;
    for (const auto& id : persons) {
        const auto stored = state.get(keys::node(id, 'n'));
        const auto record = stored ? decode_node(*stored) : std::nullopt;
        if (!record) continue;
        for (auto& course : courses_of(kept_of(state, id))) {
            course.person = signal_person(keys, record->name);
            course.episode = signal_episode(keys, record->name, course.episode);
            out.push_back(std::move(course));
        }
    }
    return out;
}

} // namespace sluse
