// gateway/track/funnel.hpp — funnel plots that compare units without ranking them: exact binomial and Poisson limits, or wider ones. Pure.
#pragma once

#include "gateway/track/chart.hpp"

namespace sluse {

/// How much more units differ than chance alone lets them: the mean square of the winsorised z, and the standard deviation between units.
struct Dispersion {
    double phi{}, tau{};
};
/// Limits about the mean of all: 95 % and 99.8 %, the funnel's usual two (Spiegelhalter 2005, Funnel plots for comparing institutional performance).
struct Funnel {
    double centre{};
    std::optional<Dispersion> dispersion; ///< when adjusted for it
    std::vector<Limits> inner, outer;
};
/// What the denominators are: cases, of which each is counted or not (binomial), or time at risk (Poisson).
enum class Counts { of_cases, of_time };

/// Exact limits. A unit without denominator has limits 0 and 1, or, of time, 0 and 0.
/// `adjusted`: for over-dispersion, by additive random effects (Spiegelhalter 2005, appendix A.3.2; DerSimonian and Laird's estimate): z of each unit,
/// winsorised at the 10th and 90th percentile, gives φ; when I φ is above I − 1, τ² = (I φ − (I − 1)) / (Σw − Σw²/Σw) with w = 1/s², and limits
/// are the mean ± z √(s² + τ²). Else chance explains it, τ is 0 and limits are the exact ones.
Funnel make_funnel(std::span<const Share> shares, Counts counts, bool adjusted = false);

} // namespace sluse
