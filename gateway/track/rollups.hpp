// gateway/track/rollups.hpp — the published rows of one indicator in memory: sums, persons, histogram and maturity, and what of it is shown.
#pragma once

#include "gateway/indicators/regions.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/track/lattice.hpp"
#include "gateway/track/release.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <limits>
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

/// How a row stands: when it last changed, as shown and as it is, how many persons wait in it, and when it was first shown.
constexpr Day never_changed = std::numeric_limits<Day>::min(), never_shown = std::numeric_limits<Day>::max();
struct Standing {
    Day changed{never_changed}, touched{never_changed};
    std::int64_t waiting{};
    Day first{never_shown};
};

/// Rows of one indicator at one version: as they are, and as they are shown. One writer; the owner's lock guards readers.
class Rollups {
public:
    /// `who` changed in it with `delta`, which became known on `day`. What is shown stays.
    void add(const RowKey& key, const CellSum& delta, std::span<const HeldPerson> who, Day day);
    /// The rows in which something waits, in order, and the lines of sums among them. Valid until the next change.
    struct Waiting {
        std::vector<WaitingRow> rows;
        SumLines lines;
    };
    Waiting waiting(const Regions& regions);
    /// Regions have changed: sums are found anew.
    void forget_sums() { parts_.clear(); }
    /// How many wait, more or less.
    std::size_t waiting_about() const { return waiting_.size() + began_.size(); }
    /// Can any waiting row go out, whatever the others do? In most indicators none can, most of the time.
    bool any_enough(std::int64_t persons_min) const;
    /// Shows a waiting row as it is. Returns what that adds to what was shown.
    CellSum publish(const RowKey& key, Day day);

    /// As it is. Null when nobody ever was there.
    const CellSum* find(const RowKey& key) const;
    /// As shown without a role; of nobody when nobody ever was there.
    CellSum shown(const RowKey& key) const;
    Standing standing(const RowKey& key) const;
    using Each = std::function<void(const RowKey&, const CellSum& sum, const CellSum& shown, const Standing&)>;
    /// Rows of one kind and dimension whose period touches [from, to), in order of period, then code.
    void each(PeriodKind kind, By by, Day from, Day to, const Each& each) const;
    std::size_t size() const { return keys_.size(); }
    /// About what it takes of memory.
    std::size_t bytes() const;
    /// What a row has that is not shown.
    struct Behind {
        CellSum unshown;
        std::vector<HeldPerson> who; ///< sorted by person, never empty while in use
        Day touched{never_changed};
    };
    /// At open: what was shown, day by day, and what waits.
    void restore_shown(const RowKey& key, const CellSum& part, Day day);
    void restore_waiting(const RowKey& key, Behind behind);
    /// Null: it is shown as it is.
    const Behind* behind(const RowKey& key) const
    {
        const auto found = index_.find(key);
        return found == index_.end() || behind_of_[found->second] == none ? nullptr : &behind_[behind_of_[found->second]];
    }

private:
    using Row = std::uint32_t;
    static constexpr Row none = SumLines::nowhere;
    /// Rows of one kind and dimension; those past `sorted` came since somebody last looked.
    struct Shelf {
        std::vector<Row> rows;
        std::size_t sorted{};
    };
    /// The sums that a row is a part of: at most four.
    struct Parts {
        struct One {
            Row sum{none}; ///< a row, or past all rows a number in outside_
            std::uint8_t cut{};
        };
        std::array<One, 4> of;
        Row not_beside{none}; ///< while something waits in it the region is not the sum of its municipalities
    };
    Row place(const RowKey& key);
    Row row_or_outside(const RowKey& key);
    Behind& fall_behind(Row row);
    void catch_up(Row row);
    const CellSum& shown(Row row, CellSum& scratch) const;
    void add_to_row(Row row, const CellSum& delta);
    Standing standing(Row row) const;
    const std::vector<Row>& sorted(Shelf& shelf) const;
    void sort_waiting();
    void find_sums(const Regions& regions);

    boost::unordered_flat_map<RowKey, Row, RowKeyHash> index_;
    std::vector<RowKey> keys_;
    mutable std::array<Shelf, period_kinds * by_count> shelves_;
    std::vector<CellSum> sums_;
    std::size_t sums_bytes_{}; ///< what they hold outside themselves
    std::vector<Day> changed_, first_; ///< by row: the last day on which something of it was shown, and the first
    std::vector<Row> behind_of_; ///< by row: where in behind_; none: it is shown as it is
    std::vector<Behind> behind_;
    std::vector<Row> free_;            ///< places in behind_
    std::vector<Row> waiting_, began_; ///< rows that waited when last asked for, in order; and that began to since
    std::vector<bool> listed_;         ///< by row: in one of these
    std::vector<Parts> parts_;         ///< by row, as far as they were asked for
    std::vector<Row> number_;          ///< by row and outside sum: scratch of waiting(), none between its calls
    boost::unordered_flat_map<RowKey, Row, RowKeyHash> outside_; ///< sums that are no row
};

/// Value at rank ceil(q·n) of a row's histogram (negative keys left out); empty without values.
std::optional<std::int64_t> quantile(const CellSum& row, double q);
/// Of q 0.5 and 0.9, in one walk.
std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>> median_and_p90(const CellSum& row);
/// The last day on which an outcome of the row becomes final.
std::optional<Day> last_matures(const CellSum& row);
/// Denominator whose outcome is final by `today`.
std::int64_t matured_by(const CellSum& row, Day today);

} // namespace sluse
