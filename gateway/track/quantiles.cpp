// gateway/track/quantiles.cpp — Boost's quantiles, rounded up to the count that first reaches the probability; edges that it takes for faults.
#include "gateway/track/quantiles.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/poisson.hpp>

#include <algorithm>

namespace sluse {
namespace {

namespace policies = boost::math::policies;
using RoundUp = policies::policy<policies::discrete_quantile<policies::integer_round_up>>;
constexpr double surely = 1 - 1e-15; ///< the quantile of 1 is without end

} // namespace

std::int64_t binomial_quantile(double q, std::int64_t trials, double p)
{
    if (trials <= 0 || p <= 0 || q <= 0) return 0;
    if (p >= 1 || q >= 1) return trials;
    return static_cast<std::int64_t>(quantile(boost::math::binomial_distribution<double, RoundUp>(static_cast<double>(trials), p), q));
}

std::int64_t poisson_quantile(double q, double mean)
{
    if (mean <= 0 || q <= 0) return 0;
    return static_cast<std::int64_t>(quantile(boost::math::poisson_distribution<double, RoundUp>(mean), std::min(q, surely)));
}

} // namespace sluse
