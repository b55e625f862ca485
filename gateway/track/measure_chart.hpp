// gateway/track/measure_chart.hpp — x̄ and s charts of durations: means and their spread, groups of different sizes. Pure.
#pragma once

#include "gateway/track/chart.hpp"

namespace sluse {

/// One period's values: how many, their mean, their standard deviation (of n − 1); none when it may not be told, or of one value.
struct Measured {
    std::int64_t count{};
    double mean{};
    std::optional<double> deviation;
};
/// Both charts over the same points. A point of fewer than two values has no limits in either; one without deviation none in `spread`.
struct MeasureChart {
    ControlChart mean, spread;
    std::vector<bool> mean_known, spread_known; ///< has the point limits?
};
/// x̄̄ weighted by size, s̄ pooled, limits x̄̄ ± A3 s̄ and B3 s̄, B4 s̄ by each point's own size; means cut at 0, as durations are (Montgomery,
/// Statistical Quality Control, "The x̄ and s control charts with variable sample size"). Empty when no baseline point has a deviation.
std::optional<MeasureChart> measure_chart(std::span<const Measured> points, std::size_t baseline = 0);
/// What a sample's standard deviation is on average, as a part of sigma. From 2 on.
double c4(std::int64_t count);
/// 3 / (c4 √n), and 1 ∓ 3 √(1 − c4²) / c4, the lower not below 0.
double a3(std::int64_t count);
double b3(std::int64_t count);
double b4(std::int64_t count);

} // namespace sluse
