// gateway/track/attribute_chart.cpp — one way of making limits; the charts differ in a sigma.
#include "gateway/track/attribute_chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluse {
namespace {

struct Family {
    double (*sigma)(double centre, double n);
    double most; ///< no value is above it
    bool prime;
};

double binomial_sigma(double centre, double n) { return std::sqrt(std::max(0.0, centre * (1 - centre)) / n); }
double poisson_sigma(double centre, double n) { return std::sqrt(std::max(0.0, centre) / n); }

constexpr double unbounded = std::numeric_limits<double>::infinity();

double ratio(const Share& s) { return static_cast<double>(s.numerator) / static_cast<double>(s.denominator); }

/// 1 where it cannot be told: of fewer than two points, or all at 0 or 1.
double sigma_z_of(std::span<const Share> shares, double centre, const Family& family)
{
    double ranges = 0, before = 0;
    int known = 0;
    for (const auto& s : shares) {
        if (s.denominator <= 0) continue;
        const auto sigma = family.sigma(centre, static_cast<double>(s.denominator));
        if (sigma <= 0) return 1;
        const auto z = (ratio(s) - centre) / sigma;
        if (known++ > 0) ranges += std::abs(z - before);
        before = z;
    }
    return known < 2 ? 1 : ranges / (known - 1) / moving_range_d2;
}

ControlChart chart_of(std::span<const Share> shares, std::size_t baseline, const Family& family)
{
    ControlChart chart;
    const auto base = baseline_of(shares, baseline);
    chart.centre = mean_of(base);
    if (family.prime) chart.sigma_z = sigma_z_of(base, chart.centre, family);
    for (const auto& s : shares) {
        auto& point = chart.points.emplace_back(Limits{0, family.most, false});
        if (s.denominator <= 0) continue;
        const auto width = 3 * chart.sigma_z * family.sigma(chart.centre, static_cast<double>(s.denominator));
        point = {std::max(0.0, chart.centre - width), std::min(family.most, chart.centre + width), false};
        point.outside = ratio(s) < point.lower || ratio(s) > point.upper;
        chart.signal |= point.outside;
    }
    return chart;
}

} // namespace

ControlChart p_chart(std::span<const Share> shares, std::size_t baseline) { return chart_of(shares, baseline, {binomial_sigma, 1, false}); }
ControlChart u_chart(std::span<const Share> shares, std::size_t baseline) { return chart_of(shares, baseline, {poisson_sigma, unbounded, false}); }
ControlChart p_prime_chart(std::span<const Share> shares, std::size_t baseline) { return chart_of(shares, baseline, {binomial_sigma, 1, true}); }
ControlChart u_prime_chart(std::span<const Share> shares, std::size_t baseline) { return chart_of(shares, baseline, {poisson_sigma, unbounded, true}); }

} // namespace sluse
