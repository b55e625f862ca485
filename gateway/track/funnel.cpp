// gateway/track/funnel.cpp — limits as counts, so that no rounding decides who is outside.
#include "gateway/track/funnel.hpp"

#include <cmath>
#include <numbers>

namespace sluse {
namespace {

constexpr double inner_tail = 0.025, outer_tail = 0.001;

Limits limits_of(const Share& s, std::int64_t low, std::int64_t high)
{
    const auto n = static_cast<double>(s.denominator);
    return {static_cast<double>(low) / n, static_cast<double>(high) / n, s.numerator < low || s.numerator > high};
}

Limits binomial_limits(const Share& s, double p, double tail)
{
    if (s.denominator <= 0) return {0, 1, false};
    return limits_of(s, binomial_quantile(tail, s.denominator, p), binomial_quantile(1 - tail, s.denominator, p));
}

Limits poisson_limits(const Share& s, double rate, double tail)
{
    if (s.denominator <= 0) return {};
    const auto expected = rate * static_cast<double>(s.denominator);
    return limits_of(s, poisson_quantile(tail, expected), poisson_quantile(1 - tail, expected));
}

Funnel funnel_of(std::span<const Share> shares, Limits (*limits)(const Share& s, double centre, double tail))
{
    Funnel out;
    out.centre = mean_of(shares);
    for (const auto& s : shares) {
        out.inner.push_back(limits(s, out.centre, inner_tail));
        out.outer.push_back(limits(s, out.centre, outer_tail));
    }
    return out;
}

/// By Stirling's series, exact to the last digits from 100 on.
double log_poisson(double k, double mean)
{
    return k * std::log(mean / k) + k - mean - std::log(2 * std::numbers::pi * k) / 2 - 1 / (12 * k) + 1 / (360 * k * k * k);
}

} // namespace

Funnel funnel(std::span<const Share> shares) { return funnel_of(shares, binomial_limits); }
Funnel poisson_funnel(std::span<const Share> shares) { return funnel_of(shares, poisson_limits); }

std::int64_t poisson_quantile(double q, double mean)
{
    if (mean <= 0 || q <= 0) return 0;
    if (q >= 1) q = 1 - 1e-15;
    // Below twelve sigma nothing adds up to a digit that is kept, so that a million expected events cost thousands of steps only.
    auto k = std::floor(mean - 12 * std::sqrt(mean));
    if (k < 100) k = 0;
    auto log_probability = k > 0 ? log_poisson(k, mean) : -mean;
    const auto most = mean + 40 * std::sqrt(mean) + 100; // where rounding keeps the sum below q
    for (double cumulative = 0; k < most; ++k) {
        cumulative += std::exp(log_probability);
        if (cumulative >= q * (1 - 1e-12)) break;
        log_probability += std::log(mean) - std::log(k + 1);
    }
    return static_cast<std::int64_t>(k);
}

} // namespace sluse
