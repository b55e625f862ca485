// tests/app/goal_topic_test.cpp — published numbers on the compacted topic: written when they change, once, also over a restart; taken out with their indicator.
#include "gateway/goal_topic.hpp"
#include "gateway/journal/memory_log.hpp"
#include "tests/process/message_log.hpp"

#include <rapidjson/document.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace sluse {
namespace {

using namespace message_log;

CellRow row(std::string period, std::string group, std::int64_t numerator, bool suppressed = false)
{
    CellRow out;
    out.period = std::move(period);
    out.group = std::move(group);
    out.suppressed = suppressed;
    if (suppressed) return out;
    out.numerator = numerator;
    out.denominator = out.persons = out.matured = 100;
    out.value = static_cast<double>(numerator);
    out.state = CellState::stable;
    return out;
}

class OneIndicator final : public Tracker {
public:
    void start() override {}
    void stop() override {}
    Result<std::vector<CellRow>> query(const CellQuery& query) override
    {
        if (query.indicator != "G1.1") return std::vector<CellRow>();
        EXPECT_FALSE(query.authorised);
        return query.by == "region" ? regions : months;
    }
    void dump(const std::function<void(std::string_view, std::string_view)>&) override {}
    std::vector<FollowedSource> progress() override { return {}; }
    void on_change(std::function<void(const std::vector<std::string>&)> told) override { listener = std::move(told); }
    bool caught_up() override { return whole; }
    std::vector<CellRow> months, regions;
    std::function<void(const std::vector<std::string>&)> listener;
    bool whole{true};
};

/// Rules after the last indicator was taken out.
class NoPacks final : public Packs {
public:
    explicit NoPacks(std::shared_ptr<const Packs> rest) : rest_(std::move(rest)) {}
    std::span<const Pack> packs() const override { return {}; }
    const std::string& hash() const override { return rest_->hash(); }
    const Definition& definition(std::size_t pack) const override { return rest_->definition(pack); }
    const Regions& regions() const override { return rest_->regions(); }
    std::vector<Contribution> evaluate(std::size_t, const Timeline&) const override { return {}; }

private:
    std::shared_ptr<const Packs> rest_;
};

struct Followed {
    Followed() : log(2) { EXPECT_TRUE(log.start([] { return ruled(); }, 1)); }
    /// Every record in order: its key and value.
    std::vector<std::pair<std::string, std::string>> records()
    {
        std::vector<std::pair<std::string, std::string>> out;
        for (std::uint32_t p = 0; p < 2; ++p) {
            const auto read = log.read(Topic::goals, p, 0, 1u << 30);
            for (const auto& record : *read) out.emplace_back(record.key, record.value);
        }
        return out;
    }
    /// What a consumer of the compacted topic holds: numerators by key, "-" of what is suppressed.
    std::map<std::string, std::string> held()
    {
        std::map<std::string, std::string> out;
        for (const auto& [key, value] : records()) {
            if (value.empty()) {
                out.erase(key);
                continue;
            }
            rapidjson::Document json;
            json.Parse(value.c_str());
            EXPECT_EQ(key, json["subject"].GetString());
            out[key] = json["data"]["suppressed"].GetBool() ? "-" : std::to_string(json["data"]["numerator"].GetInt64());
        }
        return out;
    }
    MemoryLog log;
    OneIndicator tracker;
    const Millis now = *parse_instant("2026-06-30T12:00:00Z");
};

std::string key(const std::string& rest)
{
    for (const auto& pack : options().packs->packs())
        if (pack.id == "G1.1") return "G1.1@" + pack.version + '/' + rest;
    return {};
}

TEST(GoalTopic, says_months_regions_and_the_headline_number_and_no_future)
{
    Followed f;
    GoalTopic topic(f.log, f.tracker, [] { return options().packs; });
    f.tracker.months = {row("2026-04", "", 10), row("2026-05", "", 20), row("2026-07", "", 1)};
    f.tracker.regions = {row("2026-05", "DK-84", 15), row("2026-05", "DK-85", 0, true), row("2026-05", "", 0, true)};
    topic.look(f.now);
    EXPECT_EQ(f.held(), (std::map<std::string, std::string>{{key("2026-04"), "10"}, {key("2026-05"), "20"}, {key("2026-05/region/"), "-"},
                                                            {key("2026-05/region/DK-84"), "15"}, {key("2026-05/region/DK-85"), "-"}, {key("current"), "30"}}));
}

TEST(GoalTopic, writes_what_changed_and_nothing_twice)
{
    Followed f;
    GoalTopic topic(f.log, f.tracker, [] { return options().packs; });
    f.tracker.months = {row("2026-04", "", 10), row("2026-05", "", 20)};
    topic.look(f.now);
    EXPECT_EQ(f.records().size(), 3u);
    f.tracker.listener({"G1.1"});
    topic.look(f.now + 1000);
    EXPECT_EQ(f.records().size(), 3u) << "the same numbers";

    GoalTopic again(f.log, f.tracker, [] { return options().packs; }); // after a restart
    again.look(f.now + 2000);
    EXPECT_EQ(f.records().size(), 3u);

    f.tracker.months[0] = row("2026-04", "", 11);
    again.look(f.now + 3000);
    EXPECT_EQ(f.records().size(), 3u) << "nobody said that it changed";
    f.tracker.listener({"G1.1"});
    again.look(f.now + 4000);
    EXPECT_EQ(f.records().size(), 5u) << "the month and the headline";
    EXPECT_EQ(f.held(), (std::map<std::string, std::string>{{key("2026-04"), "11"}, {key("2026-05"), "20"}, {key("current"), "31"}}));
}

TEST(GoalTopic, says_nothing_before_the_sums_are_whole)
{
    Followed f;
    GoalTopic topic(f.log, f.tracker, [] { return options().packs; });
    f.tracker.months = {row("2026-04", "", 3)};
    f.tracker.whole = false;
    topic.look(f.now);
    EXPECT_TRUE(f.records().empty());
    f.tracker.whole = true;
    f.tracker.months = {row("2026-04", "", 10)};
    topic.look(f.now);
    EXPECT_EQ(f.held(), (std::map<std::string, std::string>{{key("2026-04"), "10"}, {key("current"), "10"}}));
}

TEST(GoalTopic, takes_back_the_keys_of_an_indicator_that_is_no_more)
{
    Followed f;
    std::shared_ptr<const Packs> packs = options().packs;
    GoalTopic topic(f.log, f.tracker, [&] { return packs; });
    f.tracker.months = {row("2026-04", "", 10)};
    topic.look(f.now);
    EXPECT_EQ(f.held().size(), 2u);
    packs = std::make_shared<const NoPacks>(packs);
    f.tracker.listener({}); // other rules are shown
    topic.look(f.now);
    EXPECT_TRUE(f.held().empty());
    EXPECT_EQ(f.records().size(), 4u) << "two keys and that both are no more";
    topic.look(f.now + 86'400'000);
    EXPECT_EQ(f.records().size(), 4u);
}

} // namespace
} // namespace sluse
