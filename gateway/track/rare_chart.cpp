// gateway/track/rare_chart.cpp — days to the power of 1/3.6, a chart of individuals, and back.
#include "gateway/track/rare_chart.hpp"

#include <algorithm>
#include <cmath>

namespace sluse {
namespace {

constexpr double nelson = 3.6;

double back(double y) { return y > 0 ? std::pow(y, nelson) : 0; }

} // namespace

std::optional<TimeChart> time_chart(std::span<const Day> events, Day today, std::size_t baseline)
{
    if (events.size() < 3) return {};
    TimeChart out;
    for (std::size_t i = 1; i < events.size(); ++i) out.between.push_back(static_cast<double>(events[i] - events[i - 1]));
    const auto base = baseline_of(std::span<const double>(out.between), baseline);
    double sum = 0, ranges = 0, before = 0;
    for (std::size_t i = 0; i < base.size(); ++i) {
        const auto y = std::pow(base[i], 1 / nelson);
        sum += y;
        if (i > 0) ranges += std::abs(y - before);
        before = y;
    }
    const auto mean = sum / static_cast<double>(base.size());
    const auto width = base.size() > 1 ? 3 * ranges / static_cast<double>(base.size() - 1) / moving_range_d2 : 0;
    out.chart.centre = back(mean);
    for (const auto days : out.between) {
        auto& point = out.chart.points.emplace_back(Limits{back(mean - width), back(mean + width), false});
        point.outside = days < point.lower || days > point.upper;
        out.chart.signal |= point.outside;
    }
    out.since_last = static_cast<double>(std::max(0, today - events.back()));
    out.since_outside = out.since_last > out.chart.points.front().upper;
    return out;
}

} // namespace sluse
