// gateway/track/tracker.hpp — follows the indicator events and keeps their sums: cells, queried at a date, suppressed when small.
#pragma once

#include "gateway/indicators/packs.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/track/goals.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluse {

struct Freezes; // states.hpp

enum class PeriodKind { day, week, month, quarter, year, all };

struct CellQuery {
    std::string indicator, version;    ///< version empty: the newest
    PeriodKind period{PeriodKind::month};
    std::string by;                    ///< "", region, municipality, unit, sex, age_band
    std::optional<Day> from, to;       ///< counts_day in [from, to); widened to whole periods (of `all`: to months) unless authorised
    Day today{};                       ///< the query's date: decides maturity
    std::optional<Day> as_known_on;    ///< as shown at the end of that day; authorised: of all that was received until then
    bool revisions{};                  ///< each row with how it was known before
    bool authorised{};                 ///< true: no suppression, nothing held back, any crossing (a role, logged by the caller)
};

/// Provisional: its outcomes or corrections are still under way. Stable: neither are expected. Frozen: published as it was on a day.
/// Restated: changed after it was stable or frozen.
enum class CellState { provisional, stable, frozen, restated };

/// A number as it was known from a day on.
struct CellRevision {
    Day known_on{};
    std::int64_t numerator{}, denominator{};
    std::optional<double> value;
};

/// One published number. A suppressed row has no numbers, only `suppressed`.
struct CellRow {
    std::string period;    ///< "2026-03", "2026-Q1", "2026-W10", "2026"
    std::string group;     ///< code of the `by` dimension; empty for the total or for unknown
    bool suppressed{};
    std::int64_t numerator{}, denominator{}, persons{};
    std::optional<double> value;         ///< in the pack's unit
    std::optional<double> against;       ///< the value against the pack's series, when it has one and that is known
    std::optional<Day> begin;            ///< the period's first day; none of all periods together
    std::optional<double> median, p90;   ///< durations
    std::int64_t values{};               ///< durations: how many
    std::optional<double> deviation;     ///< durations: standard deviation (of n − 1); of enough persons, as p90
    std::int64_t matured{};              ///< denominator that has matured by `today` (in tenths of the denominator unless authorised)
    bool provisional{};                  ///< not all of it has matured
    CellState state{};
    std::optional<Day> final_on;         ///< from that day on it is stable, as far as is known now
    std::optional<Day> changed_on;       ///< when it last changed, as shown
    std::int64_t held{};                 ///< persons whose newest is not in it; unless authorised, in whole multiples of persons_min, downwards
    std::vector<CellRevision> revisions; ///< oldest first, when asked for
};

/// What a system has told an indicator.
struct IndicatorSource {
    std::string system;
    Millis received_ms{};                ///< the newest message from it that changed a number
    Day counts_day{};                    ///< the newest day it told of
};
/// Messages of a system that changed numbers, by the day they were received.
using DailyMessages = std::vector<std::pair<Day, std::uint64_t>>;

struct FollowedSource {
    std::uint32_t partition{};
    std::uint64_t applied{}, end{};
};

/// What the follower met since it was opened.
struct TrackerCounts {
    std::uint64_t repeated{};   ///< events dropped by (key id, person, sequence)
    std::uint64_t gaps{};       ///< jumps in a person's sequence: an event is missing
    std::uint64_t held{};       ///< persons with something in a month's total that is not shown, because too few others changed with it
    std::uint64_t unreadable{}; ///< records that are no indicator event
};

/// Owns its store (RocksDB below `path`), which is only a projection: deleting it makes it be rebuilt from the events. One follower
/// thread per tracker; queries from any thread.
class Tracker {
public:
    static Result<std::unique_ptr<Tracker>> open(const std::string& path, Log& log, std::shared_ptr<const Packs> packs, int persons_min);
    virtual ~Tracker() = default;
    virtual void start() = 0;
    virtual void stop() = 0;
    /// Answers from other packs and adds up by other regions from here on, after a reload; what is stored stays. Tells the listeners. Any thread.
    virtual void use(std::shared_ptr<const Packs> packs) { static_cast<void>(packs); }
    virtual Result<std::vector<CellRow>> query(const CellQuery& query) = 0;
    /// Every cell's raw bytes in key order (no suppression): what `recompute --verify` compares.
    virtual void dump(const std::function<void(std::string_view key, std::string_view value)>& each) = 0;
    virtual std::vector<FollowedSource> progress() = 0;
    virtual TrackerCounts counts() { return {}; }
    /// Which numbers count as frozen from here on. Any thread.
    virtual void freeze(std::shared_ptr<const Freezes> freezes) { static_cast<void>(freezes); }
    virtual std::vector<IndicatorSource> sources(const std::string& indicator) { return static_cast<void>(indicator), std::vector<IndicatorSource>(); }
    /// The last `days` days up to `today`, those without messages left out.
    virtual DailyMessages messages(const std::string& system, Day today, Day days) { return static_cast<void>(system), static_cast<void>(today), static_cast<void>(days), DailyMessages(); }
    /// Grows whenever the follower has looked at every partition, found nothing new, and everything found before is in the numbers.
    virtual std::uint64_t looks() { return 0; }
    /// About what its numbers take of memory.
    virtual std::size_t bytes() { return 0; }
    /// False until what was in the log at the start is in the numbers.
    virtual bool caught_up() { return true; }
    /// Called after each applied batch with the ids of indicators that changed; for live updates.
    virtual void on_change(std::function<void(const std::vector<std::string>& indicators)> listener) = 0;
};

} // namespace sluse
