// gateway/track/crossing.hpp — any crossing, any cut and any day of knowledge, from the cells themselves: slower, only for those who may.
#pragma once

#include "gateway/track/exposure.hpp"
#include "gateway/track/track_store.hpp"

#include <functional>
#include <vector>

namespace sluse {

/// Persons are not counted here.
Result<std::vector<CellRow>> crossing(const TrackStore& store, const Asked& asked, By by);
/// Each cell of the query as a part of its row, with the day it became known.
Result<void> each_cell_row(const TrackStore& store, const Asked& asked, By by, const std::function<void(const RowKey&, Day, const CellSum&)>& each);

} // namespace sluse
