// gateway/track/funnel.hpp — funnel plots that compare units without ranking them: exact binomial and Poisson limits. Pure.
#pragma once

#include "gateway/track/chart.hpp"

namespace sluse {

/// Limits about the mean of all: 95 % and 99.8 %, the funnel's usual two (Spiegelhalter 2005, Funnel plots for comparing institutional performance).
struct Funnel {
    double centre{};
    std::vector<Limits> inner, outer;
};
/// Of proportions: exact binomial limits. A unit without denominator has limits 0 and 1.
Funnel funnel(std::span<const Share> shares);
/// Of rates: exact Poisson limits of the events expected over the unit's time at risk. A unit without any has limits 0 and 0.
Funnel poisson_funnel(std::span<const Share> shares);

} // namespace sluse
