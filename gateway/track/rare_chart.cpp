// gateway/track/rare_chart.cpp — days to the power of 1/3.6, a chart of individuals, and back; cases by the geometric distribution.
#include "gateway/track/rare_chart.hpp"

#include "gateway/track/value_chart.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sluse {
namespace {

constexpr double nelson = 3.6;

double back(double y) { return y > 0 ? std::pow(y, nelson) : 0; }

/// The same line and limits for every point, and who is outside.
void add_limits(BetweenChart& out, double centre, double lower, double upper)
{
    out.chart.centre = centre;
    for (const auto value : out.between) {
        out.chart.points.push_back({lower, upper, value < lower || value > upper});
        out.chart.signal |= out.chart.points.back().outside;
    }
    out.since_outside = out.since_last > upper;
}

} // namespace

std::optional<BetweenChart> time_chart(std::span<const Day> events, Day today, std::size_t baseline)
{
    if (events.size() < 3) return {};
    BetweenChart out;
    out.since_last = static_cast<double>(std::max(0, today - events.back()));
    for (std::size_t i = 1; i < events.size(); ++i) out.between.push_back(static_cast<double>(events[i] - events[i - 1]));
    const auto base = baseline_of(std::span<const double>(out.between), baseline);
    std::vector<double> transformed;
    for (const auto days : base) transformed.push_back(std::pow(days, 1 / nelson));
    const auto [mean, width] = individuals_of(transformed);
    add_limits(out, back(mean), back(mean - width), back(mean + width));
    return out;
}

std::optional<BetweenChart> cases_chart(std::span<const std::int64_t> events, std::int64_t cases, std::size_t baseline)
{
    if (events.size() < 3) return {};
    BetweenChart out;
    out.since_last = static_cast<double>(std::max<std::int64_t>(0, cases - events.back()));
    for (std::size_t i = 1; i < events.size(); ++i) out.between.push_back(static_cast<double>(std::max<std::int64_t>(0, events[i] - events[i - 1] - 1)));
    const auto base = baseline_of(std::span<const double>(out.between), baseline);
    const auto mean = std::accumulate(base.begin(), base.end(), 0.0) / static_cast<double>(base.size());
    add_limits(out, mean, 0, mean + 3 * std::sqrt(mean * (mean + 1)));
    return out;
}

std::vector<std::int64_t> spread_over(std::int64_t cases, std::int64_t events)
{
    std::vector<std::int64_t> out;
    for (std::int64_t i = 0; i < events; ++i) out.push_back(std::min(cases, cases * (2 * i + 1) / (2 * events) + 1));
    return out;
}

} // namespace sluse
