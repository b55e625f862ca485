// tests/track/steps_test.cpp — levels and days at risk from sums, against counting day by day.
#include "gateway/track/exposure.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sluse {
namespace {

TEST(Steps, agree_with_counting_day_by_day)
{
    std::mt19937 random(3);
    for (int round = 0; round < 50; ++round) {
        Steps steps;
        std::map<Day, std::int64_t> plain;
        const auto count = random() % 30;
        for (unsigned i = 0; i < count; ++i) {
            const auto at = static_cast<Day>(random() % 60) - 10;
            const auto step = static_cast<std::int64_t>(random() % 7) - 3;
            steps.add(at, step);
            plain[at] += step;
        }
        steps.sum_up();
        ASSERT_EQ(steps.empty(), plain.empty());
        if (!plain.empty()) { EXPECT_EQ(steps.first(), plain.begin()->first); }
        const auto level = [&](Day day) { // of those who came until the day itself
            std::int64_t sum = 0;
            for (const auto& [at, step] : plain) sum += at <= day ? step : 0;
            return sum;
        };
        for (Day from = -15; from < 60; from += 3) {
            EXPECT_EQ(steps.level_before(from), level(from - 1));
            std::int64_t days = 0;
            for (Day day = from; day < from + 20; ++day) days += level(day);
            EXPECT_EQ(steps.days(from, from + 20), days) << "from " << from;
        }
    }
}

/// Five admissions in January of people who are at risk from its first day on; the row of all periods, which keeps the steps, may be hidden.
CellRow january_of(bool steps_hidden, std::int64_t waiting, bool authorised)
{
    Pack pack;
    pack.kind = "rate";
    pack.per_days = 1000;
    CellQuery query;
    query.period = PeriodKind::month;
    query.today = day_of({2026, 1, 31});
    query.authorised = authorised;
    const Freezes freezes;
    const Asked asked{pack, query, freezes, 5};
    CellSum events, steps;
    events.sums.resize(part_persons + 1);
    events.sums[part_numerator] = events.sums[part_persons] = 5;
    if (!steps_hidden || authorised) steps.counts.push_back({-1 - day_of({2026, 1, 1}), 7});
    StepRows rows(asked, PeriodKind::month);
    rows.add({PeriodKind::month, By::total, period_of(PeriodKind::month, query.today), ""}, SeenRow{events, false, {}});
    rows.add_steps("", SeenRow{steps, steps_hidden, {never_changed, never_changed, waiting, never_shown}});
    const auto told = rows.rows();
    EXPECT_EQ(told.size(), 1u);
    return told.empty() ? CellRow{} : told[0];
}

TEST(StepRows, tell_events_only_beside_the_time_they_happened_in)
{
    const auto known = january_of(false, 0, false);
    EXPECT_EQ(known.numerator, 5);
    EXPECT_EQ(known.denominator, 7 * 31);
    EXPECT_EQ(known.held, 0);
    EXPECT_TRUE(january_of(true, 7, false).suppressed) << "five events in no days";
    EXPECT_EQ(january_of(true, 7, true).denominator, 7 * 31) << "who may see all sees it";
}

TEST(StepRows, say_that_their_time_lacks_somebody)
{
    EXPECT_EQ(january_of(false, 7, false).held, 5);
    EXPECT_EQ(january_of(false, 7, true).held, 0);
}

TEST(Quantiles, are_the_same_together_and_alone)
{
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
        CellSum row;
        row.counts.push_back({-20'000, 4}); // a maturing day
        for (std::int64_t value = 0; value < 12; ++value)
            if (const auto times = static_cast<std::int64_t>(random() % 4)) row.counts.push_back({value, times});
        const auto [median, p90] = median_and_p90(row);
        EXPECT_EQ(median, quantile(row, 0.5));
        EXPECT_EQ(p90, quantile(row, 0.9));
        std::vector<std::int64_t> all;
        for (const auto& [value, times] : row.counts)
            if (value >= 0) all.insert(all.end(), static_cast<std::size_t>(times), value);
        if (all.empty()) EXPECT_FALSE(median);
        else EXPECT_EQ(median, all[(all.size() + 1) / 2 - 1]);
    }
}

} // namespace
} // namespace sluse
