// gateway/track/value_chart.hpp — Shewhart's charts of one value a period: i of measurements, c of counts. Pure.
#pragma once

#include "gateway/track/chart.hpp"

#include <span>

namespace sluse {

// Of both: the line is the mean of the first `baseline` values (0: all), limits are alike for every point and never below 0.

/// Individuals: limits are mean ± 3 mean moving range / 1.128; of one value there are none to draw, so that they lie on the line (Montgomery,
/// Statistical Quality Control, "The Shewhart control chart for individual measurements").
ControlChart i_chart(std::span<const double> values, std::size_t baseline = 0);
/// Counts over periods as long as each other: sigma = √c̄ (Montgomery, "Control charts for nonconformities").
ControlChart c_chart(std::span<const double> counts, std::size_t baseline = 0);

/// Mean, and three sigma by the mean distance between neighbours.
struct Individuals {
    double mean{}, width{};
};
Individuals individuals_of(std::span<const double> values);

} // namespace sluse
