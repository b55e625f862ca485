// gateway/track/rollups.hpp — the published rows of one indicator in memory: sums, persons, histogram and maturity, and what of it is hidden.
#pragma once

#include "gateway/indicators/regions.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/track/lattice.hpp"
#include "gateway/track/suppress.hpp"

#include <set>
#include <unordered_map>
#include <vector>

namespace sluse {

/// Positions in CellSum::sums, of cells (without persons) and of rows.
enum CellPart : std::size_t { part_numerator, part_denominator, part_values, part_value_sum, part_value_squares, part_persons };

/// What one signed contribution adds to a cell: sums, and its value's place in the histogram.
CellSum cell_of(const Contribution& contribution, std::int64_t times);
/// The same for a row, which also keeps denominators by the day they mature, under the key −1 − day (values are never negative).
CellSum row_of(const Contribution& contribution, std::int64_t times);

/// Rows of one indicator at one version. One writer; the owner's lock guards readers.
class Rollups {
public:
    void add(const RowKey& key, const CellSum& delta);
    /// While rows are read back from the store, they are shown as they are.
    void restoring(bool on) { restoring_ = on; }
    /// A fine row (not blockwise) is shown anew only when `persons_min` persons have changed in it since it last was.
    void refresh(const RowKey& key, std::span<const std::size_t> changed, std::int64_t persons_min);
    /// As summed; as shown without a role.
    const CellSum* find(const RowKey& key) const;
    const CellSum* shown(const RowKey& key) const;
    std::int64_t persons(const RowKey& key) const;
    bool hidden(const RowKey& key) const;
    /// Rows of one kind and dimension in order of period, then code, as summed or as shown.
    void each(PeriodKind kind, By by, bool as_shown, const std::function<void(const RowKey&, const CellSum&, bool hidden)>& each) const;
    /// Decides anew which rows are hidden. Called once a release, before the first query after it.
    void suppress(const Regions& regions, std::int64_t persons_min);
    bool fresh() const { return fresh_; }
    /// What is hidden must be decided again, also when no row changed.
    void stale() { fresh_ = false; }
    std::size_t size() const { return keys_.size(); }

private:
    std::size_t place(const RowKey& key);

    std::unordered_map<RowKey, std::size_t, RowKeyHash> index_;
    std::vector<RowKey> keys_;
    std::array<std::vector<std::size_t>, period_kinds * by_count> of_kind_;
    std::vector<CellSum> sums_;
    struct Behind {
        CellSum shown;
        std::set<std::size_t> changed; ///< fewer than persons_min
    };
    std::unordered_map<std::size_t, Behind> behind_; ///< rows shown as they were
    std::vector<bool> hidden_;
    bool fresh_{}, restoring_{};
};

/// What a row is a part of: another row, cut in one of several ways (a total by region, a year into months, …).
struct Parent {
    RowKey row;
    std::uint8_t cut{};
    auto operator<=>(const Parent&) const = default;
};
std::vector<Parent> parents_of(const RowKey& row, const Regions& regions);

/// The lines of sums among rows: a period's total and its dimensions, a region and its municipalities, a period and its parts.
std::vector<SumLine> lines_among(std::span<const RowKey> rows, const Regions& regions);

/// Value at rank ceil(q·n) of a row's histogram (negative keys left out); empty without values.
std::optional<std::int64_t> quantile(const CellSum& row, double q);
/// Denominator whose outcome is final by `today`.
std::int64_t matured_by(const CellSum& row, Day today);

} // namespace sluse
