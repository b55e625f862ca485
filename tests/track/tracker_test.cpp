// tests/track/tracker_test.cpp — events become rows: sums, repeats, maturity, restarts, corrections.
#include "gateway/journal/cell_sum.hpp"
#include "gateway/track/states.hpp"
#include "tests/track/tracker_fixture.hpp"

#include <gmock/gmock.h>

#include <atomic>

namespace sluse {
namespace {

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

} // namespace
} // namespace sluse
