// gateway/track/release.hpp — which persons' changes may be published now, so that comparing two answers shows no change of fewer than `persons_min`.
#pragma once

#include "gateway/track/rollups.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sluse {

/// One person's unpublished change of one indicator: the rows in which something of it lies.
struct PendingChange {
    std::vector<RowKey> rows; ///< sorted, unique
};

/// True for each change that may go out. Of the rows in blocks (lattice.hpp), one that is already shown changes by at least `persons_min` persons at once or not at
/// all; the rows of a shown sum that are not shown count together, as what the sum leaves when the shown ones are taken from it. Changes that would
/// break this are held back, which may hold others: peeled to a fixed point, so a release is as large as it can be.
std::vector<bool> releasable(std::span<const PendingChange> changes, const Rollups& rows, const Regions& regions, std::int64_t persons_min);

} // namespace sluse
