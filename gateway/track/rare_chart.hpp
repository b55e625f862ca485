// gateway/track/rare_chart.hpp — charts of what lies between rare events: t of the days, g of the cases; and how long it is since the last one. Pure.
#pragma once

#include "gateway/base/time.hpp"
#include "gateway/track/chart.hpp"

namespace sluse {

struct BetweenChart {
    std::vector<double> between; ///< from the event before, from the second on
    ControlChart chart;          ///< of these; all have the same limits
    double since_last{};         ///< from the last event until now
    bool since_outside{};        ///< more than the upper limit, without having ended
};

/// Days between events by Nelson's transform: y = x^(1/3.6) is near normal when x is exponential; limits ȳ ± 2.66 mean moving range, then back
/// (Nelson 1994; Montgomery, "Control charts for rare events"; Provost & Murray, The Health Care Data Guide, "t chart").
/// Events' days in order, a day once for each event on it. Empty of fewer than three.
std::optional<BetweenChart> time_chart(std::span<const Day> events, Day today, std::size_t baseline = 0);

/// Cases between events, those of the events left out: geometric, so sigma = √(x̄(x̄+1)), limits x̄ ± 3 sigma, the lower always 0 (Benneyan 2001,
/// Number-between g-type statistical quality control charts). `events`: how many cases there were up to and with each, ascending; `cases`: in all.
/// Empty of fewer than three.
std::optional<BetweenChart> cases_chart(std::span<const std::int64_t> events, std::int64_t cases, std::size_t baseline = 0);

/// Which of a day's `cases` its `events` are, when nobody knows: evenly apart, as counts from 1.
std::vector<std::int64_t> spread_over(std::int64_t cases, std::int64_t events);

} // namespace sluse
