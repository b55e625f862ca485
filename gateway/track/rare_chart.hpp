// gateway/track/rare_chart.hpp — the t chart of days between rare events, and how long it is since the last one. Pure.
#pragma once

#include "gateway/base/time.hpp"
#include "gateway/track/chart.hpp"

namespace sluse {

/// Days between events by Nelson's transform: y = x^(1/3.6) is near normal when x is exponential; limits ȳ ± 2.66 mean moving range, then back
/// (Nelson 1994; Montgomery, "Control charts for rare events"; Provost & Murray, The Health Care Data Guide, "t chart").
struct TimeChart {
    std::vector<double> between; ///< days from the event before, from the second on
    ControlChart chart;          ///< of these; all have the same limits
    double since_last{};         ///< days from the last event to `today`
    bool since_outside{};        ///< longer than the upper limit, without having ended
};
/// Events' days in order, a day once for each event on it. Empty of fewer than three.
std::optional<TimeChart> time_chart(std::span<const Day> events, Day today, std::size_t baseline = 0);

} // namespace sluse
