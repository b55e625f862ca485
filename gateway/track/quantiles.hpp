// gateway/track/quantiles.hpp — exact quantiles of binomial and Poisson counts. Pure.
#pragma once

#include <cstdint>

namespace sluse {

/// Smallest k whose cumulative binomial probability is at least `q`.
std::int64_t binomial_quantile(double q, std::int64_t trials, double p);
/// Smallest k whose cumulative Poisson probability is at least `q`.
std::int64_t poisson_quantile(double q, double mean);

} // namespace sluse
