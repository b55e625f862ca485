// gateway/track/funnel.cpp — limits as counts, so that no rounding decides who is outside; and the variance between units.
#include "gateway/track/funnel.hpp"

#include "gateway/track/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluse {
namespace {

constexpr double inner_tail = 0.025, outer_tail = 0.001;
constexpr double inner_z = 1.959963984540054, outer_z = 3.090232306167813; ///< the normal's, of the same tails
constexpr double winsorised = 0.1;

double ratio(const Share& s) { return static_cast<double>(s.numerator) / static_cast<double>(s.denominator); }

Limits exact_limits(const Share& s, Counts counts, double centre, double tail)
{
    if (s.denominator <= 0) return {0, counts == Counts::of_cases ? 1.0 : 0.0, false};
    const auto n = static_cast<double>(s.denominator);
    const auto quantile = [&](double q) { return counts == Counts::of_cases ? binomial_quantile(q, s.denominator, centre) : poisson_quantile(q, centre * n); };
    const auto low = quantile(tail), high = quantile(1 - tail);
    return {static_cast<double>(low) / n, static_cast<double>(high) / n, s.numerator < low || s.numerator > high};
}

double variance_of(const Share& s, Counts counts, double centre)
{
    return (counts == Counts::of_cases ? centre * (1 - centre) : centre) / static_cast<double>(s.denominator);
}

/// With a part between two neighbours, as R's default does it.
double percentile(const std::vector<double>& sorted, double q)
{
    const auto at = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const auto above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Dispersion dispersion_of(std::span<const Share> shares, Counts counts, double centre)
{
    std::vector<double> zs;
    double weights = 0, squares = 0;
    for (const auto& s : shares) {
        const auto variance = s.denominator > 0 ? variance_of(s, counts, centre) : 0;
        if (variance <= 0) continue; // no denominator, or nothing can vary
        zs.push_back((ratio(s) - centre) / std::sqrt(variance));
        weights += 1 / variance;
        squares += 1 / (variance * variance);
    }
    if (zs.empty()) return {};
    std::ranges::sort(zs);
    const auto low = percentile(zs, winsorised), high = percentile(zs, 1 - winsorised);
    double sum = 0;
    for (const auto z : zs) sum += std::pow(std::clamp(z, low, high), 2);
    const auto units = static_cast<double>(zs.size());
    const auto more = sum - (units - 1), divisor = weights - squares / weights;
    return {sum / units, more > 0 && divisor > 0 ? std::sqrt(more / divisor) : 0};
}

Limits wide_limits(const Share& s, Counts counts, const Funnel& funnel, double z)
{
    const auto most = counts == Counts::of_cases ? 1.0 : std::numeric_limits<double>::infinity();
    const auto width = z * std::sqrt(variance_of(s, counts, funnel.centre) + std::pow(funnel.dispersion->tau, 2));
    Limits limits{std::max(0.0, funnel.centre - width), std::min(most, funnel.centre + width), false};
    limits.outside = ratio(s) < limits.lower || ratio(s) > limits.upper;
    return limits;
}

} // namespace

Funnel make_funnel(std::span<const Share> shares, Counts counts, bool adjusted)
{
    Funnel out;
    out.centre = mean_of(shares);
    if (adjusted) out.dispersion = dispersion_of(shares, counts, out.centre);
    const bool wide = out.dispersion && out.dispersion->tau > 0;
    for (const auto& s : shares) {
        const bool use_wide = wide && s.denominator > 0;
        out.inner.push_back(use_wide ? wide_limits(s, counts, out, inner_z) : exact_limits(s, counts, out.centre, inner_tail));
        out.outer.push_back(use_wide ? wide_limits(s, counts, out, outer_z) : exact_limits(s, counts, out.centre, outer_tail));
    }
    return out;
}

} // namespace sluse
