// tests/process/signals_test.cpp — charts' rules on shown months, limits without a clock of their own, signals as CloudEvents by their schema.
#include "gateway/indicators/watches.hpp"
#include "gateway/journal/memory_log.hpp"
#include "gateway/model/signal.hpp"
#include "gateway/process/limits.hpp"
#include "tests/process/message_log.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

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
    for (const auto& message : messages_in(read_file(SLUSE_SOURCE_DIR "/tests/process/cases/correction_10_belt.fhir"))) {
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
    for (const auto& message : messages_in(read_file(SLUSE_SOURCE_DIR "/tests/process/cases/correction_10_belt.fhir"))) {
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
