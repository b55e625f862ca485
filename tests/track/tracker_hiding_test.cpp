// tests/track/tracker_hiding_test.cpp — what must not be found out of the rows that are shown, and what a role may see beside them.
#include "gateway/track/standardise.hpp"
#include "tests/track/tracker_fixture.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace sluse {
namespace {

TEST_F(Tracking, hides_rows_of_fewer_than_five_persons_and_one_more_beside_them)
{
    for (int i = 0; i < 3; ++i) tell("a" + std::to_string(i), 1, counted({2026, 3, 10}, 0, "DK-81", "0851"));
    for (int i = 0; i < 7; ++i) tell("b" + std::to_string(i), 1, counted({2026, 3, 10}, 0, "DK-82", "0751"));
    for (int i = 0; i < 9; ++i) tell("c" + std::to_string(i), 1, counted({2026, 3, 10}, 0, "DK-83", "0461"));
    open();
    settle();
    const auto rows = ask(monthly("region"));
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_TRUE(rows[0].suppressed);
    EXPECT_TRUE(rows[1].suppressed); // else the total would give DK-81 away
    EXPECT_FALSE(rows[2].suppressed);
    EXPECT_EQ(rows[0].denominator, 0);
    EXPECT_FALSE(rows[0].value);
    EXPECT_EQ(ask(all_of(monthly("region")))[0].denominator, 3);
}

TEST_F(Tracking, standardises_from_strata_that_are_shown_and_hides_small_ones)
{
    int number = 0;
    const auto admit = [&](int persons, const char* region, const char* sex, const char* band, int readmitted) {
        for (int i = 0; i < persons; ++i) {
            auto c = counted({2026, 3, 10}, i < readmitted, region, region == std::string("DK-81") ? "0851" : "0751");
            c.dims.sex = sex;
            c.dims.age_band = band;
            tell("p" + std::to_string(++number), 1, c);
        }
    };
    admit(40, "DK-81", "female", "80-84", 8); // twenty in a hundred at 80, ten at 40, in both regions
    admit(10, "DK-81", "male", "40-44", 1);
    admit(10, "DK-82", "female", "80-84", 2);
    admit(40, "DK-82", "male", "40-44", 4);
    open();
    settle();
    auto query = monthly("stratum");
    query.period = PeriodKind::year;
    const auto strata = ask(query);
    ASSERT_EQ(strata.size(), 4u);
    EXPECT_EQ(strata[0].group, "DK-81|female|80-84");
    EXPECT_EQ(strata[0].denominator, 40);
    query.by = "region";
    const auto rows = ask(query);
    const auto* pack = &packs_->packs()[0];
    for (const auto& one : packs_->packs())
        if (one.id == "G1.1") pack = &one;
    const auto same = standardise({*pack, false, nullptr}, rows, strata);
    ASSERT_EQ(same.size(), 2u);
    EXPECT_DOUBLE_EQ(rows[0].value.value(), 18);
    EXPECT_DOUBLE_EQ(same[0].value, 15);
    EXPECT_DOUBLE_EQ(same[1].value, 15);

    admit(3, "DK-81", "male", "65-69", 0); // of three nothing is told, nor by the difference between all and the others
    settle();
    query.by = "stratum";
    std::int64_t shown = 0;
    for (const auto& row : ask(query)) {
        EXPECT_TRUE(row.suppressed || row.group != "DK-81|male|65-69");
        if (row.group.starts_with("DK-81")) shown += row.denominator;
    }
    query.by = "region";
    const auto missing = ask(query)[0].denominator - shown;
    EXPECT_TRUE(missing == 0 || missing >= 5) << missing;
    query.period = PeriodKind::month;
    query.by = "stratum";
    query.indicator = "G1.1";
    EXPECT_FALSE(tracker_->query(query)) << "months of strata are not published";
}

/// The schemas with one municipality elsewhere.
std::shared_ptr<const Packs> packs_with(const std::filesystem::path& folder, const std::string& line, const std::string& instead)
{
    std::filesystem::copy(std::filesystem::path(SLUSE_SOURCE_DIR) / "schemas", folder, std::filesystem::copy_options::recursive);
    const auto table = folder / "codes" / "municipality-region.tsv";
    std::stringstream text;
    text << std::ifstream(table).rdbuf();
    auto moved = text.str();
    moved.replace(moved.find(line), line.size(), instead);
    std::ofstream(table) << moved;
    Issues issues;
    return Packs::load(folder, issues);
}

TEST_F(Tracking, hides_by_the_regions_of_a_reload_without_a_restart)
{
    const auto persons = [&](const std::string& name, int count, const std::string& region, const std::string& municipality) {
        for (int i = 0; i < count; ++i) tell(name + std::to_string(i), 1, counted({2026, 3, 10}, 0, region, municipality));
    };
    persons("a", 20, "DK-84", "0101");
    persons("b", 3, "DK-84", "0147");
    persons("c", 21, "DK-82", "0751");
    persons("d", 22, "DK-83", "0461");
    open();
    settle();
    const auto hidden = [&] {
        std::set<std::string> groups;
        for (const auto& row : ask(monthly("municipality")))
            if (row.suppressed) groups.insert(row.group);
        return groups;
    };
    EXPECT_EQ(hidden(), (std::set<std::string>{"0101", "0147"})) << "beside a small one its neighbour in the region";
    std::atomic<int> told{0};
    tracker_->on_change([&](const std::vector<std::string>&) { ++told; });
    const TemporaryDirectory folder;
    const auto moved = packs_with(folder.path(), "0147\tDK-84", "0147\tDK-82");
    ASSERT_TRUE(moved);
    tracker_->use(moved);
    EXPECT_GE(told.load(), 1) << "who shows numbers asks again";
    // The counting under the new table moves them.
    for (int i = 0; i < 3; ++i) {
        tell("b" + std::to_string(i), -1, counted({2026, 3, 10}, 0, "DK-84", "0147"));
        tell("b" + std::to_string(i), 1, counted({2026, 3, 10}, 0, "DK-82", "0147"));
    }
    persons("e", 20, "DK-84", "0101");
    settle();
    EXPECT_TRUE(hidden().contains("0147"));
    EXPECT_EQ(ask(all_of(monthly("municipality")))[1].denominator, 3);
}

TEST_F(Tracking, counts_persons_not_contributions)
{
    for (int i = 0; i < 12; ++i) tell("a", 1, counted({2026, 3, 1 + i}, 0));
    open();
    settle();
    ASSERT_EQ(ask(monthly()).size(), 1u);
    EXPECT_TRUE(ask(monthly())[0].suppressed);
}

TEST_F(Tracking, two_live_answers_never_differ_by_fewer_than_five_persons)
{
    for (int i = 0; i < 20; ++i) tell("a" + std::to_string(i), 1, counted({2026, 3, 10}, 0));
    open();
    settle();
    EXPECT_EQ(ask(monthly())[0].denominator, 20);
    for (int i = 0; i < 4; ++i) {
        tell("b" + std::to_string(i), 1, counted({2026, 3, 10}, 1));
        settle();
        EXPECT_EQ(ask(monthly())[0].denominator, 20) << i;
        EXPECT_EQ(ask(monthly())[0].held, 0) << "that a few wait is not told either";
        EXPECT_EQ(ask(all_of(monthly()))[0].denominator, 21 + i);
        EXPECT_EQ(tracker_->counts().held, static_cast<std::uint64_t>(i + 1));
    }
    open(); // what is held stays held over a restart
    settle();
    EXPECT_EQ(ask(monthly())[0].denominator, 20);
    EXPECT_EQ(ask(all_of(monthly()))[0].persons, 24);
    tell("b4", 1, counted({2026, 3, 10}, 1));
    settle();
    EXPECT_EQ(ask(monthly())[0].denominator, 25);
    EXPECT_EQ(ask(monthly())[0].numerator, 5);
    EXPECT_EQ(tracker_->counts().held, 0u);
}

TEST_F(Tracking, a_part_waits_with_its_neighbour)
{
    for (int i = 0; i < 20; ++i) tell("a" + std::to_string(i), 1, counted({2026, 3, 10}, 0, "DK-82", i < 10 ? "0751" : "0740"));
    open();
    settle();
    for (int i = 0; i < 6; ++i) tell("b" + std::to_string(i), 1, counted({2026, 3, 10}, 1, "DK-82", i < 5 ? "0751" : "0740"));
    settle();
    EXPECT_EQ(ask(monthly())[0].denominator, 26);
    EXPECT_EQ(ask(monthly("municipality"))[0].denominator, 10) << "one came";
    EXPECT_EQ(ask(monthly("municipality"))[1].denominator, 10) << "five came, but the total less them would tell of the one";
    EXPECT_EQ(ask(monthly("municipality"))[1].held, 5);
    EXPECT_EQ(ask(all_of(monthly("municipality")))[1].denominator, 15);
    for (int i = 6; i < 11; ++i) tell("b" + std::to_string(i), 1, counted({2026, 3, 10}, 1, "DK-82", "0740"));
    settle();
    EXPECT_EQ(ask(monthly("municipality"))[0].denominator, 16);
    EXPECT_EQ(ask(monthly("municipality"))[1].denominator, 15);
}

TEST_F(Tracking, cutting_a_period_gives_the_whole_of_it)
{
    for (int i = 0; i < 20; ++i) tell("a" + std::to_string(i), 1, counted({2026, 3, 1 + i}, 0));
    open();
    settle();
    auto q = monthly();
    EXPECT_EQ(ask(q)[0].denominator, 20);
    q.from = day_of({2026, 3, 2});
    q.to = day_of({2026, 3, 20});
    EXPECT_EQ(ask(q)[0].denominator, 20);
    EXPECT_EQ(ask(all_of(q))[0].denominator, 18);
}

TEST_F(Tracking, a_window_of_months_is_made_of_what_is_shown)
{
    for (int month = 1; month <= 12; ++month)
        for (int i = 0; i < 10; ++i) tell("m" + std::to_string(month * 100 + i), 1, counted({2025, month, 5}, i == 0));
    open();
    settle();
    auto q = monthly();
    q.period = PeriodKind::all;
    q.from = day_of({2025, 3, 1});
    q.to = day_of({2026, 1, 1});
    ASSERT_EQ(ask(q).size(), 1u);
    EXPECT_EQ(ask(q)[0].denominator, 100);
    EXPECT_EQ(ask(q)[0].numerator, 10);
    for (int i = 0; i < 2; ++i) tell("f" + std::to_string(i), 1, counted({2026, 2, 5}, 1));
    for (int i = 0; i < 30; ++i) tell("g" + std::to_string(i), 1, counted({2026, 3, 5}, 0));
    settle();
    EXPECT_EQ(ask(q)[0].denominator, 100);
    q.to = day_of({2026, 3, 1}); // ends with the month of two persons
    EXPECT_TRUE(ask(q)[0].suppressed);
    EXPECT_EQ(ask(all_of(q))[0].denominator, 102);
}

} // namespace
} // namespace sluse
