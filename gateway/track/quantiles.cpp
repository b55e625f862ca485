// gateway/track/quantiles.cpp — probabilities summed in logarithms, from below where they add up to a digit that is kept.
#include "gateway/track/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sluse {
namespace {

/// Below so many sigma nothing adds up to a digit that is kept, so that a million expected events cost thousands of steps only.
constexpr double sigmas = 12;
/// Where a sum that rounding keeps below its quantile is enough.
constexpr double slack = 1 - 1e-12;
constexpr double stirling_from = 32;

/// ln n! − (n ln n − n + ½ ln 2πn), by Stirling's series; its next term is below 1e-16 from 32 on. lgamma is not used: it writes a global.
double stirling_rest(double n)
{
    const auto n2 = n * n;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / 1680 / n2) / n2) / n2) / n;
}

/// n ln(n/m), exact also when they lie close together.
double deviance(double n, double m) { return n * -std::log1p((m - n) / n); }

/// Of k, of which 32 and more are on either side.
double log_binomial(double k, double n, double p)
{
    const auto m = n - k;
    return stirling_rest(n) - stirling_rest(k) - stirling_rest(m) - deviance(k, n * p) - deviance(m, n * (1 - p)) + std::log(n / (2 * std::numbers::pi * k * m)) / 2;
}

double log_poisson(double k, double mean) { return k - mean - deviance(k, mean) - std::log(2 * std::numbers::pi * k) / 2 - stirling_rest(k); }

/// Where the sum begins: 0, or so far up that Stirling's series holds.
double start_of(double mean, double sigma)
{
    const auto k = std::floor(mean - sigmas * sigma);
    return k < stirling_from ? 0 : k;
}

} // namespace

std::int64_t binomial_quantile(double q, std::int64_t trials, double p)
{
    if (trials <= 0 || p <= 0 || q <= 0) return 0;
    if (p >= 1 || q >= 1) return trials;
    const auto n = static_cast<double>(trials);
    const auto k_least = start_of(n * p, std::sqrt(n * p * (1 - p)));
    auto k = k_least > 0 ? std::min(k_least, n - stirling_from) : 0; // of nearly all the series holds from further below
    auto log_probability = k > 0 ? log_binomial(k, n, p) : n * std::log1p(-p);
    const auto log_odds = std::log(p) - std::log1p(-p);
    for (double cumulative = 0; k < n; ++k) {
        cumulative += std::exp(log_probability);
        if (cumulative >= q * slack) break;
        log_probability += std::log(n - k) - std::log(k + 1) + log_odds;
    }
    return static_cast<std::int64_t>(k);
}

std::int64_t poisson_quantile(double q, double mean)
{
    if (mean <= 0 || q <= 0) return 0;
    if (q >= 1) q = 1 - 1e-15;
    auto k = start_of(mean, std::sqrt(mean));
    auto log_probability = k > 0 ? log_poisson(k, mean) : -mean;
    const auto most = mean + 40 * std::sqrt(mean) + 100; // where rounding keeps the sum below q
    for (double cumulative = 0; k < most; ++k) {
        cumulative += std::exp(log_probability);
        if (cumulative >= q * slack) break;
        log_probability += std::log(mean) - std::log(k + 1);
    }
    return static_cast<std::int64_t>(k);
}

} // namespace sluse
