// tests/app/chart_signals_test.cpp — a run chart's rules on published months: told once, taken back when a correction undoes them, never from what is hidden.
#include "gateway/chart_signals.hpp"
#include "gateway/journal/memory_log.hpp"
#include "tests/process/message_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluse {
namespace {

using namespace message_log;

CellRow month(int number, std::int64_t numerator, std::int64_t denominator)
{
    CellRow row;
    row.period = "202" + std::to_string(4 + (number - 1) / 12) + (((number - 1) % 12 + 1) < 10 ? "-0" : "-") + std::to_string((number - 1) % 12 + 1);
    row.numerator = numerator;
    row.denominator = denominator;
    row.value = 100.0 * static_cast<double>(numerator) / static_cast<double>(denominator);
    return row;
}

/// Twelve months about 10 %, then twelve about 20 %.
std::vector<CellRow> shifted()
{
    std::vector<CellRow> rows;
    for (int i = 1; i <= 24; ++i) rows.push_back(month(i, (i <= 12 ? 10 : 20) + i % 2, 100));
    return rows;
}

class OneSeries : public Tracker {
public:
    void start() override {}
    void stop() override {}
    Result<std::vector<CellRow>> query(const CellQuery& query) override
    {
        EXPECT_FALSE(query.authorised);
        return query.indicator == "G1.1" && query.by.empty() ? rows : std::vector<CellRow>();
    }
    void dump(const std::function<void(std::string_view, std::string_view)>&) override {}
    std::vector<FollowedSource> progress() override { return {}; }
    void on_change(std::function<void(const std::vector<std::string>&)> told) override { listener = std::move(told); }
    std::vector<CellRow> rows;
    std::function<void(const std::vector<std::string>&)> listener;
};

struct Watched {
    Watched() : log(2) { EXPECT_TRUE(log.start([] { return ruled(); }, 1)); }
    std::vector<std::string> told()
    {
        std::vector<std::string> out;
        for (std::uint32_t p = 0; p < 2; ++p) {
            const auto records = log.read(Topic::signals, p, 0, 1u << 30);
            for (const auto& record : *records)
                if (const auto s = parse_signal(record.value)) out.push_back((s->sign > 0 ? "+" : "-") + s->what + ' ' + s->period);
        }
        std::ranges::sort(out);
        return out;
    }
    MemoryLog log;
    OneSeries tracker;
    const Millis now = *parse_instant("2026-06-30T12:00:00Z");
};

TEST(ChartSignals, tell_a_shift_once_and_take_it_back)
{
    Watched w;
    ChartSignals charts(w.log, w.tracker, [] { return options().packs; });
    w.tracker.rows = shifted();
    charts.look(w.now, "t1");
    EXPECT_EQ(w.told(), (std::vector<std::string>{"+crossings 2025-12", "+shift 2025-12"}));
    w.tracker.listener({"G1.1"});
    charts.look(w.now, "t2");
    EXPECT_EQ(w.told().size(), 2u);

    ChartSignals again(w.log, w.tracker, [] { return options().packs; }); // a tracker built anew tells nothing twice
    again.look(w.now, "t3");
    EXPECT_EQ(w.told().size(), 2u);

    for (int i = 1; i <= 24; ++i) w.tracker.rows[static_cast<std::size_t>(i - 1)] = month(i, i % 2 ? 10 : 12, 100); // corrected: no shift
    w.tracker.listener({"G1.1"});
    again.look(w.now, "t4"); // the fake tells one listener, the newest
    const auto told = w.told();
    EXPECT_EQ(std::ranges::count_if(told, [](const std::string& s) { return s[0] == '-'; }), 2);
}

TEST(ChartSignals, look_at_nothing_hidden_unripe_or_too_short)
{
    Watched w;
    ChartSignals charts(w.log, w.tracker, [] { return options().packs; });
    w.tracker.rows = shifted();
    for (std::size_t i = 12; i < 24; ++i) {
        if (i % 2) w.tracker.rows[i].suppressed = true;
        else w.tracker.rows[i].provisional = true;
    }
    w.tracker.rows.erase(w.tracker.rows.begin());
    charts.look(w.now, "t1"); // eleven months are left
    EXPECT_TRUE(w.told().empty());
}

TEST(ChartSignals, a_single_month_far_outside_is_told)
{
    Watched w;
    ChartSignals charts(w.log, w.tracker, [] { return options().packs; });
    for (int i = 1; i <= 24; ++i) w.tracker.rows.push_back(month(i, i == 24 ? 300 : i % 2 ? 110 + i : 105 - i, 1000));
    charts.look(w.now, "t1");
    EXPECT_EQ(w.told(), std::vector<std::string>{"+outside-limits 2025-12"});
}

TEST(ChartSignals, rates_are_held_against_their_u_chart)
{
    Watch watch;
    watch.points_min = 12, watch.points_max = 24;
    Pack pack;
    pack.id = "G3.5", pack.kind = "rate", pack.per_days = 10'000;
    std::vector<CellRow> rows;
    for (int i = 1; i <= 24; ++i) rows.push_back(month(i, i == 24 ? 30 : i % 2 ? 9 : 11, 20'000)); // 30 where 11 and three times 3.3 are usual
    const auto fires = chart_rules(watch, pack, rows);
    ASSERT_EQ(fires.size(), 1u);
    EXPECT_EQ(fires[0].what, "outside-limits");
    pack.kind = "count";
    EXPECT_TRUE(chart_rules(watch, pack, rows).empty());
}

} // namespace
} // namespace sluse
