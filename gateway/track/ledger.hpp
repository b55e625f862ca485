// gateway/track/ledger.hpp — applies events to persons, cells and rows, and decides what of the rows is shown.
#pragma once

#include "gateway/track/people.hpp"
#include "gateway/track/release.hpp"
#include "gateway/track/rollups.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluse {

/// Sums that grow unsorted while a batch is applied.
struct Delta {
    CellSum sum;
    void add(const CellSum& other);
    /// Canonical bytes, and the sum made canonical with them.
    std::string finish();
};

/// What one batch of events changes.
struct RowChange {
    Delta delta;
    std::vector<HeldPerson> who;
    bool waited{}; ///< before this batch
};
using RowChanges = boost::unordered_flat_map<RowKey, RowChange, RowKeyHash>;
/// The newest that a system told an indicator.
struct Watermark {
    Millis received_ms{};
    Day counts_day{never_changed};
};
struct LedgerChanges {
    std::map<std::string, Delta> cells; ///< by whole cell key
    std::unordered_map<std::string, Person> people;
    std::map<IndicatorId, RowChanges> rows;
    std::map<std::string, std::map<std::string, Watermark>> watermarks; ///< by indicator, by system
    std::map<std::pair<std::string, Day>, std::set<std::string>> messages; ///< that changed numbers, by system and day
    Day known_day{never_changed}; ///< the newest day on which anything was received
    std::uint64_t repeated{}, gaps{};
};
/// Rows that are shown anew, with what is new in them.
struct Publication {
    IndicatorId id;
    std::vector<std::pair<RowKey, CellSum>> rows;
};

/// One writer. The sums (cells and rows) are a function of the events alone; what is shown, also of when it was decided.
class Ledger {
public:
    using Load = std::function<Person(const std::string& person)>;
    Ledger(const Regions& regions, std::int64_t persons_min) : regions_(&regions), persons_min_(persons_min) {}

    /// Computes; changes nothing here. `load` reads a person as stored.
    LedgerChanges take(std::span<const IndicatorEvent> events, const Load& load) const;
    /// Adds to the rows, whose deltas it makes canonical; what is shown stays.
    void add(LedgerChanges& changes);
    using Going = std::vector<std::pair<IndicatorId, std::vector<RowKey>>>;
    /// Which waiting rows of the changed indicators may be shown. Long, for all waiting rows of an indicator decide together; so unless `all` are
    /// asked for, one with many is left until as many have changed, for a few settlings at most. Changes nothing that readers see.
    Going decide(bool all);
    /// Are indicators left?
    bool undecided() const { return !undecided_.empty(); }
    std::vector<Publication> publish(const Going& going);

    /// At open.
    Rollups& rows(const IndicatorId& id) { return rows_[id]; }
    void restore_known(Day day) { known_day_ = day; }
    void restore_watermark(const std::string& indicator, const std::string& system, Watermark mark) { watermarks_[indicator][system] = mark; }

    const Rollups* find(const IndicatorId& id) const;
    const std::map<std::string, Watermark>& watermarks(const std::string& indicator) const;
    /// Persons with something in a month's total, in any indicator, that is not shown.
    std::size_t held() const { return held_in_.size(); }
    /// At open, after the rows. What waits and might go out is undecided.
    void take_up();
    Day known_day() const { return known_day_; }
    /// About what the rows take of memory.
    std::size_t bytes() const;
    std::uint64_t repeated() const { return repeated_; }
    std::uint64_t gaps() const { return gaps_; }
    std::int64_t persons_min() const { return persons_min_; }
    /// Indicators whose numbers were published elsewhere: who reports them is nobody to protect.
    void of_nobody(std::set<std::string> indicators) { of_nobody_ = std::move(indicators); }
    /// Other regions to add municipalities up to, from here on. They outlive their use.
    void use(const Regions& regions)
    {
        regions_ = &regions;
        for (auto& [id, rows] : rows_) rows.forget_sums();
    }

private:
    const Regions* regions_;
    std::int64_t persons_min_;
    std::set<std::string> of_nobody_;
    void count_held(const IndicatorId& id, const Rollups& rows);
    std::int64_t min_of(const IndicatorId& id) const { return of_nobody_.contains(id.indicator) ? 1 : persons_min_; }

    struct Undecided {
        std::size_t changes{}; ///< of rows, since it was decided
        int settlings{};
    };
    std::map<IndicatorId, Undecided> undecided_;
    std::map<IndicatorId, Rollups> rows_;
    std::map<IndicatorId, std::vector<std::uint64_t>> held_of_; ///< persons, sorted, each once
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> held_in_; ///< by person: in how many indicators
    std::map<std::string, std::map<std::string, Watermark>> watermarks_;
    Day known_day_{never_changed};
    std::uint64_t repeated_{}, gaps_{};
};

} // namespace sluse
