// tests/track/indicator_chart_test.cpp — published rows as charts: the kind, the unit, phases, what is provisional or hidden, and the notes' file.
#include "gateway/track/indicator_chart.hpp"
#include "gateway/track/rare_chart.hpp"
#include "tests/temporary.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace sluse {
namespace {

Pack pack_of(const char* kind, const char* unit = "", double per_days = 0)
{
    Pack pack;
    pack.id = "T.1", pack.kind = kind, pack.unit = unit, pack.per_days = per_days;
    return pack;
}

CellRow month(int number, std::int64_t numerator, std::int64_t denominator, double value)
{
    CellRow row;
    row.begin = day_of({2026, number, 1});
    row.period = iso(*row.begin).substr(0, 7);
    row.numerator = numerator, row.denominator = denominator, row.value = value;
    return row;
}

constexpr Date today{2026, 12, 1};

std::vector<IndicatorChart> charts(const Pack& pack, ChartKind kind, const std::vector<CellRow>& rows, const ChartNotes& notes = {}, std::size_t baseline = 0, const char* by = "")
{
    return charts_of({pack, kind, by, baseline, day_of(today)}, rows, notes);
}

TEST(IndicatorChart, is_in_the_indicators_unit)
{
    const auto percent = pack_of("proportion", "%");
    const auto p = charts(percent, ChartKind::p, {month(1, 10, 100, 10), month(2, 20, 100, 20)});
    EXPECT_DOUBLE_EQ(p.at(0).phases.at(0).centre, 15);
    EXPECT_NEAR(p[0].phases[0].points[0].limits->upper, 15 + 300 * 0.0357071421, 1e-6);
    const auto rate = pack_of("rate", "", 10'000); // per 10,000 bed-days
    const auto u = charts(rate, ChartKind::u, {month(1, 10, 20'000, 5), month(2, 6, 20'000, 3)});
    EXPECT_DOUBLE_EQ(u.at(0).phases.at(0).centre, 4); // 16 in 40,000
    EXPECT_NEAR(u[0].phases[0].points[0].limits->upper, 4 + 3 * 1.4142136, 1e-6); // sqrt(0.0004 / 20,000) in 10,000 days
    EXPECT_EQ(u[0].phases[0].points[0].limits->lower, 0);
}

TEST(IndicatorChart, leaves_out_what_is_hidden_and_judges_nothing_provisional)
{
    const auto pack = pack_of("proportion", "%");
    std::vector<CellRow> rows{month(1, 10, 100, 10), month(2, 12, 100, 12), month(3, 0, 0, 0), month(4, 90, 100, 90)};
    rows[2].suppressed = true;
    rows[2].value.reset();
    rows[3].provisional = true;
    const auto chart = charts(pack, ChartKind::p, rows).at(0).phases.at(0);
    ASSERT_EQ(chart.points.size(), 3u);
    EXPECT_EQ(chart.baseline, 2u);
    EXPECT_DOUBLE_EQ(chart.centre, 11);
    EXPECT_FALSE(chart.points[2].limits->outside);
    EXPECT_FALSE(chart.signal);
    EXPECT_EQ(chart.rules->useful, 2);
    rows[3].provisional = false;
    EXPECT_TRUE(charts(pack, ChartKind::p, rows, {}, 2).at(0).phases.at(0).points[2].limits->outside);
    EXPECT_TRUE(charts(pack, ChartKind::p, {rows[2]}).empty());
}

TEST(IndicatorChart, has_phases_with_lines_of_their_own)
{
    ChartNotes notes;
    notes.phases.push_back({{day_of({2026, 3, 15}), {"T.1"}, "", "", {"nyt system", "new system"}}, 2});
    notes.phases.push_back({{day_of({2026, 5, 1}), {"T.2"}, "", "", {"andet", "other"}}, 0});
    notes.annotations.push_back({day_of({2026, 4, 3}), {}, "", "", {"opringning", "a call"}});
    const auto pack = pack_of("count");
    std::vector<CellRow> rows;
    for (int i = 1; i <= 8; ++i) rows.push_back(month(i, i, 0, i < 4 ? 10 + i : 20 + i));
    const auto chart = charts(pack, ChartKind::run, rows, notes).at(0);
    ASSERT_EQ(chart.phases.size(), 2u);
    EXPECT_EQ(chart.phases[0].points.size(), 3u);
    EXPECT_DOUBLE_EQ(chart.phases[0].centre, 12);
    EXPECT_EQ(chart.phases[1].points.front().period, "2026-04"); // the first that begins on the day or later
    EXPECT_DOUBLE_EQ(chart.phases[1].centre, 24.5);              // of its first two
    EXPECT_EQ(chart.phases[1].why.en, "new system");
    ASSERT_EQ(chart.annotations.size(), 1u);
    EXPECT_EQ(chart.annotations[0].text.da, "opringning");
}

TEST(IndicatorChart, of_one_group_may_have_a_phase_that_the_others_have_not)
{
    ChartNotes notes;
    notes.phases.push_back({{day_of({2026, 2, 1}), {}, "region", "DK-84", {"da", "en"}}, 0});
    const auto pack = pack_of("count");
    std::vector<CellRow> rows;
    for (const auto* region : {"DK-81", "DK-84"})
        for (int i = 1; i <= 3; ++i) rows.push_back(month(i, i, 0, i)), rows.back().group = region;
    const auto all = charts(pack, ChartKind::run, rows, notes, 0, "region");
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].phases.size(), 1u);
    EXPECT_EQ(all[1].phases.size(), 2u);
}

TEST(IndicatorChart, of_durations_shows_means_and_spread)
{
    const auto pack = pack_of("duration", "days");
    std::vector<CellRow> rows{month(1, 0, 10, 4), month(2, 0, 10, 6), month(3, 0, 5, 5)};
    for (auto& row : rows) row.values = row.denominator, row.deviation = 1;
    rows[2].deviation.reset(); // too few persons to tell it
    const auto phase = charts(pack, ChartKind::xbar_s, rows, {}, 2).at(0).phases.at(0);
    EXPECT_DOUBLE_EQ(phase.centre, 5);
    EXPECT_DOUBLE_EQ(phase.spread_centre.value(), 1);
    EXPECT_NEAR(phase.points[0].limits->lower, 5 - 0.975, 6e-4);
    EXPECT_NEAR(phase.points[0].spread_limits->upper, 1.716, 6e-4);
    EXPECT_NEAR(phase.points[2].limits->upper, 5 + 1.427, 6e-4);
    EXPECT_FALSE(phase.points[2].spread_limits);
    EXPECT_TRUE(phase.signal);
}

TEST(IndicatorChart, of_one_value_a_period_keeps_the_line_of_its_baseline)
{
    std::vector<CellRow> rows{month(1, 4, 0, 4), month(2, 6, 0, 6), month(3, 4, 0, 4), month(4, 6, 0, 6), month(5, 40, 0, 40), month(6, 50, 0, 50)};
    rows.back().provisional = true;
    const auto counts = charts(pack_of("count"), ChartKind::c, rows, {}, 4).at(0).phases.at(0);
    EXPECT_DOUBLE_EQ(counts.centre, 5);
    EXPECT_NEAR(counts.points[0].limits->upper, 5 + 3 * 2.2360679775, 1e-9);
    EXPECT_EQ(counts.points[0].limits->lower, 0);
    EXPECT_TRUE(counts.points[4].limits->outside);
    EXPECT_FALSE(counts.points[5].limits->outside); // under way
    const auto values = charts(pack_of("level"), ChartKind::i, rows, {}, 4).at(0).phases.at(0);
    EXPECT_NEAR(values.points[0].limits->upper, 5 + 3 * 2 / 1.128, 1e-9);
    EXPECT_FALSE(fits(ChartKind::c, pack_of("level")));
}

TEST(IndicatorChart, funnel_compares_the_groups_of_a_period)
{
    const auto pack = pack_of("rate", "", 1'000);
    std::vector<CellRow> rows;
    for (const auto& [group, events] : {std::pair{"A", 10}, std::pair{"B", 30}, std::pair{"C", 5}}) {
        rows.push_back(month(1, events, events == 5 ? 2'500 : 1'000, events));
        rows.back().group = group;
    }
    const auto all = charts(pack, ChartKind::funnel, rows, {}, 0, "unit");
    ASSERT_EQ(all.size(), 1u);
    const auto& phase = all[0].phases.at(0);
    EXPECT_DOUBLE_EQ(phase.centre, 10); // 45 in 4,500
    EXPECT_DOUBLE_EQ(phase.points[0].warning->lower, 4);
    EXPECT_DOUBLE_EQ(phase.points[0].warning->upper, 17);
    EXPECT_TRUE(phase.points[1].limits->outside);
    EXPECT_FALSE(phase.rules);
}

TEST(IndicatorChart, between_rare_events_is_a_t_chart)
{
    // Nine, sixteen and twenty-five days: y = x^(1/3.6) = 1.84106, 2.16012, 2.44521; mean 2.14880, mean range 0.30208, three sigma 0.80340.
    const auto pack = pack_of("count");
    std::vector<CellRow> rows;
    for (const Day day : {0, 9, 25, 50}) {
        CellRow row;
        row.begin = day_of({2026, 8, 1}) + day;
        row.period = iso(*row.begin);
        row.numerator = 1, row.value = 1;
        rows.push_back(row);
    }
    const auto chart = charts_of({pack, ChartKind::t, "", 0, day_of({2026, 8, 1}) + 100}, rows, {}).at(0);
    ASSERT_EQ(chart.phases.at(0).points.size(), 3u);
    EXPECT_DOUBLE_EQ(chart.phases[0].points[1].value, 16);
    EXPECT_NEAR(chart.phases[0].centre, 15.70013, 1e-4);
    EXPECT_NEAR(chart.phases[0].points[0].limits->upper, 49.26312, 1e-4);
    EXPECT_NEAR(chart.phases[0].points[0].limits->lower, 2.90980, 1e-4);
    EXPECT_EQ(chart.since_last->on, day_of({2026, 8, 1}) + 50);
    EXPECT_EQ(chart.since_last->days, 50);
    EXPECT_TRUE(chart.since_last->outside);
    EXPECT_FALSE(time_chart(std::vector<Day>{1, 2}, 9)); // one distance is no chart
    EXPECT_EQ(charts_of({pack, ChartKind::t, "", 0, day_of(today)}, std::span(rows).first(1), {}).at(0).phases.size(), 0u);
}

TEST(IndicatorChart, between_rare_events_counts_cases_in_a_g_chart)
{
    // Cases between: 12, 0, 35, 20, 8, 50, 27; mean 152/7 = 21.7143, upper limit 21.7143 + 3 √(21.7143 · 22.7143) = 88.3403.
    std::vector<std::int64_t> events{4};
    for (const int between : {12, 0, 35, 20, 8, 50, 27}) events.push_back(events.back() + between + 1);
    const auto g = cases_chart(events, events.back() + 89).value();
    EXPECT_NEAR(g.chart.centre, 21.714285714, 1e-9);
    EXPECT_NEAR(g.chart.points[0].upper, 88.340259690, 1e-8);
    EXPECT_DOUBLE_EQ(g.chart.points[0].lower, 0);
    EXPECT_FALSE(g.chart.signal);
    EXPECT_TRUE(g.since_outside); // 89 without an event
    EXPECT_FALSE(cases_chart(std::vector<std::int64_t>{1, 2}, 9));
    EXPECT_EQ(spread_over(10, 1), (std::vector<std::int64_t>{6}));
    EXPECT_EQ(spread_over(10, 2), (std::vector<std::int64_t>{3, 8}));
    EXPECT_EQ(spread_over(3, 3), (std::vector<std::int64_t>{1, 2, 3}));

    const auto pack = pack_of("proportion", "%");
    std::vector<CellRow> rows;
    for (const auto& [events_on_day, cases] : {std::pair{1, 5}, std::pair{0, 20}, std::pair{2, 10}, std::pair{1, 3}, std::pair{0, 7}}) {
        auto& row = rows.emplace_back();
        row.begin = day_of({2026, 8, 1}) + static_cast<Day>(rows.size());
        row.period = iso(*row.begin);
        row.numerator = events_on_day, row.denominator = cases, row.value = 1;
    }
    // The events are cases 3, 25 + 3, 25 + 8 and 35 + 2 of 45.
    const auto chart = charts_of({pack, ChartKind::g, "", 0, day_of({2026, 8, 20})}, rows, {}).at(0);
    std::vector<double> between;
    for (const auto& point : chart.phases.at(0).points) between.push_back(point.value);
    EXPECT_EQ(between, (std::vector<double>{24, 4, 3}));
    EXPECT_EQ(chart.since_last->cases, 8);
    EXPECT_EQ(chart.since_last->on, day_of({2026, 8, 5}));
    EXPECT_FALSE(chart.since_last->outside);
}

TEST(IndicatorChart, funnel_may_be_adjusted_for_over_dispersion)
{
    const auto pack = pack_of("rate", "", 1'000);
    std::vector<CellRow> rows;
    for (const auto& [events, days] : {std::pair{10, 1'000}, std::pair{30, 1'000}, std::pair{20, 4'000}, std::pair{25, 1'500}, std::pair{5, 900}, std::pair{60, 2'500}}) {
        rows.push_back(month(1, events, days, events));
        rows.back().group = std::string(1, static_cast<char>('A' + rows.size()));
    }
    const auto phase = charts(pack, ChartKind::funnel_adjusted, rows, {}, 0, "unit").at(0).phases.at(0);
    EXPECT_NEAR(phase.dispersion->tau, 9.155628178, 1e-8); // per 1,000 days, as the values
    EXPECT_NEAR(phase.points[1].limits->upper, 44.28867699, 1e-7);
    EXPECT_FALSE(charts(pack, ChartKind::funnel, rows, {}, 0, "unit").at(0).phases.at(0).dispersion);
}

TEST(UsualChart, goes_by_kind_and_size)
{
    const auto proportion = pack_of("proportion"), rate = pack_of("rate");
    EXPECT_EQ(usual_chart(proportion, std::vector{month(1, 1, 1'999, 1)}), ChartKind::p);
    EXPECT_EQ(usual_chart(proportion, std::vector{month(1, 1, 2'000, 1)}), ChartKind::p_prime);
    EXPECT_EQ(usual_chart(rate, std::vector{month(1, 1, 59'999, 1)}), ChartKind::u);
    EXPECT_EQ(usual_chart(rate, std::vector{month(1, 1, 60'000, 1)}), ChartKind::u_prime);
    EXPECT_EQ(usual_chart(pack_of("duration"), {}), ChartKind::xbar_s);
    EXPECT_EQ(usual_chart(pack_of("level"), {}), ChartKind::run);
    for (const auto kind : {ChartKind::run, ChartKind::i, ChartKind::c, ChartKind::p, ChartKind::p_prime, ChartKind::u, ChartKind::u_prime, ChartKind::xbar_s, ChartKind::t, ChartKind::g, ChartKind::funnel, ChartKind::funnel_adjusted})
        EXPECT_EQ(chart_kind(name(kind)), kind);
    EXPECT_FALSE(chart_kind("x"));
}

class NotesFile : public testing::Test {
protected:
    ChartNotes load(const char* text)
    {
        std::ofstream(folder_.path() / "charts.yaml") << text;
        return load_chart_notes(folder_.path(), issues_);
    }
    TemporaryDirectory folder_;
    Issues issues_;
};

TEST_F(NotesFile, is_read_by_day)
{
    const auto notes = load("phases:\n"
                            "  - {from: 2026-05-01, why: {da: b, en: b}}\n"
                            "  - {from: 2026-02-01, baseline: 12, indicators: [G1.1], by: region, group: DK-84, why: {da: a, en: a}}\n"
                            "annotations:\n"
                            "  - {on: 2026-03-10, indicators: G1.1, text: {da: opringning, en: a call}}\n");
    EXPECT_TRUE(issues_.empty());
    ASSERT_EQ(notes.phases.size(), 2u);
    EXPECT_EQ(notes.phases[0].baseline, 12u);
    EXPECT_TRUE(notes.phases[0].note.about({"G1.1", "region", "DK-84"}));
    EXPECT_FALSE(notes.phases[0].note.about({"G1.1", "", ""}));
    EXPECT_TRUE(notes.phases[1].note.about({"G2.1", "unit", "1"}));
    ASSERT_EQ(notes.annotations.size(), 1u);
    EXPECT_EQ(notes.annotations[0].text.en, "a call");
}

TEST_F(NotesFile, tells_every_mistake_with_its_line)
{
    load("phases:\n"
         "  - {from: spring, why: {da: a, en: a}}\n"
         "  - {from: 2026-02-01, baseline: 2, why: {da: a, en: a}}\n"
         "  - {from: 2026-02-01, group: DK-84, why: {da: a, en: a}}\n"
         "annotations:\n"
         "  - {on: 2026-02-01}\n"
         "  - {on: 2026-02-01, txt: x, text: {da: a, en: a}}\n");
    std::vector<std::string> told;
    for (const auto& issue : issues_) told.push_back(issue.path);
    EXPECT_THAT(told, testing::ElementsAre(testing::HasSubstr("charts.yaml:2"), testing::HasSubstr("charts.yaml:3"), testing::HasSubstr("charts.yaml:4"), testing::HasSubstr("charts.yaml:6"),
                                           testing::HasSubstr("charts.yaml:7")));
}

TEST(ShippedNotes, are_in_order)
{
    Issues issues;
    load_chart_notes(std::filesystem::path(SLUSE_SOURCE_DIR) / "schemas", issues);
    EXPECT_TRUE(issues.empty());
}

} // namespace
} // namespace sluse
