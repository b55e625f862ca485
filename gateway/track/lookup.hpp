// gateway/track/lookup.hpp — answers from rows: as they are shown now, as they are, or as they were shown at the end of a day.
#pragma once

#include "gateway/track/answer.hpp"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace sluse {

/// Rows of one indicator as somebody may see them.
class RowView {
public:
    using Each = std::function<void(const RowKey& row, const SeenRow& seen)>;
    virtual ~RowView() = default;
    /// Rows that touch [from, to), by period, then code; those without anybody left out.
    virtual void each(PeriodKind kind, By by, Day from, Day to, const Each& each) const = 0;
    virtual std::optional<Seen> find(const RowKey& row) const = 0;
};

/// The rows now; `exact`: as they are, else as shown.
class RowsNow final : public RowView {
public:
    RowsNow(const Rollups& rows, bool exact) : rows_(rows), exact_(exact) {}
    void each(PeriodKind kind, By by, Day from, Day to, const Each& each) const override;
    std::optional<Seen> find(const RowKey& row) const override;

private:
    std::optional<SeenRow> seen(const CellSum& sum, const CellSum& shown, const Standing& standing) const;
    const Rollups& rows_;
    bool exact_;
};

/// Rows as they were shown: sums of what was published until a day. A row that was not shown then is not there.
class RowsThen final : public RowView {
public:
    void add(const RowKey& row, const CellSum& part, Day day);
    void each(PeriodKind kind, By by, Day from, Day to, const Each& each) const override;
    std::optional<Seen> find(const RowKey& row) const override;

private:
    std::map<RowKey, Seen> rows_;
};

/// Rows of the query's periods.
std::vector<CellRow> look_up(const Asked& asked, By by, const RowView& view);
/// All of a span of months: the last twelve, say.
std::vector<CellRow> look_up_window(const Asked& asked, By by, const RowView& view);

/// Parts of rows by the day they became known, in that order for each row.
using History = std::map<RowKey, std::map<Day, CellSum>>;
/// Gives each row the numbers it had before. Levels and rates, whose numbers are carried from row to row, get none.
void add_revisions(const Asked& asked, By by, const History& history, std::vector<CellRow>& rows);

} // namespace sluse
