// tests/serve/numbers_test.cpp — which months the headline sums, which way a number moves, what a period's name spans.
#include "gateway/serve/live.hpp"
#include "gateway/serve/numbers.hpp"
#include "gateway/serve/throughput.hpp"
#include "tests/serve/fakes.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <gtest/gtest.h>

namespace sluse::serve {
namespace {

CellRow month(double value, bool provisional = false, bool suppressed = false)
{
    CellRow row;
    row.value = value;
    row.provisional = provisional;
    row.suppressed = suppressed;
    return row;
}

TEST(HeadlineWindow, ends_at_the_newest_published_month_and_stops_at_a_hidden_one)
{
    const auto hidden = month(0, false, true);
    EXPECT_FALSE(headline_window({}));
    EXPECT_FALSE(headline_window({hidden, hidden}));
    const auto window = headline_window({month(1), hidden, month(2), month(3), hidden});
    ASSERT_TRUE(window);
    EXPECT_EQ(window->first, 2u);
    EXPECT_EQ(window->last, 3u);
}

TEST(HeadlineWindow, is_at_most_twelve_months)
{
    const auto window = headline_window(std::vector<CellRow>(20, month(1)));
    EXPECT_EQ(window->first, 8u);
    EXPECT_EQ(window->last, 19u);
}

TEST(Movement, compares_the_newest_mature_month_with_the_median_before)
{
    const std::vector<CellRow> falling{month(10), month(12), month(11), month(8), month(2, true)};
    EXPECT_EQ(movement_of(falling, "lower"), Movement::better);
    EXPECT_EQ(movement_of(falling, "higher"), Movement::worse);
    EXPECT_EQ(movement_of(falling, ""), Movement::none);
    EXPECT_EQ(movement_of({month(10), month(12), month(11), month(11.5)}, "lower"), Movement::unchanged);
    EXPECT_EQ(movement_of({month(10), month(12), month(5)}, "lower"), Movement::none);
    EXPECT_EQ(movement_of({month(10), month(1, false, true), month(12), month(5)}, "lower"), Movement::none);
}

TEST(SpanOf, reads_every_kind_of_period)
{
    const auto expect = [](std::string_view name, Date from, Date to) {
        const auto span = span_of(name);
        ASSERT_TRUE(span) << name;
        EXPECT_EQ(span->from, day_of(from)) << name;
        EXPECT_EQ(span->to, day_of(to)) << name;
    };
    expect("2026-03", {2026, 3, 1}, {2026, 4, 1});
    expect("2026-12", {2026, 12, 1}, {2027, 1, 1});
    expect("2026-Q4", {2026, 10, 1}, {2027, 1, 1});
    expect("2026-W01", {2025, 12, 29}, {2026, 1, 5});
    expect("2026", {2026, 1, 1}, {2027, 1, 1});
    expect("2026-02-28", {2026, 2, 28}, {2026, 3, 1});
    for (const auto* name : {"", "2026-13", "2026-Q5", "2026-W54", "2026-02-30", "all", "20x6"}) EXPECT_FALSE(span_of(name)) << name;
}

TEST(Throughput, counts_differences_and_never_a_negative_or_a_past_one)
{
    Throughput throughput;
    const auto sample = [&](Millis at, std::uint64_t received) { throughput.sample(at, {SystemCounts{"A", received, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}, {}}}); };
    sample(1'000, 500);
    EXPECT_TRUE(throughput.rate("A").history.empty()); // what was there before we looked is no rate
    sample(2'000, 510);
    sample(4'000, 530); // a second was missed: its share goes to both
    EXPECT_EQ(throughput.rate("A").history, (std::vector<std::uint32_t>{10, 10, 10}));
    sample(5'000, 3); // restarted
    EXPECT_EQ(throughput.rate("A").history.back(), 0u);
    EXPECT_DOUBLE_EQ(throughput.total().last_minute, 7.5);
    for (Millis i = 0; i < 100; ++i) sample(6'000 + 1'000 * i, 3);
    EXPECT_EQ(throughput.rate("A").history.size(), 60u);
    EXPECT_TRUE(throughput.rate("B").history.empty());
}

TEST(LiveFeed, asks_the_lanes_only_when_somebody_watches)
{
    int lanes = 0;
    std::uint64_t received = 0;
    ManualClock clock;
    Context context;
    const auto counts = [&] { return std::vector{SystemCounts{"A", received += 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}, {}}}; };
    context.sources.clock = &clock;
    context.sources.systems = [&] { return ++lanes, counts(); };
    context.sources.received = counts;
    LiveFeed feed;
    const auto sample = [&](bool watched) {
        clock.at += 1'000;
        return feed.sample(context, watched);
    };
    sample(false);
    EXPECT_TRUE(sample(false).empty());
    EXPECT_EQ(lanes, 0);
    EXPECT_TRUE(sample(true).starts_with("event: throughput"));
    EXPECT_EQ(lanes, 1);
    EXPECT_EQ(context.throughput.rate("A").history, (std::vector<std::uint32_t>{10, 10})) << "one goes on where the other was";
}

TEST(Targets, are_decoded_strictly)
{
    const auto target = parse_target("/systems/EPJ%7CRH?a=1+2&b=%C3%A6&a=3");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/systems/EPJ|RH");
    EXPECT_EQ(target->query.at("a"), "1 2");
    EXPECT_EQ(target->twice, "a");
    EXPECT_EQ(target->query.at("b"), "\xc3\xa6");
    for (const auto* bad : {"", "http://x/", "/a%0d%0ab", "/%2e%2e/x", "/a%2", "/a?x=%zz"}) EXPECT_FALSE(parse_target(bad)) << bad;
    EXPECT_FALSE(parse_target("/" + std::string(3000, 'a')));
}

class CountingTracker final : public FakeTracker {
public:
    Result<std::vector<CellRow>> query(const CellQuery& query) override
    {
        ++queries[query.indicator];
        return FakeTracker::query(query);
    }
    std::map<std::string, int> queries;
};

TEST(GoalsJson, asks_again_only_for_what_changed)
{
    CountingTracker tracker;
    Context context;
    const auto packs = std::make_shared<const FakePacks>();
    Goal goal;
    goal.id = "1";
    goal.indicators = {"G1.1", "G8.1"};
    const auto goals = std::make_shared<const std::vector<Goal>>(std::vector{goal});
    context.sources.tracker = &tracker;
    context.sources.packs = [&] { return packs; };
    context.sources.goals = [&] { return goals; };
    const auto first = goals_json(context);
    EXPECT_EQ(goals_json(context), first);
    using Asked = std::map<std::string, int>;
    EXPECT_EQ(tracker.queries, (Asked{{"G1.1", 1}, {"G8.1", 1}, {"PAN.1", 1}}));
    context.goals.note_change({"G8.1"});
    EXPECT_EQ(goals_json(context), first);
    EXPECT_EQ(tracker.queries, (Asked{{"G1.1", 1}, {"G8.1", 2}, {"PAN.1", 1}}));
    context.goals.note_change({});
    EXPECT_EQ(goals_json(context), first);
    EXPECT_EQ(tracker.queries, (Asked{{"G1.1", 2}, {"G8.1", 3}, {"PAN.1", 2}}));
}

TEST(Json, is_what_another_writer_writes)
{
    std::string odd = "\"quoted\" \\ / \xc3\xa6";
    for (char c = 0; c < 0x20; ++c) odd += c;
    Json json;
    json.begin().field("text", odd).field("none", std::optional<double>()).key("list").list().value(1).value(-2).value(0.1).value(1e300).value(3.0).value(true).begin().end().end_list();
    json.field("big", std::uint64_t{18'446'744'073'709'551'615u}).field("nan", std::nan("")).end();
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> other(buffer);
    other.StartObject();
    other.Key("text"), other.String(odd);
    other.Key("none"), other.Null();
    other.Key("list"), other.StartArray(), other.Int(1), other.Int(-2), other.Double(0.1), other.Double(1e300), other.Double(3.0), other.Bool(true), other.StartObject(), other.EndObject(), other.EndArray();
    other.Key("big"), other.Uint64(18'446'744'073'709'551'615u);
    other.Key("nan"), other.Null();
    other.EndObject();
    EXPECT_EQ(json.text(), std::string(buffer.GetString(), buffer.GetSize()));
}

} // namespace
} // namespace sluse::serve
