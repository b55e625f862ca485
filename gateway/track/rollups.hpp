// gateway/track/rollups.hpp — the published rows of one indicator in memory: sums, persons, histogram and maturity, and what of it is shown.
#pragma once

#include "gateway/indicators/regions.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/track/lattice.hpp"
#include "gateway/track/audit.hpp"
#include "gateway/track/release.hpp"

#include <limits>
#include <map>
#include <unordered_map>
#include <vector>

namespace sluse {

/// Positions in CellSum::sums, of cells (without persons) and of rows.
enum CellPart : std::size_t { part_numerator, part_denominator, part_values, part_value_sum, part_value_squares, part_persons };

/// What one signed contribution adds to a cell: sums, and its value's place in the histogram.
CellSum cell_of(const Contribution& contribution, std::int64_t times);
/// What a contribution adds to any row it falls in, as a number that adds up like it: equal for equal sums, whatever the dimensions.
std::uint64_t digest_of(const Contribution& contribution);
/// The same for a row, which also keeps denominators by the day they mature, under the key −1 − day (values are never negative).
CellSum row_of(const Contribution& contribution, std::int64_t times);

/// How a row stands: when it last changed, as shown and as it is, and how many persons wait in it.
constexpr Day never_changed = std::numeric_limits<Day>::min();
struct Standing {
    Day changed{never_changed}, touched{never_changed};
    std::int64_t waiting{};
};

/// Rows of one indicator at one version: as they are, and as they are shown. One writer; the owner's lock guards readers.
class Rollups {
public:
    /// `who` changed in it with `delta`, which became known on `day`. What is shown stays.
    void add(const RowKey& key, const CellSum& delta, std::span<const HeldPerson> who, Day day);
    /// The rows in which something waits, in order. Valid until the next change.
    std::vector<WaitingRow> waiting() const;
    /// Shows a waiting row as it is. Returns what that adds to what was shown.
    CellSum publish(const RowKey& key, Day day);

    /// At open, in this order: as they are, what waits, and day by day what was shown.
    void restore(const RowKey& key, const CellSum& sum);
    void restore_waiting(const RowKey& key, std::vector<HeldPerson> who, Day touched);
    void restore_shown(const RowKey& key, const CellSum& part, Day day);

    /// As it is; as shown without a role. Null when nobody ever was there.
    const CellSum* find(const RowKey& key) const;
    const CellSum* shown(const RowKey& key) const;
    Standing standing(const RowKey& key) const;
    using Each = std::function<void(const RowKey&, const CellSum& sum, const CellSum& shown, const Standing&)>;
    /// Rows of one kind and dimension whose period touches [from, to), in order of period, then code.
    void each(PeriodKind kind, By by, Day from, Day to, const Each& each) const;
    std::size_t size() const { return keys_.size(); }
    const std::vector<HeldPerson>* who(const RowKey& key) const
    {
        const auto found = index_.find(key);
        const auto behind = found == index_.end() ? behind_.end() : behind_.find(found->second);
        return behind == behind_.end() ? nullptr : &behind->second.who;
    }

private:
    struct Behind {
        CellSum shown;
        std::vector<HeldPerson> who; ///< sorted by person, never empty
        Day touched{never_changed};
    };
    std::size_t place(const RowKey& key);
    Standing standing(std::size_t row) const;

    std::unordered_map<RowKey, std::size_t, RowKeyHash> index_;
    std::vector<RowKey> keys_;
    std::array<std::map<std::pair<std::int32_t, std::string>, std::size_t>, period_kinds * by_count> of_kind_;
    std::vector<CellSum> sums_;
    std::vector<Day> changed_;
    std::unordered_map<std::size_t, Behind> behind_; ///< rows that are not shown as they are
};

/// What a row is a part of: another row, cut in one of several ways (a total by region, a year into months, …).
struct Parent {
    RowKey row;
    std::uint8_t cut{};
    auto operator<=>(const Parent&) const = default;
};
std::vector<Parent> parents_of(const RowKey& row, const Regions& regions);

/// The lines of sums over rows: a period's total and its dimensions, a region and its municipalities, a period and its parts. A sum that is not
/// among the rows has an index past theirs.
std::vector<SumLine> lines_over(std::span<const RowKey> rows, const Regions& regions);

/// Value at rank ceil(q·n) of a row's histogram (negative keys left out); empty without values.
std::optional<std::int64_t> quantile(const CellSum& row, double q);
/// The last day on which an outcome of the row becomes final.
std::optional<Day> last_matures(const CellSum& row);
/// Denominator whose outcome is final by `today`.
std::int64_t matured_by(const CellSum& row, Day today);

} // namespace sluse
