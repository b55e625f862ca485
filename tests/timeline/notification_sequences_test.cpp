// tests/timeline/notification_sequences_test.cpp — HospitalNotification's transitions as a table: what every course of up to five messages leaves on the timeline.
#include "gateway/timeline/extract.hpp"
#include "gateway/timeline/timeline.hpp"
#include "tests/fhir/cases.hpp"

#include <fmt/format.h>

#include <map>

namespace sluse::fhir {
namespace {

using Key = std::pair<FactKind, std::string>;
using Facts = std::map<Key, Fact>;

/// "EMER 0-3; IMP 3-; away 4-; dead 5": hours since the course began. What a message tells is a stay of this, and what a test expects is this whole.
struct Stay {
    std::string_view encounter_class;
    int start{};
    std::optional<int> end;
};
struct Away {
    int start{};
    std::optional<int> end;
};
struct State {
    std::string_view at{"none"}; ///< none, acute, admitted, away, home, dead
    std::vector<Stay> stays;
    std::vector<Away> aways;
    std::optional<int> death;
};

/// What may follow what. `undo`: takes the last event back that has the activity.
struct Transition {
    std::string_view name, from, to, activity, status;
};
constexpr Transition transitions[] = {
    {"STIN", "none", "admitted", "admit-inpatient", "in-progress"},         {"STAA", "none", "acute", "admit-emergency", "in-progress"},
    {"STIN", "acute", "admitted", "admit-inpatient", "in-progress"},        {"STOR", "admitted", "away", "start-leave-inpatient", "onleave"},
    {"SLOR", "away", "admitted", "end-leave-inpatient", "in-progress"},     {"SLHJ", "admitted", "home", "discharge-inpatient-home", "finished"},
    {"SLHJ", "acute", "home", "discharge-emergency-home", "finished"},      {"STIN", "home", "admitted", "admit-inpatient", "in-progress"},
    {"MORS", "admitted", "dead", "", "finished"},                           {"MORS", "away", "dead", "", "finished"},
    {"MORS", "acute", "dead", "", "finished"},
};

State after(State s, const Transition& t, int hour)
{
    const std::string_view name = t.name;
    if (name == "STAA") s.stays.push_back({"EMER", hour, {}});
    if (name == "STIN") {
        if (s.at == "acute") s.stays.back().end = hour;
        s.stays.push_back({"IMP", hour, {}});
    }
    if (name == "STOR") s.aways.push_back({hour, {}});
    if (name == "SLOR") s.aways.back().end = hour;
    if (name == "SLHJ" || name == "MORS") s.stays.back().end = hour;
    if (name == "MORS") s.death = hour;
    s.at = t.to;
    return s;
}

std::string shown(int start, std::optional<int> end)
{
    return std::to_string(start) + '-' + (end ? std::to_string(*end) : "");
}

std::string shown(const State& s)
{
    std::string out;
    for (const auto& stay : s.stays) out += std::string(stay.encounter_class) + ' ' + shown(stay.start, stay.end) + "; ";
    for (const auto& away : s.aways) out += "away " + shown(away.start, away.end) + "; ";
    return out + (s.death ? "dead " + std::to_string(*s.death) : "");
}

const Millis first_hour = *parse_instant("2026-03-02T08:00:00Z");
std::string hour_text(int hour)
{
    return rfc3339(first_hour + hour * hour_ms);
}

std::string shown(const Facts& facts)
{
    std::vector<Fact> all;
    for (const auto& [key, fact] : facts) all.push_back(fact);
    const auto t = timeline_of(std::move(all));
    const auto hour = [](Millis at) { return static_cast<int>((at - first_hour) / hour_ms); };
    const auto span = [&](const auto& item) { return shown(hour(item.start), item.end ? std::optional(hour(*item.end)) : std::nullopt); };
    std::string out;
    for (const auto& c : t.contacts) out += std::string(c.encounter_class) + ' ' + span(c) + "; ";
    for (const auto& a : t.of(FactKind::pause)) out += "away " + span(a) + "; ";
    return out + (t.death ? "dead " + std::to_string(hour(*t.death)) : "");
}

/// The message that tells `s`, sent at `hour` as `activity`.
std::string message(const State& s, std::string_view activity, std::string_view status, int hour)
{
    auto text = case_text("notification_admit");
    const auto id = fmt::format("{:03}", hour);
    for (const auto* number : {"a0000000-0000-4000-8000-000000000001", "b0000000-0000-4000-8000-000000000001"})
        for (auto at = text.find(number); at != text.npos; at = text.find(number, at + 1)) text.replace(at + 33, 3, id);
    const auto& stay = s.stays.back();
    text = changed(text, "\"status\": \"in-progress\"", fmt::format("\"status\": \"{}\"", status));
    text = changed(text, "\"IMP\"", fmt::format("\"{}\"", stay.encounter_class));
    text = changed(text, "\"code\": \"admit-inpatient\"", fmt::format("\"code\": \"{}\"", activity));
    for (const auto* name : {"timestamp", "occurredDateTime", "recorded"})
        text = changed(text, fmt::format("\"{}\": \"2026-03-02T10:15:00+01:00\"", name), fmt::format("\"{}\": \"{}\"", name, hour_text(hour)));
    text = changed(text, "\"start\": \"2026-03-02T10:15:00+01:00\"", fmt::format("\"start\": \"{}\"", hour_text(stay.start)) + (stay.end ? fmt::format(", \"end\": \"{}\"", hour_text(*stay.end)) : ""));
    const bool tells_leave = !s.aways.empty() && (status == "onleave" || activity.find("end-leave") != activity.npos || (s.death && !s.aways.back().end));
    if (tells_leave) {
        const auto& away = s.aways.back();
        text = changed(text, "\"status\": \"" + std::string(status),
                       fmt::format("\"extension\": [{{\"url\": \"http://medcomfhir.dk/ig/hospitalnotification/StructureDefinition/medcom-hospitalnotifiation-leave-period-extension\", \"valuePeriod\": {{\"start\": \"{}\"{}}}}}], \"status\": \"{}",
                                   hour_text(away.start), away.end ? fmt::format(", \"end\": \"{}\"", hour_text(*away.end)) : "", status));
    }
    return changed(text, "\"name\": [", fmt::format("\"deceasedBoolean\": {}, \"name\": [", s.death ? "true" : "false"));
}

std::vector<Said> told(const std::string& text, bool orderly)
{
    const auto checked = check(text, case_settings());
    EXPECT_EQ(checked.answer, Answer::accepted);
    if (orderly)
        for (const auto& issue : checked.issues) ADD_FAILURE() << issue.path << ' ' << issue.text;
    const auto n = normalised_case(text);
    static Extractor extractor;
    std::vector<Said> said;
    extractor.extract(n, {checked.system, &Zone::copenhagen(), 1, n.recorded_ms}, said);
    return said;
}

void hear(Facts& facts, const std::vector<Said>& said)
{
    for (const auto& s : said) {
        const auto [known, fresh] = facts.try_emplace({s.fact.kind, s.fact.key}, s.fact);
        if (!fresh) join(known->second, s.fact);
    }
}

/// One event of a course: what held before it, which transition it was, and what it holds now.
struct Step {
    const Transition* transition{};
    State before, now;
};

/// Walks every legal course of up to five messages; at each node the message is told, and the timeline must be what the table says, in this order and backwards.
class Courses {
public:
    int courses{};

    void walk(const State& s, const std::vector<Step>& events, const Facts& facts, const std::vector<std::vector<Said>>& messages, const std::string& name, int depth)
    {
        if (depth == 0) return;
        const int hour = static_cast<int>(messages.size()) + 1;
        for (const auto& t : transitions) {
            if (t.from != s.at) continue;
            auto next = after(s, t, hour);
            auto more = events;
            more.push_back({&t, s, next});
            go(next, more, facts, messages, name + ' ' + std::string(t.name), depth, message(next, t.activity.empty() ? last_activity(events) : t.activity, t.status, hour));
        }
        if (events.empty()) return;
        const auto last = events.back();
        cancel(s, last, events, facts, messages, name, depth, hour);
        if (last.transition->name != "MORS") revise(last, events, facts, messages, name, depth, hour);
    }

private:
    static std::string_view last_activity(const std::vector<Step>& events)
    {
        return events.back().transition->activity;
    }

    void go(const State& next, const std::vector<Step>& events, Facts facts, std::vector<std::vector<Said>> messages, const std::string& name, int depth, const std::string& text)
    {
        SCOPED_TRACE(name);
        messages.push_back(told(text, true));
        hear(facts, messages.back());
        Facts backwards;
        for (std::size_t i = messages.size(); i-- > 0;) hear(backwards, messages[i]);
        EXPECT_EQ(shown(facts), shown(next));
        EXPECT_EQ(shown(backwards), shown(next)) << "backwards";
        ++courses;
        walk(next, events, facts, messages, name, depth - 1);
    }

    /// AN_x: as before x. A stay that never was is told as it was, in error.
    void cancel(const State& s, const Step& last, std::vector<Step> events, const Facts& facts, const std::vector<std::vector<Said>>& messages, const std::string& name, int depth, int hour)
    {
        const auto& t = *last.transition;
        const bool admission = t.name == "STIN" || t.name == "STAA";
        events.pop_back();
        const auto activity = t.activity.empty() ? std::string(last_activity(events)) : "cancel-" + std::string(t.activity);
        const auto status = admission ? "entered-in-error" : last.before.at == "away" ? "onleave" : "in-progress";
        go(last.before, events, facts, messages, name + " AN_" + std::string(t.name), depth, message(admission ? s : last.before, activity, status, hour));
    }

    /// RE_x: it happened at another time than was told; half an hour is lost in this notation, so an hour later.
    void revise(const Step& last, std::vector<Step> events, const Facts& facts, const std::vector<std::vector<Said>>& messages, const std::string& name, int depth, int hour)
    {
        const auto& t = *last.transition;
        const auto next = after(last.before, t, hour);
        events.back().now = next;
        go(next, events, facts, messages, name + " RE_" + std::string(t.name), depth, message(next, "revise-" + std::string(t.activity), t.status, hour));
    }
};

TEST(NotificationSequences, every_legal_course_of_five_leaves_what_the_table_says)
{
    Courses all;
    all.walk({}, {}, {}, {}, "", 5);
    EXPECT_GT(all.courses, 500);
    RecordProperty("courses", all.courses);
}

/// A course that the table does not allow: each message is whole in itself, so it is taken and the newest counts.
struct Illegal {
    const char* what;
    std::vector<std::pair<State, std::pair<const char*, const char*>>> messages; ///< what each tells, its activity and status
    const char* left;
};

TEST(NotificationSequences, an_impossible_course_is_taken_and_the_newest_message_counts)
{
    const State open{"", {{"IMP", 1, {}}}, {}, {}}, home{"", {{"IMP", 1, 5}}, {}, {}}, away{"", {{"IMP", 1, {}}}, {{3, {}}}, {}}, back{"", {{"IMP", 1, {}}}, {{3, 4}}, {}}, dead{"", {{"IMP", 1, 5}}, {}, 5};
    const Illegal courses[] = {
        {"discharged though never admitted", {{home, {"discharge-inpatient-home", "finished"}}}, "IMP 1-5; "},
        {"leave begins twice", {{away, {"start-leave-inpatient", "onleave"}}, {away, {"start-leave-inpatient", "onleave"}}}, "IMP 1-; away 3-; "},
        {"returned though never on leave", {{open, {"admit-inpatient", "in-progress"}}, {back, {"end-leave-inpatient", "in-progress"}}}, "IMP 1-; away 3-4; "},
        {"leave after the discharge", {{home, {"discharge-inpatient-home", "finished"}}, {away, {"start-leave-inpatient", "onleave"}}}, "IMP 1-; away 3-; "},
        {"home while on leave", {{away, {"start-leave-inpatient", "onleave"}}, {home, {"discharge-inpatient-home", "finished"}}}, "IMP 1-5; away 3-; "},
        {"admitted twice", {{open, {"admit-inpatient", "in-progress"}}, {open, {"admit-inpatient", "in-progress"}}}, "IMP 1-; "},
        {"cancelled leave that nobody told", {{open, {"admit-inpatient", "in-progress"}}, {open, {"cancel-start-leave-inpatient", "in-progress"}}}, "IMP 1-; "},
        {"alive after the death without a word of it", {{dead, {"admit-inpatient", "finished"}}, {open, {"admit-inpatient", "in-progress"}}}, "IMP 1-; "},
    };
    for (const auto& course : courses) {
        SCOPED_TRACE(course.what);
        Facts facts;
        int hour = 10;
        for (const auto& [state, event] : course.messages) hear(facts, told(message(state, event.first, event.second, hour++), false));
        EXPECT_EQ(shown(facts), course.left);
    }
}

} // namespace
} // namespace sluse::fhir
