// gateway/serve/summary.hpp — an indicator in a few numbers: its months as anyone may see them, the headline number, the movement.
#pragma once

#include "gateway/indicators/packs.hpp"
#include "gateway/track/tracker.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::serve {

constexpr std::size_t trend_months = 24; ///< that a summary shows

/// A published series tells of no person: it is shown as it was published, in every crossing.
bool is_published(const Pack& pack);
/// Months up to `today`, in order of time, then group; `by` as in CellQuery. Future months are registrations with a slip in the date: left out.
std::vector<CellRow> shown_months(Tracker& tracker, const Pack& pack, const std::string& by, Day today);
/// The headline number of one series of months: their sum over headline_window(), of a published series the newest. Empty when nothing is shown.
std::optional<CellRow> current_of(const Pack& pack, const std::vector<CellRow>& months);

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
