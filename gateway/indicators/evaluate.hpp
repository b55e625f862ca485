// gateway/indicators/evaluate.hpp — one indicator's rule over one person's timeline: contributions out. Pure.
#pragma once

#include "gateway/indicators/definition.hpp"
#include "gateway/model/contribution.hpp"
#include "gateway/timeline/timeline.hpp"

namespace sluse {

/// Sorted. Local days are Europe/Copenhagen's.
std::vector<Contribution> evaluate(const Definition& rule, const Regions& regions, const Timeline& timeline);

/// Five-year band of an age in whole years: "0-4" … "85-89", "90+"; empty below 0.
std::string age_band(int years);

} // namespace sluse
