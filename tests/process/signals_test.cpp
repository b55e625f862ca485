// tests/process/signals_test.cpp — charts' rules on shown months, limits without a clock of their own, signals as CloudEvents by their schema.
#include "gateway/base/files.hpp"
#include "gateway/indicators/watches.hpp"
#include "gateway/journal/memory_log.hpp"
#include "gateway/model/signal.hpp"
#include "gateway/process/limits.hpp"
#include "tests/process/message_log.hpp"

#include <gtest/gtest.h>


namespace sluse {
namespace {

using namespace message_log;

const Watch& watch_of(std::string_view id)
{
    for (const auto& watch : options().packs->watches())
        if (watch.id == id) return watch;
    throw std::runtime_error("no such watch");
}

ContributionView step(std::string_view episode, Day day, std::int64_t sign)
{
    ContributionView c;
    c.episode = episode;
    c.counts_day = day;
    c.denominator = sign;
    return c;
}

TEST(Signals, a_move_within_a_segment_is_no_exit)
{
    const std::vector<ContributionView> steps{step("a", 10, 1), step("a", 20, -1), step("a", 20, 1), step("a", 30, -1), step("b", 5, 1)};
    EXPECT_EQ(memberships_of(steps), (std::vector<Membership>{{"a", 10, 30}, {"b", 5, {}}}));
}

TEST(Signals, a_pause_that_nobody_ends_stops_the_clock)
{
    const auto at = [](const char* text) { return *parse_instant(text); };
    Fact referral{FactKind::referral, "H1", {{Attr::start_ms, at("2026-04-01T09:00:00+02:00"), {}}, {Attr::code, std::string("udredning"), {}}, {Attr::status, std::string("active"), {}}}};
    Fact pause{FactKind::pause, "T1", {{Attr::start_ms, at("2026-04-10T00:00:00+02:00"), {}}, {Attr::status, std::string("in-progress"), {}}, {Attr::based_on, std::string("H1"), {}}}};
    const auto& watch = watch_of("diagnosis-right");
    EXPECT_EQ(dues_of({&watch, 1}, timeline_of(std::vector{referral})).size(), 3u);
    EXPECT_TRUE(dues_of({&watch, 1}, timeline_of(std::vector{referral, pause})).empty());
    pause.attributes.insert(pause.attributes.begin() + 1, {Attr::end_ms, at("2026-04-17T00:00:00+02:00"), {}});
    const auto dues = dues_of({&watch, 1}, timeline_of(std::vector{referral, pause}));
    ASSERT_EQ(dues.size(), 3u);
    EXPECT_EQ(dues[0].what, "20 d");
    EXPECT_EQ(iso(Zone::copenhagen().day_at(dues[0].at)), "2026-04-28");
}

Millis at(const char* text) { return *parse_instant(text); }

Fact procedure(const char* key, const char* code, const char* start)
{
    return {FactKind::procedure, key, {{Attr::start_ms, at(start), {}}, {Attr::code, std::string(code), {}}, {Attr::status, std::string("completed"), {}}}};
}

/// "20 d 2026-04-28", by the day.
std::vector<std::string> due_days(const char* watch, const std::vector<Fact>& facts)
{
    auto dues = dues_of({&watch_of(watch), 1}, timeline_of(facts));
    std::ranges::sort(dues, {}, &Due::at);
    std::vector<std::string> out;
    for (const auto& due : dues) out.push_back(due.what + ' ' + iso(Zone::copenhagen().day_at(due.at)));
    return out;
}
using Days = std::vector<std::string>;

TEST(Signals, a_cancer_package_is_told_by_its_own_standard_time_until_treatment_begins_or_it_ends)
{
    const auto breast = procedure("P1", "AFB01A", "2026-03-01T09:00:00+01:00"), lung = procedure("P2", "AFB18A", "2026-03-01T09:00:00+01:00");
    EXPECT_EQ(due_days("cancer-package", {breast}), (Days{"-14 d 2026-03-14", "-7 d 2026-03-21", "0 d 2026-03-28"})); // 27 days
    EXPECT_EQ(due_days("cancer-package", {lung}), (Days{"-14 d 2026-03-31", "-7 d 2026-04-07", "0 d 2026-04-14"}));    // 44
    EXPECT_EQ(due_days("cancer-package", {breast, procedure("P3", "AFB01F2", "2026-03-20T09:00:00+01:00")}), Days{});
    EXPECT_EQ(due_days("cancer-package", {breast, procedure("P3", "AFB01X1", "2026-03-20T09:00:00+01:00")}), Days{}) << "refuted";
    EXPECT_EQ(due_days("cancer-package", {breast, procedure("P3", "AFB18F1", "2026-03-20T09:00:00+01:00")}).size(), 3u) << "another package's treatment";
}

TEST(Signals, rehabilitation_is_told_until_the_first_visit_and_a_new_plan_keeps_the_clock)
{
    const auto plan = [](const char* key, const char* start, const char* replaces) {
        Fact fact{FactKind::referral, key, {{Attr::start_ms, at(start), {}}, {Attr::code, std::string("ggop"), {}}, {Attr::status, std::string("active"), {}}}};
        if (*replaces) fact.attributes.push_back({Attr::replaces, std::string(replaces), {}});
        std::ranges::sort(fact.attributes, {}, &Attribute::attr);
        return fact;
    };
    const auto first = plan("G1", "2026-03-02T12:00:00+01:00", ""), second = plan("G2", "2026-03-05T12:00:00+01:00", "G1");
    EXPECT_EQ(due_days("rehabilitation", {first}), (Days{"5 d 2026-03-07", "7 d 2026-03-09", "14 d 2026-03-16"}));
    EXPECT_EQ(due_days("rehabilitation", {first, second}), (Days{"5 d 2026-03-07", "7 d 2026-03-09", "14 d 2026-03-16"}));
    Fact visit{FactKind::contact, "K1", {{Attr::start_ms, at("2026-03-06T10:00:00+01:00"), {}}, {Attr::end_ms, at("2026-03-06T11:00:00+01:00"), {}}, {Attr::encounter_class, std::string("AMB"), {}}, {Attr::status, std::string("finished"), {}}, {Attr::based_on, std::string("G2"), {}}}};
    std::ranges::sort(visit.attributes, {}, &Attribute::attr);
    EXPECT_EQ(due_days("rehabilitation", {first, second, visit}), Days{});
}

TEST(Signals, a_finished_patient_is_listed_as_long_as_the_stay_lasts)
{
    Fact bed{FactKind::contact, "K1", {{Attr::start_ms, at("2026-03-01T08:00:00+01:00"), {}}, {Attr::encounter_class, std::string("IMP"), {}}, {Attr::status, std::string("in-progress"), {}}}};
    std::ranges::sort(bed.attributes, {}, &Attribute::attr);
    const auto finished = procedure("P1", "BVAW1A", "2026-03-05T09:00:00+01:00");
    EXPECT_EQ(due_days("finished", {bed, finished}), (Days{"1 d 2026-03-06", "3 d 2026-03-08", "7 d 2026-03-12"}));
    EXPECT_EQ(due_days("finished", {finished}), Days{}) << "nobody lies anywhere";
    bed.attributes.push_back({Attr::end_ms, at("2026-03-06T09:00:00+01:00"), {}});
    std::ranges::sort(bed.attributes, {}, &Attribute::attr);
    EXPECT_EQ(due_days("finished", {bed, finished}), Days{}) << "gone home";
}

std::vector<OpenCourse> open_now(MemoryLog& log)
{
    const auto keys = Keys::demonstration();
    std::vector<OpenCourse> all;
    for (std::uint32_t p = 0; p < 3; ++p) log.inspect(p, [&](State& state) { std::ranges::move(open_courses(state, keys), std::back_inserter(all)); });
    return all;
}

TEST(Signals, list_what_is_open_until_it_ends)
{
    MemoryLog log(3);
    ASSERT_TRUE(log.start([] { return ruled(); }, 1));
    int number = 0;
    std::vector<std::string> seen;
    std::string person;
    for (const auto& message : messages_in(bytes_of(SLUSE_SOURCE_DIR "/tests/process/cases/correction_10_belt.fhir"))) {
        if (is_tick(message)) append_tick(log, *parse_instant(message.substr(2, message.size() - 3)), ++number);
        else append(log, message, ++number);
        log.run();
        std::string line;
        for (const auto& course : open_now(log)) {
            line += course.watch + " since " + rfc3339(*course.since) + " passed";
            for (const auto& limit : course.passed) line += ' ' + limit;
            line += course.next.empty() ? "" : ", next " + course.next + " at " + rfc3339(course.next_at);
            person = course.person;
        }
        seen.push_back(line);
    }
    const std::string belt = "belt since " + rfc3339(*parse_instant("2026-02-02T12:00:00+01:00")) + " passed";
    const auto at = [](const char* text) { return rfc3339(*parse_instant(text)); };
    EXPECT_EQ(seen, (std::vector<std::string>{belt + ", next 2 h at " + at("2026-02-02T14:00:00+01:00"), belt + " 2 h, next 24 h at " + at("2026-02-03T12:00:00+01:00"),
                                              belt + " 2 h, next 24 h at " + at("2026-02-03T12:00:00+01:00"), belt + " 2 h 24 h, next 48 h at " + at("2026-02-04T12:00:00+01:00"),
                                              belt + " 2 h 24 h 48 h", "", "", ""}));
    std::vector<std::string> told; // the same pseudonym as in its signals, so that the two can be held together
    for (std::uint32_t p = 0; p < 3; ++p)
        log.inspect(p, [&](State& state) {
            for (const auto& signal : recent_signals(state, 1000)) told.push_back(signal.person);
        });
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(person, told.front());
}

TEST(Signals, survive_a_round_trip_and_hold_no_identity)
{
    MemoryLog log(3);
    ASSERT_TRUE(log.start([] { return ruled(); }, 1));
    int number = 0;
    for (const auto& message : messages_in(bytes_of(SLUSE_SOURCE_DIR "/tests/process/cases/correction_10_belt.fhir"))) {
        if (is_tick(message)) append_tick(log, *parse_instant(message.substr(2, message.size() - 3)), ++number);
        else append(log, message, ++number);
        log.run();
    }
    std::size_t seen = 0;
    for (std::uint32_t p = 0; p < 3; ++p) {
        const auto records = log.read(Topic::signals, p, 0, 1u << 30);
        for (const auto& record : *records) {
            const auto signal = parse_signal(record.value);
            ASSERT_TRUE(signal) << record.value;
            EXPECT_EQ(to_cloud_event(*signal), record.value);
            EXPECT_EQ(record.value.find("0202900003"), std::string::npos);
            EXPECT_EQ(record.key, signal->person);
            seen += signal->kind == "breach";
        }
        log.inspect(p, [&](State& state) { EXPECT_EQ(recent_signals(state, 1000).size(), records->size()); });
    }
    EXPECT_EQ(seen, 6u); // 2, 24 and 48 hours, once each, and back
}

} // namespace
} // namespace sluse
