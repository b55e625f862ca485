// gateway/track/funnel.cpp — limits as counts, so that no rounding decides who is outside.
#include "gateway/track/funnel.hpp"

#include "gateway/track/quantiles.hpp"

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

} // namespace

Funnel funnel(std::span<const Share> shares) { return funnel_of(shares, binomial_limits); }
Funnel poisson_funnel(std::span<const Share> shares) { return funnel_of(shares, poisson_limits); }

} // namespace sluse
