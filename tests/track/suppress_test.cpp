// tests/track/suppress_test.cpp — attacks on published tables: every hidden small row stays undetermined by all sums that are shown.
#include "gateway/track/release.hpp"
#include "gateway/track/rollups.hpp"
#include "gateway/track/suppress.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace sluse {
namespace {

/// Gaussian elimination over the hidden rows: which of them do the lines of sums determine?
std::vector<bool> determined(const std::vector<bool>& hidden, const std::vector<SumLine>& lines)
{
    std::vector<std::size_t> column(hidden.size(), hidden.size());
    std::size_t unknowns = 0;
    for (std::size_t i = 0; i < hidden.size(); ++i)
        if (hidden[i]) column[i] = unknowns++;
    std::vector<std::vector<double>> matrix;
    for (const auto& line : lines) {
        std::vector<double> row(unknowns);
        if (hidden[line.parent]) row[column[line.parent]] = -1;
        for (const auto child : line.children)
            if (hidden[child]) row[column[child]] += 1;
        matrix.push_back(row);
    }
    std::size_t rank = 0;
    for (std::size_t c = 0; c < unknowns; ++c) {
        auto pivot = rank;
        while (pivot < matrix.size() && std::abs(matrix[pivot][c]) < 1e-9) ++pivot;
        if (pivot == matrix.size()) continue;
        std::swap(matrix[pivot], matrix[rank]);
        const auto scale = matrix[rank][c];
        for (auto& value : matrix[rank]) value /= scale;
        for (std::size_t r = 0; r < matrix.size(); ++r) {
            if (r == rank || std::abs(matrix[r][c]) < 1e-9) continue;
            const auto factor = matrix[r][c];
            for (std::size_t k = 0; k < unknowns; ++k) matrix[r][k] -= factor * matrix[rank][k];
        }
        ++rank;
    }
    std::vector<bool> out(hidden.size());
    for (std::size_t r = 0; r < rank; ++r) {
        std::size_t count = 0, only = 0;
        for (std::size_t c = 0; c < unknowns; ++c)
            if (std::abs(matrix[r][c]) > 1e-9) ++count, only = c;
        if (count != 1) continue;
        for (std::size_t i = 0; i < hidden.size(); ++i)
            if (hidden[i] && column[i] == only) out[i] = true;
    }
    return out;
}

TEST(Suppression, leaves_large_tables_alone)
{
    const std::vector<std::int64_t> persons{30, 10, 20};
    const std::vector<SumLine> lines{{0, {1, 2}}};
    EXPECT_EQ(suppressed(persons, lines, 5), (std::vector<bool>{false, false, false}));
}

TEST(Suppression, hides_the_sum_when_no_other_part_can_be_hidden)
{
    EXPECT_EQ(suppressed(std::vector<std::int64_t>{4, 4}, std::vector<SumLine>{{0, {1}}}, 5), (std::vector<bool>{true, true}));
    // The two small parts have four persons together (two are in both), so what the sum leaves would tell of four.
    EXPECT_EQ(suppressed(std::vector<std::int64_t>{9, 3, 3, 5}, std::vector<SumLine>{{0, {1, 2, 3}}}, 5), (std::vector<bool>{false, true, true, true}));
    EXPECT_EQ(suppressed(std::vector<std::int64_t>{20, 4, 4, 14}, std::vector<SumLine>{{0, {1, 2, 3}}}, 5), (std::vector<bool>{false, true, true, false}));
}

/// A random population's rows over months and dimensions, as the tracker makes them.
struct Table {
    std::vector<RowKey> rows;
    std::vector<std::int64_t> persons;
};
Table random_table(std::mt19937& random, int people)
{
    std::map<RowKey, std::set<int>> seen;
    const char* regions[] = {"DK-81", "DK-82", "DK-83"};
    const char* municipalities[][3] = {{"0773", "0787", "0810"}, {"0751", "0740", "0730"}, {"0461", "0410", "0420"}};
    for (int person = 0; person < people; ++person) {
        const auto r = random() % 3;
        Dimensions dims{regions[r], municipalities[r][std::min<std::size_t>(random() % 5, 2)], random() % 6 ? "U1" : "U2", random() % 2 ? "male" : "female", random() % 9 ? "65-69" : "90+"};
        each_row(day_of({2026, static_cast<int>(1 + random() % 5), static_cast<int>(1 + random() % 3)}), dims, [&](const RowKey& row) { seen[row].insert(person); });
    }
    Table table;
    for (const auto& [row, persons] : seen) {
        table.rows.push_back(row);
        table.persons.push_back(static_cast<std::int64_t>(persons.size()));
    }
    return table;
}

Regions some_regions()
{
    std::vector<RegionRow> rows;
    const std::pair<const char*, const char*> lies[] = {{"0773", "DK-81"}, {"0787", "DK-81"}, {"0810", "DK-81"}, {"0751", "DK-82"}, {"0740", "DK-82"}, {"0730", "DK-82"}, {"0461", "DK-83"}, {"0410", "DK-83"}, {"0420", "DK-83"}};
    for (const auto& [municipality, region] : lies) rows.push_back({municipality, region, day_of({2007, 1, 1}), day_of({9999, 1, 1})});
    return Regions(rows);
}

TEST(Suppression, no_shown_sums_determine_a_small_row)
{
    const auto regions = some_regions();
    for (unsigned seed = 1; seed <= 40; ++seed) {
        std::mt19937 random(seed);
        const auto table = random_table(random, 20 + static_cast<int>(seed) * 4);
        const auto lines = lines_among(table.rows, regions);
        const auto hidden = suppressed(table.persons, lines, 5);
        const auto found = determined(hidden, lines);
        for (std::size_t i = 0; i < table.rows.size(); ++i) {
            EXPECT_FALSE(table.persons[i] < 5 && !hidden[i]);
            EXPECT_FALSE(table.persons[i] < 5 && found[i])
                << "seed " << seed << ": " << period_name(table.rows[i].kind, table.rows[i].period) << ' ' << table.rows[i].code << " of " << table.persons[i] << " persons";
        }
    }
}

TEST(Release, waits_until_enough_change_together_and_takes_the_most_it_can)
{
    const Regions regions;
    Rollups rows;
    const RowKey march{PeriodKind::month, By::total, 2026 * 12 + 2, ""}, north{PeriodKind::month, By::region, 2026 * 12 + 2, "DK-81"};
    CellSum twenty;
    twenty.sums = {0, 20, 0, 0, 0, 20};
    rows.add(march, twenty);
    rows.add(north, twenty);
    std::vector<PendingChange> changes(9);
    for (auto& change : changes) change.rows = {march};
    for (int i = 0; i < 4; ++i) changes[static_cast<std::size_t>(i)].rows = {march, north};
    EXPECT_EQ(releasable(changes, rows, regions, 5), (std::vector<bool>{false, false, false, false, true, true, true, true, true}));
    changes.pop_back(); // now March alone would change by four
    EXPECT_EQ(releasable(changes, rows, regions, 5), std::vector<bool>(8, false));
    changes[4].rows = {march, north};
    EXPECT_EQ(releasable(changes, rows, regions, 5), (std::vector<bool>{true, true, true, true, true, true, true, true}));
}

} // namespace
} // namespace sluse
