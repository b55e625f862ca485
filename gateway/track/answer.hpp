// gateway/track/answer.hpp — from a row's sums to a published number: value in the pack's unit, quantiles, maturity, or nothing when hidden.
#pragma once

#include "gateway/track/rollups.hpp"
#include "gateway/track/states.hpp"

namespace sluse {

/// The pack asked for; the newest version when the query names none. Null when there is none.
const Pack* pack_for(const Packs& packs, const CellQuery& query);
/// Do from and to fall on borders of the query's periods?
bool whole_periods(const CellQuery& query);
/// Is the row's period asked for? A period that from or to cuts is given whole: a part could be subtracted from another answer.
bool wanted(const CellQuery& query, const RowKey& row);
/// What every answer depends on beside the row.
struct Asked {
    const Pack& pack;
    const CellQuery& query;
    const Freezes& freezes;
    std::int64_t persons_min{};
};
/// A row as those may see it who asked, where it lies.
struct SeenRow {
    const CellSum& sum;
    bool hidden{};
    Standing standing;
};
/// The same, kept; null when nobody is counted there.
struct Seen {
    CellSum sum;
    bool hidden{};
    Standing standing;
    operator SeenRow() const { return {sum, hidden, standing}; }
    void add(const SeenRow& other);
};
using Look = std::function<std::optional<Seen>(const RowKey& row)>;

/// Sums a span of whole months for one code from published rows only: a year where it is shown, else its quarters, else its months.
/// Hidden as a whole when a month of it can only be had hidden, so a window never tells more than its parts do. `persons` is then
/// the most in one part, for one may be in several.
Seen window_of(By by, const std::string& code, Day from, Day to, const Look& look);

CellRow answer(const Asked& asked, const RowKey& row, const SeenRow& seen);
/// State, the day it is final, what is held: of a row whose period ends before `end`; empty: of all periods together.
void tell_state(const Asked& asked, const SeenRow& seen, std::optional<Day> end, CellRow& row);

} // namespace sluse
