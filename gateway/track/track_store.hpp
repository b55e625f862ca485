// gateway/track/track_store.hpp — the tracker's projection on disk: cells, rows, what was shown day by day, what waits, persons, offsets.
#pragma once

#include "gateway/journal/store.hpp"
#include "gateway/track/ledger.hpp"
#include "gateway/track/lookup.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sluse {

/// One writer; scans from any thread.
class TrackStore {
public:
    /// Opens, and empties what an older format wrote: the events give it again.
    static Result<std::unique_ptr<TrackStore>> open(const std::string& path);

    /// Everything that one batch changed, atomically, with the offsets it led to. `ledger` is as after the batch.
    Result<void> write(LedgerChanges& changes, const std::vector<Publication>& shown, Ledger& ledger, const std::vector<std::uint64_t>& offsets);
    Result<void> restore(Ledger& ledger, std::vector<std::uint64_t>& offsets) const;
    /// As stored; throws when it cannot be read.
    Person person(const std::string& name) const;

    /// What was published of the rows of one kind and dimension, day by day.
    Result<void> shown(const IndicatorId& id, PeriodKind kind, By by, const std::function<void(const RowKey&, Day, const CellSum&)>& each) const;
    Result<void> cells(std::string_view prefix, const Store::Each& each) const { return store_->scan(0, prefix, each); }
    DailyMessages messages(const std::string& system, Day from, Day until) const;
    Result<Store::Recovery> recover() { return store_->recover(); }

private:
    explicit TrackStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}
    std::unique_ptr<Store> store_;
};

} // namespace sluse
