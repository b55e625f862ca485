// gateway/track/ledger.hpp — applies events to persons, cells and published rows; what to store is returned, memory changes only on commit.
#pragma once

#include "gateway/track/people.hpp"
#include "gateway/track/release.hpp"
#include "gateway/track/rollups.hpp"

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
struct LedgerChanges {
    std::map<std::string, Delta> cells;  ///< by whole cell key
    std::unordered_map<std::string, Person> people;
    std::map<IndicatorId, std::unordered_map<RowKey, Delta, RowKeyHash>> rows;   ///< published now
    std::map<IndicatorId, std::unordered_map<RowKey, Delta, RowKeyHash>> beside; ///< all that is held back, for those who may see it
    std::set<std::string> held;          ///< persons with something held back
    std::map<IndicatorId, std::unordered_map<RowKey, std::vector<std::size_t>, RowKeyHash>> changed; ///< who changed in the published rows (hashes)
    bool published{};
    std::set<std::string> indicators;    ///< whose numbers changed
    std::uint64_t repeated{}, gaps{};
};

/// One writer. Everything is a function of the events and their batching; the sums (cells) of the events alone.
class Ledger {
public:
    using Load = std::function<Person(const std::string& person)>;
    Ledger(const Regions& regions, std::int64_t persons_min) : regions_(&regions), persons_min_(persons_min) {}

    /// Computes; changes nothing here. `load` reads a person as stored.
    /// Without `publish` the changes are only noted with their persons; who asks sees them after the next apply that publishes.
    LedgerChanges apply(std::span<const IndicatorEvent> events, const Load& load, bool publish = true) const;
    /// After the changes are stored.
    void commit(LedgerChanges& changes);

    /// At open: rows and held persons as stored.
    void restore_row(const IndicatorId& id, const RowKey& key, const CellSum& sum)
    {
        rows_[id].restoring(true);
        rows_[id].add(key, sum);
        rows_[id].restoring(false);
    }
    void restore_held(std::string person) { held_.insert(std::move(person)); }

    Rollups& rows(const IndicatorId& id) { return rows_[id]; }
    const std::unordered_map<RowKey, Delta, RowKeyHash>* beside(const IndicatorId& id) const;
    std::size_t held() const { return held_.size(); }
    std::uint64_t repeated() const { return repeated_; }
    std::uint64_t gaps() const { return gaps_; }
    std::int64_t persons_min() const { return persons_min_; }
    const Regions& regions() const { return *regions_; }
    /// Other regions to add municipalities up to, from here on. They outlive their use.
    void use(const Regions& regions)
    {
        regions_ = &regions;
        for (auto& [id, rows] : rows_) rows.stale();
    }

private:
    void take(const IndicatorEvent& event, const Load& load, LedgerChanges& changes) const;
    void release(LedgerChanges& changes) const;

    const Regions* regions_;
    std::int64_t persons_min_;
    std::map<IndicatorId, Rollups> rows_;
    std::map<IndicatorId, std::unordered_map<RowKey, Delta, RowKeyHash>> beside_;
    std::set<std::string> held_;
    std::uint64_t repeated_{}, gaps_{};
};

} // namespace sluse
