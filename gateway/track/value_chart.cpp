// gateway/track/value_chart.cpp — a line, three sigma about it, and who is outside.
#include "gateway/track/value_chart.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sluse {
namespace {

ControlChart chart_about(std::span<const double> values, double centre, double width)
{
    ControlChart chart;
    chart.centre = centre;
    const auto lower = std::max(0.0, centre - width), upper = centre + width;
    for (const auto value : values) {
        chart.points.push_back({lower, upper, value < lower || value > upper});
        chart.signal |= chart.points.back().outside;
    }
    return chart;
}

} // namespace

Individuals individuals_of(std::span<const double> values)
{
    if (values.empty()) return {};
    Individuals out{std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()), 0};
    double ranges = 0;
    for (std::size_t i = 1; i < values.size(); ++i) ranges += std::abs(values[i] - values[i - 1]);
    if (values.size() > 1) out.width = 3 * ranges / static_cast<double>(values.size() - 1) / moving_range_d2;
    return out;
}

ControlChart i_chart(std::span<const double> values, std::size_t baseline)
{
    const auto individuals = individuals_of(baseline_of(values, baseline));
    return chart_about(values, individuals.mean, individuals.width);
}

ControlChart c_chart(std::span<const double> counts, std::size_t baseline)
{
    const auto centre = individuals_of(baseline_of(counts, baseline)).mean;
    return chart_about(counts, centre, 3 * std::sqrt(std::max(0.0, centre)));
}

} // namespace sluse
