// gateway/track/answer.hpp — from a row's sums to a published number: value in the pack's unit, quantiles, maturity, or nothing when hidden.
#pragma once

#include "gateway/track/rollups.hpp"

namespace sluse {

/// The pack asked for; the newest version when the query names none. Null when there is none.
const Pack* pack_for(const Packs& packs, const CellQuery& query);
/// Do from and to fall on borders of the query's periods?
bool whole_periods(const CellQuery& query);
/// Is the row's period asked for? A period that from or to cuts is given whole: a part could be subtracted from another answer.
bool wanted(const CellQuery& query, const RowKey& row);
CellRow answer(const Pack& pack, const CellQuery& query, const RowKey& row, const CellSum& sum, bool hidden, std::int64_t persons_min);

} // namespace sluse
