// gateway/track/release.hpp — which rows may show what is new in them, so that no sums, and no two answers, tell of fewer than `persons_min` persons. Pure.
#pragma once

#include "gateway/indicators/regions.hpp"
#include "gateway/track/lattice.hpp"
#include "gateway/track/sum_lines.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace sluse {

/// One person's unpublished change in a row. Two changes that undo each other have digests that add up to nothing.
struct HeldPerson {
    std::uint64_t person{}; ///< hash of the pseudonym
    std::uint64_t digest{}; ///< sum over the contributions, signed; never 0
    bool operator==(const HeldPerson&) const = default;
};

/// A row in which something waits: what is shown of it is older than what it is.
struct WaitingRow {
    RowKey key;
    std::span<const HeldPerson> who; ///< sorted by person
    std::int64_t persons{};       ///< that are in the row now
};

/// True for each row that may be shown as it now is; the others stay as they were shown last (a row never shown stays hidden).
///
/// A row goes out only when at least `persons_min` persons changed in it since it last did, and at least as many (or nobody) are in it.
/// What is shown of a sum and its parts gives away what waits in them together, so on every line of sums that is about at least
/// `persons_min` persons or about nobody, and never one row alone; and all lines together determine no row of few (audit.hpp).
/// Rows are held back beside it until that is so: those that cost least (persons waiting, months in total dearest). Depends on nothing but its arguments.
std::vector<bool> releasable(std::span<const WaitingRow> rows, const SumLines& lines, std::int64_t persons_min);
/// With the lines found from the rows' keys.
std::vector<bool> releasable(std::span<const WaitingRow> rows, const Regions& regions, std::int64_t persons_min);

} // namespace sluse
