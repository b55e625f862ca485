// gateway/track/row_parents.hpp — which rows are sums of which others: periods of their parts, totals of their dimensions, regions of their municipalities.
#pragma once

#include "gateway/indicators/regions.hpp"
#include "gateway/track/lattice.hpp"
#include "gateway/track/sum_lines.hpp"

#include <optional>
#include <span>
#include <vector>

namespace sluse {

/// What a row is a part of: another row, cut in one of several ways (a total by region, a year into months, …).
struct Parent {
    RowKey row;
    std::uint8_t cut{};
    auto operator<=>(const Parent&) const = default;
};
constexpr std::uint8_t cut_by_municipality = 20; ///< of a region
std::vector<Parent> parents_of(const RowKey& row, const Regions& regions);
/// Of a municipality that comes to its region on the period's first day: the region that it leaves. Who is followed day by day leaves it on that day, in the
/// row of the region that was: as long as something waits there, the region is not the sum of its municipalities (and what is true of them all together
/// follows from the total, which is the sum of either).
std::optional<RowKey> left_behind(const RowKey& row, const Regions& regions);

/// The lines of sums over rows: a period's total and its dimensions, a region and its municipalities, a period and its parts. A sum that is not
/// among the rows has an index past theirs.
std::vector<SumLine> lines_over(std::span<const RowKey> rows, const Regions& regions);

} // namespace sluse
