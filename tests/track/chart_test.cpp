// tests/track/chart_test.cpp — Anhøj's rules against their published limits, control charts and funnels against values worked out by hand or printed in Montgomery's tables.
#include "gateway/track/attribute_chart.hpp"
#include "gateway/track/funnel.hpp"
#include "gateway/track/measure_chart.hpp"
#include "gateway/track/quantiles.hpp"
#include "gateway/track/value_chart.hpp"

#include <gtest/gtest.h>

#include <cmath>

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

TEST(UChart, has_three_poisson_sigma_about_the_rate)
{
    const std::vector<Share> shares{{8, 100}, {12, 100}, {10, 100}, {30, 100}, {6, 25}, {0, 0}};
    const auto chart = u_chart(shares, 4); // the first four are the baseline: 60 events over 400
    EXPECT_DOUBLE_EQ(chart.centre, 0.15);
    EXPECT_NEAR(chart.points[0].lower, 0.15 - 3 * 0.0387298335, 1e-9); // sqrt(0.15 / 100)
    EXPECT_NEAR(chart.points[0].upper, 0.15 + 3 * 0.0387298335, 1e-9);
    EXPECT_NEAR(chart.points[4].upper, 0.15 + 3 * 0.0774596669, 1e-9); // a quarter of the time: twice as wide
    EXPECT_EQ(chart.points[4].lower, 0);
    EXPECT_TRUE(chart.points[3].outside);
    EXPECT_FALSE(chart.points[4].outside);
    EXPECT_FALSE(chart.points[5].outside);
    EXPECT_TRUE(chart.signal);
}

TEST(CChart, of_circuit_boards_is_as_montgomery_prints_it)
{
    // Statistical Quality Control, example 7.3: nonconformities in 26 samples of 100 boards
    const std::vector<double> counts{21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15};
    const auto chart = c_chart(counts);
    EXPECT_NEAR(chart.centre, 19.85, 0.005);
    EXPECT_NEAR(chart.points[0].upper, 33.22, 0.01);
    EXPECT_NEAR(chart.points[0].lower, 6.48, 0.01);
    for (std::size_t i = 0; i < counts.size(); ++i) EXPECT_EQ(chart.points[i].outside, i == 5 || i == 19) << i;
}

TEST(IChart, of_loan_costs_is_as_montgomery_prints_it)
{
    // Statistical Quality Control, example 6.5: costs of processing mortgage loans in 20 weeks
    const std::vector<double> costs{310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304};
    const auto chart = i_chart(costs);
    EXPECT_NEAR(chart.centre, 300.5, 1e-9);
    EXPECT_NEAR(chart.points[0].upper, 321.22, 0.01);
    EXPECT_NEAR(chart.points[0].lower, 279.78, 0.01);
    EXPECT_FALSE(chart.signal);
    EXPECT_EQ(i_chart(std::vector{4.0}).points[0].upper, 4); // one value has no neighbour
}

TEST(PrimeCharts, of_equal_denominators_are_charts_of_individuals)
{
    // Laney: with one n for all, c +/- 3 sigma sigma_z is c +/- 3 mean moving range / 1.128; the ranges are 0.02, 0.04, 0.22.
    const std::vector<Share> shares{{10, 100}, {12, 100}, {8, 100}, {30, 100}};
    for (const auto& chart : {p_prime_chart(shares), u_prime_chart(shares)}) {
        EXPECT_DOUBLE_EQ(chart.centre, 0.15);
        EXPECT_NEAR(chart.points[0].upper, 0.15 + 0.28 / 1.128, 1e-9);
        EXPECT_EQ(chart.points[0].lower, 0);
        EXPECT_FALSE(chart.signal); // which the p chart takes for a signal
    }
    EXPECT_NEAR(p_prime_chart(shares).sigma_z, 2.3172484, 1e-6);
    EXPECT_NEAR(u_prime_chart(shares).sigma_z, 2.1363974, 1e-6);
}

TEST(PrimeCharts, without_variation_to_measure_are_plain_ones)
{
    EXPECT_EQ(p_prime_chart(std::vector<Share>{{3, 10}}).sigma_z, 1);
    EXPECT_EQ(u_prime_chart(std::vector<Share>{{0, 10}, {0, 20}}).sigma_z, 1);
    EXPECT_EQ(u_prime_chart(std::vector<Share>{{0, 10}, {0, 20}}).points[1].upper, 0);
    EXPECT_TRUE(p_prime_chart({}).points.empty());
}

struct Constant {
    std::int64_t n;
    double c4, a3, b3, b4;
};
class MeasureConstants : public testing::TestWithParam<Constant> {};
TEST_P(MeasureConstants, are_the_printed_ones)
{
    const auto& is = GetParam();
    EXPECT_NEAR(c4(is.n), is.c4, 5e-5);
    EXPECT_NEAR(a3(is.n), is.a3, 6e-4);
    EXPECT_NEAR(b3(is.n), is.b3, 6e-4);
    EXPECT_NEAR(b4(is.n), is.b4, 6e-4);
}
INSTANTIATE_TEST_SUITE_P(Montgomery, MeasureConstants,
                         testing::Values(Constant{2, 0.7979, 2.659, 0, 3.267}, Constant{5, 0.9400, 1.427, 0, 2.089}, Constant{10, 0.9727, 0.975, 0.284, 1.716},
                                         Constant{25, 0.9896, 0.606, 0.565, 1.435}));

TEST(MeasureConstants, go_on_smoothly_where_the_series_takes_over)
{
    EXPECT_NEAR(c4(1'000) * c4(1'001), std::sqrt(999.0 / 1'000.0), 1e-9);
}

TEST(MeasureChart, weighs_by_size_and_pools_the_spread)
{
    const std::vector<Measured> points{{10, 4, 1}, {10, 6, 1}, {25, 5, 3}, {1, 9, {}}, {10, 7, {}}};
    const auto chart = measure_chart(points, 2).value();
    EXPECT_DOUBLE_EQ(chart.mean.centre, 5);
    EXPECT_DOUBLE_EQ(chart.spread.centre, 1);
    EXPECT_NEAR(chart.mean.points[0].lower, 5 - 0.975, 6e-4);
    EXPECT_TRUE(chart.mean.points[0].outside);
    EXPECT_FALSE(chart.mean.points[2].outside);
    EXPECT_NEAR(chart.mean.points[2].upper, 5 + 0.606, 6e-4);
    EXPECT_NEAR(chart.spread.points[2].upper, 1.435, 6e-4);
    EXPECT_TRUE(chart.spread.points[2].outside);
    EXPECT_FALSE(chart.mean_known[3]); // one value says nothing of spread
    EXPECT_TRUE(chart.mean_known[4]);  // though its own spread is not told
    EXPECT_FALSE(chart.spread_known[4]);
    EXPECT_TRUE(chart.mean.points[4].outside);
    EXPECT_DOUBLE_EQ(measure_chart(points)->spread.centre, std::sqrt((9 + 9 + 24 * 9) / 42.0));
    EXPECT_FALSE(measure_chart(std::vector<Measured>{{10, 4, {}}}));
}

struct BinomialQuantile {
    double q;
    std::int64_t trials;
    double p;
    std::int64_t expected;
};
class Binomial : public testing::TestWithParam<BinomialQuantile> {};
TEST_P(Binomial, quantile_is_the_exact_one)
{
    EXPECT_EQ(binomial_quantile(GetParam().q, GetParam().trials, GetParam().p), GetParam().expected);
}
/// Expected: all probabilities summed in 50 decimal digits (Python's decimal, by their ratios from the most likely count on).
INSTANTIATE_TEST_SUITE_P(Quantiles, Binomial,
                         testing::Values(BinomialQuantile{0.025, 1000, 0.3, 272}, BinomialQuantile{0.999, 1000, 0.3, 345}, BinomialQuantile{0.001, 1000, 0.97, 952},
                                         BinomialQuantile{0.975, 5000, 0.999, 4999}, BinomialQuantile{0.001, 100000, 0.02, 1865}, BinomialQuantile{0.999, 100000, 0.02, 2138},
                                         BinomialQuantile{0.025, 2000000, 0.1234, 245889}, BinomialQuantile{0.975, 2000000, 0.1234, 247712},
                                         BinomialQuantile{0.001, 1000000, 0.99999, 999979}, BinomialQuantile{0.999, 1000000, 0.99999, 999998},
                                         BinomialQuantile{0.001, 3000000, 0.0001, 248}, BinomialQuantile{0.999, 3000000, 0.0001, 355}, BinomialQuantile{0.5, 300, 0.5, 150},
                                         BinomialQuantile{0.025, 1000000, 0.9995, 999456}, BinomialQuantile{0.975, 10000000, 0.9, 9001859}));

TEST(Funnel, has_exact_poisson_limits_for_rates)
{
    EXPECT_EQ(poisson_quantile(0.5, 4), 4);
    EXPECT_EQ(poisson_quantile(0.025, 10), 4);  // cumulative 0.0103 at 3, 0.0293 at 4
    EXPECT_EQ(poisson_quantile(0.975, 10), 17); // 0.9730 at 16, 0.9857 at 17
    EXPECT_EQ(poisson_quantile(0.5, 1'000'000), 1'000'000);
    EXPECT_NEAR(static_cast<double>(poisson_quantile(0.999, 1'000'000)), 1'000'000 + 3.0902 * 1'000, 3);
    EXPECT_EQ(poisson_quantile(0.975, 0), 0);
    const std::vector<Share> shares{{10, 1'000}, {30, 1'000}, {20, 4'000}, {0, 0}};
    const auto out = make_funnel(shares, Counts::of_time);
    EXPECT_DOUBLE_EQ(out.centre, 0.01);
    EXPECT_DOUBLE_EQ(out.inner[0].lower, 0.004);
    EXPECT_DOUBLE_EQ(out.inner[0].upper, 0.017);
    EXPECT_FALSE(out.inner[0].outside);
    EXPECT_TRUE(out.outer[1].outside);
    EXPECT_TRUE(out.outer[2].outside); // half of the 40 expected
    EXPECT_FALSE(out.outer[3].outside);
}

/// Numbers of both tests from the formulas in plain Python, apart from this code: p = Σy/Σn; s² = p(1−p)/n (of time p/n); z = (y/n − p)/s cut at the
/// 10th and 90th percentile (between neighbours in proportion); φ = mean z²; w = 1/s²; τ² = (Iφ − (I−1)) / (Σw − Σw²/Σw); p ± 3.0902 √(s² + τ²).
TEST(Funnel, of_proportions_is_widened_by_what_units_differ_beyond_chance)
{
    const std::vector<Share> shares{{60, 500}, {90, 600}, {45, 300}, {120, 800}, {30, 400}, {150, 900}, {85, 700}, {20, 250}, {70, 450}, {260, 1'000}};
    const auto out = make_funnel(shares, Counts::of_cases, true);
    EXPECT_DOUBLE_EQ(out.centre, 930.0 / 5'900);
    EXPECT_NEAR(out.dispersion->phi, 3.947147981, 1e-8);
    EXPECT_NEAR(out.dispersion->tau, 0.02786462399, 1e-10);
    EXPECT_NEAR(out.outer[0].lower, 0.05787439633, 1e-10);
    EXPECT_NEAR(out.outer[0].upper, 0.25737984096, 1e-10);
    EXPECT_TRUE(out.outer[9].outside); // 0.26, and 0.2508 is the limit
    EXPECT_TRUE(make_funnel(shares, Counts::of_cases).outer[4].outside);
    EXPECT_FALSE(out.outer[4].outside);
}

TEST(Funnel, of_rates_is_widened_too_and_cut_at_0)
{
    const std::vector<Share> shares{{10, 1'000}, {30, 1'000}, {20, 4'000}, {25, 1'500}, {5, 900}, {60, 2'500}, {0, 0}};
    const auto out = make_funnel(shares, Counts::of_time, true);
    EXPECT_NEAR(out.dispersion->phi, 9.355595279, 1e-8);
    EXPECT_NEAR(out.dispersion->tau, 0.009155628178, 1e-11);
    EXPECT_NEAR(out.outer[1].upper, 0.04428867699, 1e-10);
    EXPECT_DOUBLE_EQ(out.outer[2].lower, 0);
    EXPECT_FALSE(out.outer[6].outside); // no time at risk
}

TEST(Funnel, that_chance_explains_keeps_its_exact_limits)
{
    const std::vector<Share> shares{{10, 100}, {11, 100}, {9, 100}, {21, 200}};
    const auto plain = make_funnel(shares, Counts::of_cases), adjusted = make_funnel(shares, Counts::of_cases, true);
    EXPECT_DOUBLE_EQ(adjusted.dispersion->tau, 0);
    EXPECT_DOUBLE_EQ(adjusted.outer[3].upper, plain.outer[3].upper);
    EXPECT_DOUBLE_EQ(make_funnel(std::vector<Share>{{0, 10}, {0, 20}}, Counts::of_cases, true).dispersion->tau, 0); // nothing varies
}

TEST(Funnel, has_exact_binomial_limits)
{
    EXPECT_EQ(binomial_quantile(0.025, 20, 0.5), 6); // cumulative 0.0207 at 5, 0.0577 at 6
    EXPECT_EQ(binomial_quantile(0.975, 20, 0.5), 14);
    EXPECT_EQ(binomial_quantile(0.5, 1'000'000, 0.5), 500'000);
    const std::vector<Share> shares{{10, 20}, {1, 20}, {49, 80}};
    const auto out = make_funnel(shares, Counts::of_cases);
    EXPECT_DOUBLE_EQ(out.centre, 0.5);
    EXPECT_DOUBLE_EQ(out.inner[0].lower, 0.3);
    EXPECT_FALSE(out.inner[0].outside);
    EXPECT_TRUE(out.outer[1].outside);
    EXPECT_GT(out.inner[2].lower, out.inner[0].lower);
}

} // namespace
} // namespace sluse
