// gateway/track/chart.hpp — statistical process control as Danish teams use it: run chart by Anhøj's rules, p chart, funnel limits. Pure.
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

/// One point of a p chart or funnel: share with its limits, cut to [0, 1].
struct Limits {
    double lower{}, upper{};
    bool outside{};
};
struct Share {
    std::int64_t numerator{}, denominator{};
};
/// Shewhart's 3-sigma limits about the mean of all; a point without denominator has limits 0 and 1.
struct PChart {
    double centre{};
    std::vector<Limits> points;
    bool signal{};
};
PChart p_chart(std::span<const Share> shares);

/// Exact binomial limits about the mean of all: 95 % and 99.8 %, the funnel's usual two.
struct Funnel {
    double centre{};
    std::vector<Limits> inner, outer;
};
Funnel funnel(std::span<const Share> shares);
/// Smallest k whose cumulative binomial probability is at least `q`.
std::int64_t binomial_quantile(double q, std::int64_t trials, double p);

} // namespace sluse
