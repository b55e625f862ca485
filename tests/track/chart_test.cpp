// tests/track/chart_test.cpp — Anhøj's rules against their published limits, p chart and funnel against values worked out by hand.
#include "gateway/track/chart.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

struct Rule {
    int n, run, crossings;
};
class Anhoej : public testing::TestWithParam<Rule> {};
TEST_P(Anhoej, limits_are_the_published_ones)
{
    EXPECT_EQ(longest_run_limit(GetParam().n), GetParam().run);
    EXPECT_EQ(crossings_limit(GetParam().n), GetParam().crossings);
}
INSTANTIATE_TEST_SUITE_P(RunChart, Anhoej, testing::Values(Rule{10, 6, 2}, Rule{12, 7, 3}, Rule{15, 7, 4}, Rule{20, 7, 6}, Rule{24, 8, 8}, Rule{30, 8, 10}));

TEST(RunChart, leaves_out_the_points_on_the_median)
{
    const auto chart = run_chart(std::vector<double>{1, 3, 2, 2, 2, 1, 3}).value();
    EXPECT_DOUBLE_EQ(chart.median, 2);
    EXPECT_EQ(chart.useful, 4);
    EXPECT_EQ(chart.crossings, 3);
    EXPECT_EQ(chart.longest_run, 1);
    EXPECT_FALSE(chart.signal);
}

TEST(RunChart, sees_a_shift_by_its_long_run)
{
    std::vector<double> values;
    for (int i = 0; i < 24; ++i) values.push_back(i < 12 ? 10 + i % 3 : 20 + i % 3);
    const auto chart = run_chart(values).value();
    EXPECT_EQ(chart.longest_run, 12);
    EXPECT_EQ(chart.crossings, 1);
    EXPECT_TRUE(chart.signal);
}

TEST(RunChart, keeps_a_frozen_baseline)
{
    std::vector<double> values(12, 10);
    for (int i = 0; i < 12; ++i) values[static_cast<std::size_t>(i)] += i % 2;
    for (int i = 0; i < 9; ++i) values.push_back(11);
    EXPECT_DOUBLE_EQ(run_chart(values, 12).value().median, 10.5);
    EXPECT_TRUE(run_chart(values, 12).value().signal);
    EXPECT_FALSE(run_chart(std::vector<double>{}));
}

TEST(PChart, has_three_sigma_about_the_mean)
{
    const std::vector<Share> shares{{10, 100}, {12, 100}, {8, 100}, {30, 100}, {0, 0}};
    const auto chart = p_chart(shares);
    EXPECT_DOUBLE_EQ(chart.centre, 0.15);
    EXPECT_NEAR(chart.points[0].upper, 0.15 + 3 * 0.0357071421, 1e-9);
    EXPECT_NEAR(chart.points[0].lower, 0.15 - 3 * 0.0357071421, 1e-9);
    EXPECT_FALSE(chart.points[0].outside);
    EXPECT_TRUE(chart.points[3].outside);
    EXPECT_FALSE(chart.points[4].outside);
    EXPECT_TRUE(chart.signal);
}

TEST(Funnel, has_exact_binomial_limits)
{
    EXPECT_EQ(binomial_quantile(0.025, 20, 0.5), 6); // cumulative 0.0207 at 5, 0.0577 at 6
    EXPECT_EQ(binomial_quantile(0.975, 20, 0.5), 14);
    EXPECT_EQ(binomial_quantile(0.5, 1'000'000, 0.5), 500'000);
    const std::vector<Share> shares{{10, 20}, {1, 20}, {49, 80}};
    const auto out = funnel(shares);
    EXPECT_DOUBLE_EQ(out.centre, 0.5);
    EXPECT_DOUBLE_EQ(out.inner[0].lower, 0.3);
    EXPECT_FALSE(out.inner[0].outside);
    EXPECT_TRUE(out.outer[1].outside);
    EXPECT_GT(out.inner[2].lower, out.inner[0].lower);
}

} // namespace
} // namespace sluse
