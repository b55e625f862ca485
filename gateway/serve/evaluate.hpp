// gateway/serve/evaluate.hpp — a measure's number over a stretch of days, from the published cells.
#pragma once

#include "gateway/serve/routes.hpp"
#include "gateway/serve/summary.hpp"

#include <optional>

namespace sluse::serve {

/// A stretch that cells are published for: one period, or (`all`) several months in a row.
struct Stretch {
    PeriodKind kind{};
    Span span;
};
/// The total over the stretch, suppressed as everywhere unless `exact`; zeros where nothing counts. Fault: the cells cannot be read.
Result<CellRow> measured(Context& context, const Pack& pack, const Stretch& stretch, bool exact);
/// Of days that are a whole day, week, month, quarter or year, or whole months; empty: of others nothing is published.
std::optional<Stretch> stretch_of(Span days);

} // namespace sluse::serve
