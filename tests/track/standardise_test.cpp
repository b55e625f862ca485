// tests/track/standardise_test.cpp — standardised numbers against published examples, small strata, and the standard populations' files.
#include "gateway/track/standardise.hpp"
#include "tests/temporary.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <numeric>

namespace sluse {
namespace {

const std::filesystem::path schemas = std::filesystem::path(SLUSE_SOURCE_DIR) / "schemas";

/// Down's syndrome in Michigan by the mother's age, fifth and later births, weighed by all births: Fleiss 1981, table 14.4, as used by Fay and Feuer 1997.
TEST(DirectRate, of_time_has_the_published_rate_and_gamma_interval)
{
    const std::int64_t cases[] = {0, 8, 63, 112, 262, 295}, births[] = {327, 30'666, 123'419, 149'919, 104'088, 34'392}, all[] = {319'933, 931'318, 786'511, 488'235, 237'863, 61'313};
    std::vector<WeightedShare> strata;
    for (std::size_t i = 0; i < 6; ++i) strata.push_back({{cases[i], births[i]}, static_cast<double>(all[i])});
    const auto rate = direct_rate(strata, Counts::of_time).value();
    EXPECT_NEAR(1e5 * rate.value, 75.52901, 5e-6);           // as the R package dsrTest prints it, method "gamma"
    EXPECT_NEAR(1e5 * rate.interval.lower, 67.70212, 5e-6);
    EXPECT_NEAR(1e5 * rate.interval.upper, 188.30017, 5e-6);
}

/// canregtools, example of ageadjust(): 5394.737 per 100,000, 4709.493 to 6154.046. Of cases: variance Σ w² p(1−p)/n, by hand.
TEST(DirectRate, of_cases_has_binomial_variances)
{
    const std::vector<WeightedShare> strata{{{50, 1'000}, 800}, {{60, 1'200}, 1'000}, {{45, 1'100}, 1'100}, {{70, 900}, 900}};
    const auto time = direct_rate(strata, Counts::of_time).value(), cases = direct_rate(strata, Counts::of_cases).value();
    EXPECT_NEAR(1e5 * time.value, 5394.737, 5e-4);
    EXPECT_NEAR(1e5 * time.interval.lower, 4709.493, 5e-4);
    EXPECT_NEAR(1e5 * time.interval.upper, 6154.046, 5e-4);
    EXPECT_DOUBLE_EQ(cases.value, time.value);
    EXPECT_NEAR(cases.interval.lower, 0.0470718454, 1e-9);
    EXPECT_NEAR(cases.interval.upper, 0.0608228914, 1e-9);
    EXPECT_FALSE(direct_rate(std::vector<WeightedShare>{{{0, 0}, 1}}, Counts::of_cases));
    EXPECT_DOUBLE_EQ(direct_rate(std::vector<WeightedShare>{{{0, 10}, 1}}, Counts::of_time)->interval.lower, 0);
}

/// Garwood's limits as tables of the Poisson distribution print them.
TEST(PoissonInterval, is_the_exact_one)
{
    EXPECT_DOUBLE_EQ(poisson_interval(0).lower, 0);
    EXPECT_NEAR(poisson_interval(0).upper, 3.689, 5e-4);
    EXPECT_NEAR(poisson_interval(1).lower, 0.0253, 5e-5);
    EXPECT_NEAR(poisson_interval(1).upper, 5.572, 5e-4);
    EXPECT_NEAR(poisson_interval(10).lower, 4.795, 5e-4);
    EXPECT_NEAR(poisson_interval(10).upper, 18.390, 5e-4);
    EXPECT_NEAR(poisson_interval(100).lower, 81.364, 5e-4);
    EXPECT_NEAR(poisson_interval(100).upper, 121.627, 5e-4);
}

CellRow year(const char* group, std::int64_t numerator, std::int64_t denominator)
{
    CellRow row;
    row.period = "2026";
    row.group = group;
    row.numerator = numerator, row.denominator = denominator;
    row.value = 1;
    return row;
}

/// Two regions with the same share at every age, one of them older: their crude shares differ, their standardised ones do not.
struct TwoRegions : testing::Test {
    TwoRegions()
    {
        pack.kind = "proportion";
        pack.unit = "%";
    }
    Pack pack;
    std::vector<CellRow> rows{year("DK-81", 180, 1'000), year("DK-84", 120, 1'000)};
    std::vector<CellRow> strata{year("DK-81|female|40-44", 10, 100),  year("DK-81|male|40-44", 10, 100),  year("DK-81|female|80-84", 80, 400), year("DK-81|male|80-84", 80, 400),
                                year("DK-84|female|40-44", 40, 400), year("DK-84|male|40-44", 40, 400), year("DK-84|female|80-84", 20, 100), year("DK-84|male|80-84", 20, 100)};
};

TEST_F(TwoRegions, are_alike_when_sex_and_age_are)
{
    const auto direct = standardise({pack, false, nullptr}, rows, strata);
    ASSERT_EQ(direct.size(), 2u);
    EXPECT_DOUBLE_EQ(direct[0].value, 15); // as many at either age in the whole country
    EXPECT_DOUBLE_EQ(direct[1].value, 15);
    EXPECT_DOUBLE_EQ(direct[0].coverage, 1);
    const auto indirect = standardise({pack, true, nullptr}, rows, strata);
    EXPECT_EQ(indirect[0].observed, 180);
    EXPECT_DOUBLE_EQ(indirect[0].expected, 180);
    EXPECT_DOUBLE_EQ(indirect[0].value, 1);
    EXPECT_NEAR(indirect[0].interval.lower, 154.6639 / 180, 1e-6); // exact Poisson of 180
    EXPECT_NEAR(indirect[0].interval.upper, 208.3026 / 180, 1e-6);
    const StandardPopulation young{"young", {}, "", {{"40-44", 9}, {"80-84", 1}}};
    EXPECT_DOUBLE_EQ(standardise({pack, false, &young}, rows, strata)[0].value, 11); // nine tenths of 10, one of 20
}

TEST_F(TwoRegions, say_nothing_when_too_little_of_them_is_shown)
{
    strata[0].suppressed = true; // a tenth of DK-81
    auto out = standardise({pack, false, nullptr}, rows, strata);
    EXPECT_TRUE(out[0].suppressed);
    EXPECT_FALSE(out[1].suppressed);
    rows[0].suppressed = true;
    strata[0].suppressed = false;
    EXPECT_TRUE(standardise({pack, true, nullptr}, rows, strata)[0].suppressed) << "a hidden row stays hidden";
    strata = {year("DK-84|other|40-44", 1, 20), year("DK-84|female|40-44", 90, 980)};
    const StandardPopulation standard{"s", {}, "", {{"40-44", 1}}};
    out = standardise({pack, false, &standard}, rows, strata);
    EXPECT_FALSE(out[1].suppressed);
    EXPECT_DOUBLE_EQ(out[1].coverage, 0.98) << "a standard population knows two sexes";
}

TEST_F(TwoRegions, are_one_in_total)
{
    const auto out = standardise({pack, false, nullptr}, std::vector{year("", 300, 2'000)}, strata);
    EXPECT_DOUBLE_EQ(out.at(0).value, 15);
}

TEST(Standards, as_shipped_are_whole)
{
    Issues issues;
    const auto standards = load_standards(schemas, issues);
    EXPECT_TRUE(issues.empty());
    ASSERT_EQ(standards.size(), 1u);
    EXPECT_EQ(standards[0].weights.size(), 19u);
    EXPECT_DOUBLE_EQ(std::accumulate(standards[0].weights.begin(), standards[0].weights.end(), 0.0, [](double sum, const auto& one) { return sum + one.second; }), 100'000);
}

TEST(Standards, tell_every_mistake_with_its_line)
{
    const TemporaryDirectory directory;
    const auto& folder = directory.path();
    std::filesystem::create_directories(folder / "standards");
    std::ofstream(folder / "standards" / "x.yaml") << "id: own\ntitle: {da: x, en: y}\nsource: z\nweights: {65-70: 1,\n  65-69: many}\n";
    Issues issues;
    load_standards(folder, issues);
    std::vector<std::string> said;
    for (const auto& issue : issues) said.push_back(issue.path + ": " + issue.text);
    EXPECT_THAT(said, testing::UnorderedElementsAre("standards/x.yaml:1: 'own' stands for the country's own distribution", "standards/x.yaml:4: '65-70' is not an age band such as 65-69",
                                                    "standards/x.yaml:5: must be a number of 0 or more"));
}

} // namespace
} // namespace sluse
