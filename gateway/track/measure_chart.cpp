// gateway/track/measure_chart.cpp — pooled spread and the constants of x̄-s charts, computed, not looked up.
#include "gateway/track/measure_chart.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sluse {
namespace {

struct Pooled {
    double mean{}, deviation{};
};

std::optional<Pooled> pool(std::span<const Measured> points)
{
    double count = 0, sum = 0, freedom = 0, squares = 0;
    for (const auto& p : points) {
        if (p.count <= 0) continue;
        const auto n = static_cast<double>(p.count);
        count += n;
        sum += n * p.mean;
        if (p.count < 2 || !p.deviation) continue;
        freedom += n - 1;
        squares += (n - 1) * *p.deviation * *p.deviation;
    }
    if (freedom <= 0) return {};
    return Pooled{sum / count, std::sqrt(squares / freedom)};
}

/// Adds a point's limits, or that it has none.
void add(ControlChart& chart, std::vector<bool>& known, std::optional<double> value, double lower, double upper)
{
    known.push_back(value.has_value());
    auto& point = chart.points.emplace_back();
    if (!value) return;
    point = {std::max(0.0, lower), upper, false};
    point.outside = *value < point.lower || *value > point.upper;
    chart.signal |= point.outside;
}

double b_width(std::int64_t count)
{
    const auto c = c4(count);
    return 3 * std::sqrt(std::max(0.0, 1 - c * c)) / c;
}

} // namespace

std::optional<MeasureChart> measure_chart(std::span<const Measured> points, std::size_t baseline)
{
    const auto pooled = pool(baseline_of(points, baseline));
    if (!pooled) return {};
    MeasureChart out;
    out.mean.centre = pooled->mean;
    out.spread.centre = pooled->deviation;
    for (const auto& p : points) {
        const bool several = p.count >= 2;
        const auto width = several ? a3(p.count) * pooled->deviation : 0;
        add(out.mean, out.mean_known, several ? std::optional(p.mean) : std::nullopt, pooled->mean - width, pooled->mean + width);
        const auto deviation = several ? p.deviation : std::nullopt;
        add(out.spread, out.spread_known, deviation, several ? b3(p.count) * pooled->deviation : 0, several ? b4(p.count) * pooled->deviation : 0);
    }
    return out;
}

double c4(std::int64_t count)
{
    constexpr std::int64_t steps_max = 1'000;
    const auto n = static_cast<double>(count);
    if (count > steps_max) return 1 - 1 / (4 * n) - 7 / (32 * n * n); // its series; what is left out is below 1e-9
    auto c = std::sqrt(2 / std::numbers::pi);                          // of two
    for (std::int64_t k = 2; k < count; ++k) c = std::sqrt(static_cast<double>(k - 1) / static_cast<double>(k)) / c; // c4(k) c4(k+1) = √((k−1)/k)
    return c;
}

double a3(std::int64_t count) { return 3 / (c4(count) * std::sqrt(static_cast<double>(count))); }
double b3(std::int64_t count) { return std::max(0.0, 1 - b_width(count)); }
double b4(std::int64_t count) { return 1 + b_width(count); }

} // namespace sluse
