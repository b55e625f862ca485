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
