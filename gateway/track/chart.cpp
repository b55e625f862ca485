// gateway/track/chart.cpp — runs, crossings and their limits.
#include "gateway/track/chart.hpp"

#include "gateway/track/quantiles.hpp"

#include <algorithm>
#include <cmath>

namespace sluse {
namespace {

double median_of(std::vector<double> values)
{
    std::ranges::sort(values);
    const auto middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

} // namespace

int longest_run_limit(int useful)
{
    if (useful < 1) return 3;
    return static_cast<int>(std::nearbyint(std::log2(static_cast<double>(useful)))) + 3;
}

int crossings_limit(int useful)
{
    return useful < 2 ? 0 : static_cast<int>(binomial_quantile(0.05, useful - 1, 0.5));
}

std::optional<RunChart> run_chart(std::span<const double> values, std::size_t baseline)
{
    if (values.empty()) return {};
    RunChart chart;
    const auto base = baseline_of(values, baseline);
    chart.median = median_of({base.begin(), base.end()});
    int run = 0, side = 0;
    for (const auto value : values) {
        if (value == chart.median) continue;
        const int now = value > chart.median ? 1 : -1;
        ++chart.useful;
        if (side != 0 && now != side) ++chart.crossings, run = 0;
        side = now;
        chart.longest_run = std::max(chart.longest_run, ++run);
    }
    chart.run_limit = longest_run_limit(chart.useful);
    chart.crossing_limit = crossings_limit(chart.useful);
    chart.signal = chart.longest_run > chart.run_limit || chart.crossings < chart.crossing_limit;
    return chart;
}

double mean_of(std::span<const Share> shares)
{
    std::int64_t numerator = 0, denominator = 0;
    for (const auto& s : shares) numerator += s.numerator, denominator += s.denominator;
    return denominator > 0 ? static_cast<double>(numerator) / static_cast<double>(denominator) : 0;
}

} // namespace sluse
