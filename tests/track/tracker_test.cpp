// tests/track/tracker_test.cpp — events become rows: sums, repeats, maturity, restarts, corrections; and what a role may see beside them.
#include "gateway/journal/cell_sum.hpp"
#include "gateway/track/standardise.hpp"
#include "gateway/track/states.hpp"
#include "gateway/track/tracker.hpp"
#include "tests/temporary.hpp"
#include "tests/track/fake_events.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace sluse {
namespace {

class Tracking : public testing::Test {
protected:
    void open(int persons_min = 5)
    {
        tracker_.reset();
        auto opened = Tracker::open(folder_.path(), log_, packs_, persons_min);
        ASSERT_TRUE(opened) << opened.error().where;
        tracker_ = std::move(*opened);
        tracker_->start();
    }
    /// Until everything that was told is applied; a deadline ends it.
    void settle()
    {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        const auto ends = log_.ends();
        while (std::chrono::steady_clock::now() < deadline) {
            bool all = true;
            for (const auto& source : tracker_->progress()) all = all && source.applied >= ends[source.partition];
            if (all) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        FAIL() << "the tracker did not catch up";
    }
    std::vector<CellRow> ask(CellQuery query)
    {
        if (query.indicator.empty()) query.indicator = "G1.1";
        auto rows = tracker_->query(query);
        EXPECT_TRUE(rows) << (rows ? "" : rows.error().where);
        return rows ? *rows : std::vector<CellRow>{};
    }
    void tell(const std::string& person, int sign, const Contribution& c, const std::string& indicator = "G1.1", Day received = day_of({2026, 4, 1}))
    {
        log_.add(teller_.say(person, sign, c, indicator, received));
    }
    static CellQuery monthly(const std::string& by = "")
    {
        CellQuery q;
        q.by = by;
        q.today = day_of({2026, 6, 1});
        return q;
    }
    static CellQuery all_of(CellQuery q)
    {
        q.authorised = true;
        return q;
    }

    TemporaryDirectory folder_;
    FakeEvents log_{1};
    Teller teller_;
    std::shared_ptr<const Packs> packs_ = shipped_packs();
    std::unique_ptr<Tracker> tracker_;
};

TEST_F(Tracking, adds_signed_events_into_rows)
{
    for (int i = 0; i < 8; ++i) tell("p" + std::to_string(i), 1, counted({2026, 3, 10}, i < 2));
    open();
    settle();
    const auto rows = ask(monthly());
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].period, "2026-03");
    EXPECT_EQ(rows[0].numerator, 2);
    EXPECT_EQ(rows[0].denominator, 8);
    EXPECT_EQ(rows[0].persons, 8);
    EXPECT_DOUBLE_EQ(rows[0].value.value(), 25.0);
    EXPECT_TRUE(rows[0].provisional);
}

TEST_F(Tracking, shows_a_count_against_the_inhabitants_that_were_taken_in)
{
    const auto figure = [&](const std::string& municipality, std::int64_t people) {
        auto c = counted({2026, 1, 1}, 0);
        c.numerator = people;
        c.dims = {};
        c.dims.municipality = municipality;
        tell("DST", 1, c, "X.inhabitants-65");
    };
    figure("0751", 40'000);
    figure("0101", 60'000);
    for (int i = 0; i < 10; ++i) {
        auto c = counted({2026, 3, 10}, 1);
        c.dims = {};
        c.dims.municipality = "0751";
        tell("p" + std::to_string(i), 1, c, "G2.3");
    }
    open();
    settle();
    auto q = monthly("municipality");
    q.indicator = "G2.3";
    const auto rows = ask(q);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_DOUBLE_EQ(rows[0].value.value(), 10) << "the number itself stays as it is";
    EXPECT_DOUBLE_EQ(rows[0].against.value(), 0.25) << "per 1,000 inhabitants of 0751";
    q.by = "";
    EXPECT_DOUBLE_EQ(ask(q).at(0).against.value(), 0.1) << "parts add up to the country's";
    q.indicator = "X.inhabitants-65";
    EXPECT_DOUBLE_EQ(ask(q).at(0).value.value(), 100'000);
}

TEST_F(Tracking, drops_what_it_has_seen_and_counts_gaps)
{
    for (int i = 0; i < 6; ++i) tell("p" + std::to_string(i), 1, counted({2026, 3, 10}, 0));
    auto again = Teller().say("p0", 1, counted({2026, 3, 10}, 0));
    log_.add(again);
    static_cast<void>(teller_.say("p1", 1, counted({2026, 3, 10}, 0))); // lost
    for (int i = 1; i < 6; ++i) tell("p" + std::to_string(i), 1, counted({2026, 3, 11}, 0));
    open();
    settle();
    EXPECT_EQ(ask(monthly())[0].denominator, 11);
    EXPECT_EQ(tracker_->counts().repeated, 1u);
    EXPECT_EQ(tracker_->counts().gaps, 1u);
}

TEST_F(Tracking, is_provisional_until_outcomes_and_corrections_are_in)
{
    for (int i = 0; i < 10; ++i) tell("p" + std::to_string(i), 1, counted({2026, 3, i < 5 ? 1 : 20}, 0));
    open();
    settle();
    auto q = monthly();
    q.today = day_of({2026, 4, 1});
    EXPECT_EQ(ask(q)[0].state, CellState::provisional);
    EXPECT_EQ(ask(q)[0].matured, 5);
    q.today = day_of({2026, 4, 20});
    EXPECT_TRUE(ask(q)[0].provisional) << "corrections are still usual";
    EXPECT_EQ(ask(q)[0].matured, 10);
    EXPECT_EQ(ask(q)[0].final_on, day_of({2026, 4, 20}) + 60);
    EXPECT_EQ(ask(q)[0].changed_on, day_of({2026, 4, 1}));
    q.today = day_of({2026, 4, 20}) + 60;
    EXPECT_EQ(ask(q)[0].state, CellState::stable);
    EXPECT_FALSE(ask(q)[0].provisional);
}

TEST_F(Tracking, a_month_that_was_first_loaded_after_its_final_day_is_not_restated)
{
    const auto five = [&](const std::string& prefix, Day received) {
        for (int i = 0; i < 5; ++i) tell(prefix + std::to_string(i), 1, counted({2026, 3, 10}, 0), "G1.1", received);
        settle();
    };
    open();
    five("a", day_of({2027, 2, 1})); // final since 9 June 2026
    auto q = monthly();
    q.today = day_of({2027, 6, 1});
    EXPECT_EQ(ask(q)[0].state, CellState::stable) << "nobody saw another number";
    EXPECT_EQ(ask(all_of(q))[0].state, CellState::stable);
    open(); // kept
    settle();
    EXPECT_EQ(ask(q)[0].state, CellState::stable);
    five("b", day_of({2027, 2, 9}));
    EXPECT_EQ(ask(q)[0].state, CellState::restated) << "the number of 1 February was shown as final";
    EXPECT_EQ(ask(all_of(q))[0].state, CellState::restated);
}

TEST_F(Tracking, is_restated_when_it_changes_after_it_was_final_or_frozen)
{
    const auto five = [&](const std::string& name, Day received) {
        for (int i = 0; i < 5; ++i) tell(name + std::to_string(i), 1, counted({2026, 3, 10}, 0), "G1.1", received);
        settle();
    };
    open();
    five("a", day_of({2026, 4, 1}));
    five("b", day_of({2026, 5, 1}));
    auto q = monthly();
    q.today = day_of({2026, 7, 1});
    EXPECT_EQ(ask(q)[0].state, CellState::stable);
    Freezes freezes;
    freezes.list.push_back({day_of({2026, 4, 1}), day_of({2026, 5, 2}), {"G1.1"}});
    tracker_->freeze(std::make_shared<const Freezes>(freezes));
    EXPECT_EQ(ask(q)[0].state, CellState::frozen);
    five("c", day_of({2026, 5, 20}));
    EXPECT_EQ(ask(q)[0].state, CellState::restated) << "after it was frozen";
    tracker_->freeze(std::make_shared<const Freezes>());
    EXPECT_EQ(ask(q)[0].state, CellState::stable);
    five("d", day_of({2026, 6, 20}));
    EXPECT_EQ(ask(q)[0].state, CellState::restated) << "after it was final";
    q.revisions = true;
    const auto revisions = ask(q)[0].revisions;
    ASSERT_EQ(revisions.size(), 4u);
    EXPECT_EQ(revisions[1].known_on, day_of({2026, 5, 1}));
    EXPECT_EQ(revisions[1].denominator, 10);
    EXPECT_EQ(revisions[3].denominator, 20);
    open(); // all of it is kept
    settle();
    EXPECT_EQ(ask(q)[0].state, CellState::restated);
    EXPECT_EQ(ask(q)[0].revisions.size(), 4u);
}

TEST_F(Tracking, gives_mean_median_and_ninetieth_percentile_of_durations)
{
    for (int i = 1; i <= 20; ++i) tell("p" + std::to_string(i), 1, lasting({2026, 3, 10}, i * 1440), "G8.1");
    open();
    settle();
    auto q = monthly();
    q.indicator = "G8.1";
    const auto row = ask(q).at(0);
    EXPECT_DOUBLE_EQ(row.value.value(), 10.5);
    EXPECT_DOUBLE_EQ(row.median.value(), 10.0);
    EXPECT_DOUBLE_EQ(row.p90.value(), 18.0);
    EXPECT_EQ(row.values, 20);
    EXPECT_NEAR(row.deviation.value(), 5.9160798, 1e-6); // of 1 to n: sqrt(n (n + 1) / 12)
}

TEST_F(Tracking, names_periods_of_every_kind)
{
    for (int i = 0; i < 6; ++i) tell("p" + std::to_string(i), 1, counted({2026, 1, 1}, 0));
    open();
    settle();
    for (const auto& [kind, name] : std::vector<std::pair<PeriodKind, std::string>>{{PeriodKind::day, "2026-01-01"}, {PeriodKind::week, "2026-W01"},
             {PeriodKind::month, "2026-01"}, {PeriodKind::quarter, "2026-Q1"}, {PeriodKind::year, "2026"}, {PeriodKind::all, "all"}}) {
        auto q = monthly();
        q.period = kind;
        const auto rows = ask(q);
        ASSERT_EQ(rows.size(), 1u);
        EXPECT_EQ(rows[0].period, name);
        EXPECT_EQ(rows[0].denominator, 6);
    }
}

TEST_F(Tracking, keeps_its_rows_over_a_restart_and_rebuilds_the_same_without_its_store)
{
    for (int i = 0; i < 30; ++i) tell("p" + std::to_string(i), 1, counted({2026, 3, 1 + i % 9}, i % 4 == 0, i % 2 ? "DK-81" : "DK-82"));
    open();
    settle();
    const auto dumped = [&] {
        std::map<std::string, std::string> cells;
        tracker_->dump([&](std::string_view key, std::string_view value) { cells.emplace(key, value); });
        return cells;
    };
    const auto before = dumped();
    const auto rows = ask(monthly("region"));
    open();
    settle();
    EXPECT_EQ(dumped(), before);
    ASSERT_EQ(ask(monthly("region")).size(), 2u);
    EXPECT_EQ(ask(monthly("region"))[0].denominator, rows[0].denominator);
    tracker_.reset();
    std::filesystem::remove_all(folder_.path());
    open();
    settle();
    EXPECT_EQ(dumped(), before);
    EXPECT_EQ(ask(monthly("region"))[1].numerator, rows[1].numerator);
    EXPECT_EQ(ask(monthly("region"))[1].persons, rows[1].persons);
}

TEST_F(Tracking, a_retraction_leaves_nothing)
{
    for (int i = 0; i < 6; ++i) tell("p" + std::to_string(i), 1, counted({2026, 3, 10}, 1));
    for (int i = 0; i < 6; ++i) tell("p" + std::to_string(i), -1, counted({2026, 3, 10}, 1));
    open();
    settle();
    EXPECT_THAT(ask(monthly()), testing::IsEmpty());
    int cells = 0;
    tracker_->dump([&](std::string_view, std::string_view) { ++cells; });
    EXPECT_EQ(cells, 0);
}

TEST_F(Tracking, shows_with_a_role_what_was_known_on_a_day)
{
    for (int i = 0; i < 6; ++i) tell("p" + std::to_string(i), 1, counted({2026, 3, 10}, 0), "G1.1", day_of({2026, 4, 1}));
    for (int i = 0; i < 2; ++i) tell("q" + std::to_string(i), 1, counted({2026, 3, 10}, 1), "G1.1", day_of({2026, 4, 20}));
    open();
    settle();
    auto q = all_of(monthly());
    EXPECT_EQ(ask(q)[0].denominator, 8);
    q.as_known_on = day_of({2026, 4, 19});
    EXPECT_EQ(ask(q)[0].denominator, 6);
}

TEST_F(Tracking, shows_everybody_what_was_shown_on_a_day)
{
    open();
    for (int i = 0; i < 6; ++i) tell("p" + std::to_string(i), 1, counted({2026, 3, 10}, 0), "G1.1", day_of({2026, 4, 1}));
    settle();
    for (int i = 0; i < 2; ++i) tell("q" + std::to_string(i), 1, counted({2026, 3, 10}, 1), "G1.1", day_of({2026, 4, 3}));
    settle();
    for (int i = 0; i < 7; ++i) tell("r" + std::to_string(i), 1, counted({2026, 3, 10}, 0), "G1.1", day_of({2026, 4, 20}));
    settle();
    auto q = monthly();
    EXPECT_EQ(ask(q)[0].denominator, 15);
    for (const auto& [day, denominator] : {std::pair{3, 6}, {19, 6}, {20, 15}}) { // of the two on the third nothing was shown
        q.as_known_on = day_of({2026, 4, day});
        ASSERT_EQ(ask(q).size(), 1u);
        EXPECT_EQ(ask(q)[0].denominator, denominator) << day;
        EXPECT_EQ(ask(q)[0].persons, denominator);
    }
    q.as_known_on = day_of({2026, 3, 31});
    EXPECT_THAT(ask(q), testing::IsEmpty());
    q.as_known_on = day_of({2026, 4, 3});
    EXPECT_EQ(ask(all_of(q))[0].denominator, 8);
}

TEST_F(Tracking, says_what_each_system_told_an_indicator)
{
    open();
    for (int i = 0; i < 4; ++i) tell("p" + std::to_string(i), 1, counted({2026, 3, 10 + i}, 0), "G1.1", day_of({2026, 4, 1 + i % 2}));
    settle();
    const auto sources = tracker_->sources("G1.1");
    ASSERT_EQ(sources.size(), 1u);
    EXPECT_EQ(sources[0].system, "EPJ");
    EXPECT_EQ(sources[0].counts_day, day_of({2026, 3, 13}));
    EXPECT_EQ(Zone::copenhagen().day_at(sources[0].received_ms), day_of({2026, 4, 2}));
    EXPECT_EQ(tracker_->messages("EPJ", day_of({2026, 4, 2}), 2), (DailyMessages{{day_of({2026, 4, 1}), 2}, {day_of({2026, 4, 2}), 2}}));
}

TEST_F(Tracking, refuses_what_it_does_not_know)
{
    open();
    auto q = monthly("colour");
    EXPECT_EQ(tracker_->query(q).error().code, Errc::not_found);
    q.indicator = "G1.1";
    EXPECT_EQ(tracker_->query(q).error().code, Errc::refused);
    q.by = "unit";
    q.period = PeriodKind::day;
    EXPECT_EQ(tracker_->query(q).error().code, Errc::refused);
}

TEST_F(Tracking, tells_listeners_which_indicators_changed)
{
    std::mutex mutex;
    std::set<std::string> changed;
    open();
    tracker_->on_change([&](const std::vector<std::string>& ids) {
        const std::lock_guard lock(mutex);
        changed.insert(ids.begin(), ids.end());
    });
    tell("p", 1, counted({2026, 3, 10}, 0));
    settle();
    tracker_->stop();
    EXPECT_THAT(changed, testing::ElementsAre("G1.1"));
}

// --- what must not be found out ---

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
