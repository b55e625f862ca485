// gateway/track/attribute_chart.hpp — Shewhart's charts of counts: p of proportions, u of rates, and Laney's prime charts of both. Pure.
#pragma once

#include "gateway/track/chart.hpp"

namespace sluse {

// Of all four: the centre is the sum of the numerators over the sum of the denominators of the first `baseline` points (0: all); limits are
// three sigma about it by each point's own denominator. A point without denominator is never outside.

/// Proportions: sigma = √(p̄(1−p̄)/n), limits cut to [0, 1] (Montgomery, Statistical Quality Control, "Control charts for fraction nonconforming").
ControlChart p_chart(std::span<const Share> shares, std::size_t baseline = 0);
/// Events over time or area of opportunity: sigma = √(ū/n) (Montgomery, "Control charts for nonconformities per unit").
ControlChart u_chart(std::span<const Share> shares, std::size_t baseline = 0);
/// The p and u chart with limits widened by the points' own variation: sigma_z = mean moving range of z / 1.128, z in sigmas from the centre.
/// For large denominators, whose binomial or Poisson limits are too narrow (Laney 2002, Improved control charts for attributes).
ControlChart p_prime_chart(std::span<const Share> shares, std::size_t baseline = 0);
ControlChart u_prime_chart(std::span<const Share> shares, std::size_t baseline = 0);

} // namespace sluse
