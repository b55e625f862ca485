// tests/app/as_known_test.cpp — a day's numbers worked out again from the messages received until then, against what the cells say was known.
#include "gateway/journal/log.hpp"
#include "gateway/recompute.hpp"
#include "tests/process/message_log.hpp"
#include "tests/temporary.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace sluse {
namespace {

using namespace message_log;

constexpr int midnight = 10 * 3600; ///< seconds after append()'s noon in UTC, in summer
const Day first_day = *parse_day("2026-06-30");

std::string adt(const char* event, const char* control, const char* person, const char* visit, const char* start, const char* end)
{
    return fmt::format("MSH|^~\\&|EPJ|RH|SLUSE|RM|20260301120000||ADT^{0}|{1}|P|2.5\rEVN|{0}|20260301120000\r"
                       "PID|1||{2}^^^CPR^NNDNK||Holm^Ida||19400101|F|||Vej 1^^By^^8000^DNK^H^^0751\r"
                       "PV1|1|I|W1|E||||||MED|||||||||{3}^^^RH|||||||||||||||||||||||||{4}|{5}\rDG1|1||DJ189^^SKS-D|||A|||||||||1\r",
                       event, control, person, visit, start, end);
}

struct Installation {
    TemporaryDirectory folder;
    std::unique_ptr<Log> log;
    std::unique_ptr<Tracker> tracker;

    Installation()
    {
        EmbeddedOptions options_of_log;
        options_of_log.path = folder.path() / "log";
        options_of_log.partitions = 2;
        auto opened = open_embedded_log(options_of_log);
        log = std::move(*opened);
        EXPECT_TRUE(log->start([] { return ruled(); }, 1));
        auto followed = Tracker::open((folder.path() / "track").string(), *log, options().packs, 1);
        tracker = std::move(*followed);
        tracker->start();
    }
    ~Installation()
    {
        log->close();
        tracker->stop();
    }
    /// Works on it before the next one comes, as a gateway that is not behind.
    void take(const std::string& message, int second)
    {
        append(*log, message, second);
        for (int i = 0; i < 6000; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(10)))
            if (std::ranges::all_of(log->stats(), [](const PartitionStats& p) { return p.committed == p.end && p.facts_committed == p.facts_end; })) return;
        FAIL() << "not processed";
    }
    Result<Comparison> known_on(Day day, Tracker& cells)
    {
        KnownThen then;
        then.day = day;
        then.scratch = folder.path() / "as-known";
        then.processor = [] { return ruled(); };
        then.packs = [](const std::string&) { return options().packs; };
        auto found = compare_as_known(*log, cells, then);
        EXPECT_FALSE(std::filesystem::exists(then.scratch));
        return found;
    }
    std::int64_t counted(const Pack& pack, std::optional<Day> known)
    {
        CellQuery query;
        query.indicator = pack.id;
        query.version = pack.version;
        query.period = PeriodKind::all;
        query.authorised = true;
        query.as_known_on = known;
        query.today = first_day + 400;
        std::int64_t sum = 0;
        const auto rows = tracker->query(query);
        EXPECT_TRUE(rows) << pack.id;
        for (const auto& row : *rows) sum += 1000 * row.numerator + row.denominator;
        return sum;
    }
};

/// Admitted and discharged; on the next day another stay and a correction that makes the first too short, then that is taken back, then all are merged.
void tell_of_it(Installation& g, bool all = true)
{
    g.take(adt("A03", "1", "0101400001", "V1", "20260301080000", "20260302120000"), 0);
    g.take(adt("A03", "2", "0108589995", "V2", "20260310080000", "20260313120000"), midnight - 1);
    g.take(adt("A08", "3", "0101400001", "V1", "20260301080000", "20260301120000"), midnight);
    if (all) g.take(adt("A03", "4", "0101400001", "V3", "20260320080000", "20260325120000"), midnight + 24 * 3600);
    g.take(adt("A11", "5", "0108589995", "V2", "20260310080000", ""), midnight + 2 * 24 * 3600);
}

TEST(AsKnown, a_days_cells_are_the_batch_over_what_had_been_received)
{
    Installation g;
    tell_of_it(g);
    std::vector<std::size_t> cells;
    for (const Day day : {-1, 0, 1, 2, 3, 4}) {
        const auto found = g.known_on(first_day + day, *g.tracker);
        ASSERT_TRUE(found) << found.error().where;
        EXPECT_TRUE(found->differences.empty()) << day << ": " << found->differences.front();
        cells.push_back(found->cells);
    }
    EXPECT_EQ(cells[0], 0u) << "nothing had been received";
    EXPECT_GT(cells[1], 0u);
    EXPECT_LT(cells[2], cells[1]) << "a stay of four hours is no admission";
    EXPECT_GT(cells[3], cells[2]);
    EXPECT_LT(cells[4], cells[3]) << "one never was";
    EXPECT_EQ(cells[5], cells[4]);
}

TEST(AsKnown, each_indicator_is_asked_for_then_and_now_in_the_same_way)
{
    Installation g;
    tell_of_it(g);
    ASSERT_TRUE(g.known_on(first_day + 3, *g.tracker)); // waits until the tracker has everything
    std::size_t changed = 0, counted = 0;
    for (const auto& pack : options().packs->packs()) {
        EXPECT_EQ(g.counted(pack, first_day + 3), g.counted(pack, {})) << pack.id;
        EXPECT_EQ(g.counted(pack, first_day - 1), 0) << pack.id;
        counted += g.counted(pack, {}) != 0;
        changed += g.counted(pack, first_day) != g.counted(pack, {});
        if (pack.id != "G8.1") continue;
        const std::vector<std::int64_t> stays{2002, 1001, 2002, 1001}; // two; one too short; one more; one never was
        for (std::size_t day = 0; day < stays.size(); ++day) EXPECT_EQ(g.counted(pack, first_day + static_cast<Day>(day)), stays[day]) << day;
    }
    EXPECT_GT(counted, 10u);
    EXPECT_GT(changed, 5u) << "else this proves little";
}

TEST(AsKnown, what_the_cells_have_and_the_messages_do_not_tell_is_a_difference)
{
    Installation whole, less;
    tell_of_it(whole);
    tell_of_it(less, false);
    ASSERT_TRUE(whole.known_on(first_day, *whole.tracker));
    EXPECT_TRUE(less.known_on(first_day + 1, *less.tracker)->differences.empty());
    std::filesystem::create_directories(less.folder.path() / "as-known");
    KnownThen then;
    then.day = first_day + 2;
    then.scratch = less.folder.path() / "as-known";
    const auto refused = compare_as_known(*less.log, *less.tracker, then);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().where.find("is there already"), std::string::npos);
    std::filesystem::remove(then.scratch);
    const auto found = less.known_on(first_day + 2, *whole.tracker);
    ASSERT_TRUE(found) << found.error().where;
    EXPECT_FALSE(found->differences.empty());
}

} // namespace
} // namespace sluse
