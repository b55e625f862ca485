// tests/track/against_test.cpp — counts by inhabitants and patients by beds: which published number holds, and what is said when there is none.
#include "gateway/track/against.hpp"
#include "tests/track/fake_events.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluse {
namespace {

CellRow row(const char* period, std::optional<Day> begin, const char* group, double value)
{
    CellRow r;
    r.period = period;
    r.begin = begin;
    r.group = group;
    r.numerator = static_cast<std::int64_t>(value);
    r.value = value;
    return r;
}

const Day january = day_of({2026, 1, 1}), february = day_of({2026, 2, 1}), april = day_of({2026, 4, 1});
const Against per_thousand{"X.inhabitants-65", 1000, "per 1,000"};

Pack inhabitants()
{
    Pack p;
    p.id = "X.inhabitants-65";
    p.kind = "imported";
    p.adds_up = true;
    return p;
}

TEST(AgainstASeries, takes_the_newest_number_that_began_by_the_periods_first_day)
{
    const std::vector<CellRow> months{row("2026-01", january, "0751", 4000), row("2026-04", april, "0751", 5000), row("2026-01", january, "0101", 2000)};
    std::vector<CellRow> rows{row("2025-12", day_of({2025, 12, 1}), "0751", 10), row("2026-02", february, "0751", 10), row("2026-04", april, "0751", 10),
                              row("2026-02", february, "0101", 10),              row("2026-02", february, "0461", 10), row("all", {}, "0751", 30)};
    CellQuery query;
    query.today = day_of({2026, 6, 1});
    set_against(per_thousand, query, SeriesValues(inhabitants(), months), rows);
    EXPECT_FALSE(rows[0].against) << "nobody had said how many";
    EXPECT_DOUBLE_EQ(rows[1].against.value(), 2.5);
    EXPECT_DOUBLE_EQ(rows[2].against.value(), 2.0);
    EXPECT_DOUBLE_EQ(rows[3].against.value(), 5.0);
    EXPECT_FALSE(rows[4].against) << "a municipality that the series does not have";
    EXPECT_DOUBLE_EQ(rows[5].against.value(), 6.0) << "of all periods: the newest";
}

TEST(AgainstASeries, says_nothing_of_what_is_not_shown_or_of_nobody)
{
    const std::vector<CellRow> months{row("2026-01", january, "0751", 0), row("2026-01", january, "0101", 100)};
    std::vector<CellRow> rows{row("2026-02", february, "0751", 10), row("2026-02", february, "0101", 10)};
    rows[1].suppressed = true;
    set_against(per_thousand, {}, SeriesValues(inhabitants(), months), rows);
    EXPECT_FALSE(rows[0].against);
    EXPECT_FALSE(rows[1].against);
}

TEST(AgainstASeries, is_named_by_packs_that_are_shipped)
{
    const auto packs = shipped_packs();
    ASSERT_TRUE(packs);
    for (const auto* id : {"G2.3", "G2.4", "G3.8"}) {
        const auto pack = std::ranges::find(packs->packs(), id, &Pack::id);
        ASSERT_NE(pack, packs->packs().end());
        ASSERT_TRUE(pack->against) << id;
        const auto series = std::ranges::find(packs->packs(), pack->against->series, &Pack::id);
        ASSERT_NE(series, packs->packs().end());
        EXPECT_TRUE(series->adds_up);
    }
}

} // namespace
} // namespace sluse
