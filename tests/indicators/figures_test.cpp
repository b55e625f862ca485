// tests/indicators/figures_test.cpp — published series: every row shows what was published for it, and regions follow the map of the day.
#include "gateway/indicators/definition.hpp"
#include "gateway/indicators/evaluate.hpp"
#include "gateway/indicators/packs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

namespace sluse {
namespace {

const Regions& shipped()
{
    static Issues issues;
    static const auto regions = Regions::load(std::filesystem::path(SLUSE_SOURCE_DIR) / "schemas/codes/municipality-region.tsv", "municipality-region.tsv", issues);
    EXPECT_TRUE(issues.empty());
    return regions;
}

Definition rule(bool percentage = true)
{
    Definition d;
    d.kind = Definition::Kind::imported;
    d.id = "G7.2";
    d.value_scale = 1000;
    d.percentage = percentage;
    d.valid_from = day_of({2007, 1, 1});
    d.valid_to = day_of({9999, 12, 31});
    return d;
}

/// A timeline's texts are views.
std::string_view kept(std::string text)
{
    static std::deque<std::string> texts;
    return texts.emplace_back(std::move(text));
}

Figure figure(int year, std::optional<double> value, std::optional<std::int64_t> denominator)
{
    Figure f;
    f.indicator = "G7.2";
    f.from = day_of({year, 1, 1});
    f.until = day_of({year + 1, 1, 1});
    if (value) f.value_scaled = static_cast<std::int64_t>(*value * 1'000'000 + 0.5);
    f.denominator = denominator;
    f.key = kept(std::to_string(year));
    return f;
}
Figure of(Figure f, std::string_view Figure::*dimension, std::string_view code)
{
    f.key = kept(std::string(f.key) + '|' + std::string(code));
    f.*dimension = code;
    return f;
}

struct Sum {
    std::int64_t numerator{}, denominator{};
    double percent() const { return denominator == 0 ? -1 : 100.0 * static_cast<double>(numerator) / static_cast<double>(denominator); }
};
/// What a table by one dimension shows in the year; "*" is the total.
std::map<std::string, Sum> table(const Timeline& t, std::string Dimensions::*by, int year, const Definition& d = rule())
{
    std::map<std::string, Sum> rows;
    std::vector<Contribution> out;
    add_figures(d, shipped(), t, out);
    for (const auto& c : out) {
        if (c.counts_day != day_of({year, 1, 1})) continue;
        for (const auto& code : {c.dims.*by, std::string("*")}) {
            rows[code].numerator += c.numerator;
            rows[code].denominator += c.denominator;
        }
    }
    return rows;
}

TEST(Figures, ShowTheTotalThatWasPublishedBesideItsParts)
{
    Timeline t;
    t.figures = {figure(2023, 13.1, 5000), of(figure(2023, 12.5, 2000), &Figure::region, "DK-84"), of(figure(2023, 14.0, 1000), &Figure::region, "DK-81"), of(figure(2023, 12.0, 2400), &Figure::sex, "female")};
    const auto regions = table(t, &Dimensions::region, 2023);
    EXPECT_NEAR(regions.at("*").percent(), 13.1, 1e-9);
    EXPECT_NEAR(regions.at("DK-84").percent(), 12.5, 1e-9);
    EXPECT_NEAR(regions.at("DK-81").percent(), 14.0, 1e-9);
    EXPECT_EQ(regions.at("").denominator, 2'000'000) << "the rest, of no region that was published";
    EXPECT_NEAR(table(t, &Dimensions::sex, 2023).at("female").percent(), 12.0, 1e-9);
}

TEST(Figures, MakeTheTotalOfTheCoarsestPartsWhenNobodyPublishedIt)
{
    Timeline t;
    t.figures = {of(figure(2023, 10, 1000), &Figure::region, "DK-84"), of(figure(2023, 20, 3000), &Figure::region, "DK-81"), of(figure(2023, 99, 10), &Figure::municipality, "0851")};
    const auto rows = table(t, &Dimensions::region, 2023);
    EXPECT_NEAR(rows.at("*").percent(), 17.5, 1e-9);
    EXPECT_EQ(rows.at("").denominator, 0);
    EXPECT_NEAR(table(t, &Dimensions::municipality, 2023).at("0851").percent(), 99, 1e-9);
}

TEST(Figures, OfMunicipalitiesMakeTheRegionsOfTheirDay)
{
    Timeline t;
    for (const int year : {2026, 2027})
        for (const auto* code : {"0101", "0253", "0751"}) t.figures.push_back(of(figure(year, code[1] == '1' ? 10 : 20, 1000), &Figure::municipality, code));
    const auto before = table(t, &Dimensions::region, 2026), after = table(t, &Dimensions::region, 2027);
    EXPECT_NEAR(before.at("DK-84").percent(), 10, 1e-9);
    EXPECT_NEAR(before.at("DK-85").percent(), 20, 1e-9);
    EXPECT_FALSE(before.contains("DK-OST"));
    EXPECT_NEAR(after.at("DK-OST").percent(), 15, 1e-9);
    EXPECT_FALSE(after.contains("DK-84"));
    EXPECT_NEAR(after.at("DK-82").percent(), 20, 1e-9);
    EXPECT_EQ(before.at("*").numerator, after.at("*").numerator) << "the reform moves nobody";
    EXPECT_EQ(table(t, &Dimensions::municipality, 2026).at("0253").numerator, table(t, &Dimensions::municipality, 2027).at("0253").numerator);
}

TEST(Figures, OfOtherUnitsAreMeansByWeight)
{
    Timeline t;
    t.figures = {of(figure(2023, 80.5, {}), &Figure::sex, "male"), of(figure(2023, 84.25, {}), &Figure::sex, "female")};
    const auto rows = table(t, &Dimensions::sex, 2023, rule(false));
    EXPECT_EQ(rows.at("male").numerator, 80'500);
    EXPECT_EQ(rows.at("male").denominator, 1000);
    EXPECT_NEAR(rows.at("*").percent(), 8237.5, 1e-9);
}

TEST(Regions, AreFourFrom2027On)
{
    for (const auto* code : {"0101", "0147", "0270", "0400", "0411", "0253", "0390"}) {
        EXPECT_TRUE(shipped().on(code, day_of({2026, 12, 31})) == "DK-84" || shipped().on(code, day_of({2026, 12, 31})) == "DK-85") << code;
        EXPECT_EQ(shipped().on(code, day_of({2027, 1, 1})), "DK-OST") << code;
        EXPECT_EQ(shipped().on(code, day_of({2006, 12, 31})), "") << code;
    }
    for (const auto* code : {"0461", "0751", "0851"}) EXPECT_EQ(shipped().on(code, day_of({2026, 12, 31})), shipped().on(code, day_of({2027, 1, 1}))) << code;
    std::map<std::string_view, int> before, after;
    for (const auto& row : shipped().rows()) {
        if (row.from <= day_of({2026, 6, 1}) && day_of({2026, 6, 1}) < row.to) ++before[row.region];
        if (row.from <= day_of({2027, 6, 1}) && day_of({2027, 6, 1}) < row.to) ++after[row.region];
    }
    EXPECT_EQ(before, (std::map<std::string_view, int>{{"DK-81", 11}, {"DK-82", 19}, {"DK-83", 22}, {"DK-84", 30}, {"DK-85", 17}}));
    EXPECT_EQ(after, (std::map<std::string_view, int>{{"DK-81", 11}, {"DK-82", 19}, {"DK-83", 22}, {"DK-OST", 47}}));
}

/// The same person, discharged on both sides of the reform: one municipality, two regions.
TEST(Regions, DecideByTheDayThatCounts)
{
    Issues issues;
    const auto packs = Packs::load(std::filesystem::path(SLUSE_SOURCE_DIR) / "schemas", issues);
    ASSERT_TRUE(packs);
    Timeline t;
    t.birth = day_of({1950, 5, 5});
    t.sex = "female";
    t.residences = {{day_of({2000, 1, 1}), {}, "0253"}};
    for (const auto& [month, year] : {std::pair{12, 2026}, std::pair{1, 2027}}) {
        Contact c;
        c.key = kept("V" + std::to_string(year));
        c.encounter_class = "IMP";
        c.specialty = "somatic";
        c.start = first_instant(day_of({year, month, 10}));
        c.end = c.start + 72 * hour_ms;
        t.contacts.push_back(c);
    }
    const auto id = std::ranges::find(packs->packs(), "G8.1", &Pack::id);
    const auto out = packs->evaluate(static_cast<std::size_t>(id - packs->packs().begin()), t);
    ASSERT_EQ(out.size(), 2u);
    std::map<Day, Dimensions> by_day;
    for (const auto& c : out) by_day[c.counts_day] = c.dims;
    EXPECT_EQ(by_day.begin()->second.region, "DK-85");
    EXPECT_EQ(by_day.rbegin()->second.region, "DK-OST");
    EXPECT_EQ(by_day.begin()->second.municipality, by_day.rbegin()->second.municipality);
}

} // namespace
} // namespace sluse
