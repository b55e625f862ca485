// gateway/serve/numbers.hpp — goals and indicators as JSON: current value, trend, movement, maturity.
#pragma once

#include "gateway/serve/routes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluse::serve {

/// The body of GET /api/v1/goals. Kept until cells or the day change, so that a reload storm costs one computation.
std::string goals_json(Context& context);

/// The stretch of published months that the headline number sums: at most twelve, up to the newest, none suppressed. A window over
/// published months only says nothing that the months themselves do not.
struct Window {
    std::size_t first{}, last{}; ///< indices into the rows, inclusive
};
std::optional<Window> headline_window(const std::vector<CellRow>& months);

enum class Movement { none, better, worse, unchanged };
/// The newest mature month against the median of the up to twelve mature months before it (at least three): beyond a twentieth of
/// that median it is a movement. A hint for the eye, not a statistical signal.
Movement movement_of(const std::vector<CellRow>& months, std::string_view direction);

/// First day of the period ("2026-03", "2026-Q1", "2026-W10", "2026", "2026-03-01") and of the one after it.
struct Span {
    Day from{}, to{};
};
std::optional<Span> span_of(std::string_view period);

} // namespace sluse::serve
