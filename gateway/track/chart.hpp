// gateway/track/chart.hpp — the run chart by Anhøj's rules, and what every chart is made of. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sluse {

/// Run chart: median line, points on it left out. A signal is a run longer than chance allows, or fewer crossings than it allows.
struct RunChart {
    double median{};
    int useful{};        ///< points not on the median
    int longest_run{};
    int run_limit{};     ///< signal when longest_run > run_limit
    int crossings{};
    int crossing_limit{}; ///< signal when crossings < crossing_limit
    bool signal{};
};
/// Empty without points. `baseline` > 0: the median of the first so many points is kept (a frozen baseline).
std::optional<RunChart> run_chart(std::span<const double> values, std::size_t baseline = 0);
/// round(log2 n) + 3, halves to even
int longest_run_limit(int useful);
/// Lower 5 % quantile of a binomial with n − 1 trials of one half.
int crossings_limit(int useful);

/// One point's limits, never below 0.
struct Limits {
    double lower{}, upper{};
    bool outside{};
};
/// One point's count: cases of all cases, or events over time at risk.
struct Share {
    std::int64_t numerator{}, denominator{};
};
/// The sum of the numerators over the sum of the denominators; 0 without any.
double mean_of(std::span<const Share> shares);
/// A Shewhart chart: the line and each point's limits.
struct ControlChart {
    double centre{};
    double sigma_z{1}; ///< prime charts: how much wider than chance alone
    std::vector<Limits> points;
    bool signal{};     ///< a point is outside
};
/// Those of the first `baseline` points; of 0, all.
template <class T> std::span<const T> baseline_of(std::span<const T> points, std::size_t baseline)
{
    return baseline > 0 && baseline < points.size() ? points.first(baseline) : points;
}
/// Mean distance between neighbours over this is a standard deviation (d2 of two values; Montgomery, Statistical Quality Control).
constexpr double moving_range_d2 = 1.128;

} // namespace sluse
