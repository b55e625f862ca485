// gateway/indicators/evaluate.hpp — one indicator's rule over one person's timeline: contributions out. Pure.
#pragma once

#include "gateway/indicators/definition.hpp"
#include "gateway/indicators/inputs.hpp"
#include "gateway/indicators/reading.hpp"
#include "gateway/model/contribution.hpp"

namespace sluse {

/// Appended, in no order, as views that live until the reading turns. Local days are Europe/Copenhagen's. Several rules over one reading share what they have in common.
void evaluate(const Definition& rule, const Regions& regions, Reading& reading, Part part, std::vector<ContributionView>& out);
/// What the views show, sorted.
std::vector<Contribution> sorted(std::span<const ContributionView> views);
/// Both parts, sorted.
std::vector<Contribution> evaluate(const Definition& rule, const Regions& regions, const Timeline& timeline);

/// Time at risk as contributions: denominator +1 on the day it begins, −1 on the day it ends, final on that day.
void add_steps(const Definition& rule, const Regions& regions, Reading& reading, std::vector<ContributionView>& out);

/// A published series. Of a report with a total and its parts each row shows what was published for it, and the rest of the total stands
/// under no part; without a total the coarsest parts make it. Municipalities make the regions when no region has a figure.
void add_figures(const Definition& rule, const Regions& regions, const Timeline& timeline, std::vector<Contribution>& out);

/// Whether something at `at` lies in the outcome's window after `after`.
bool in_window(const Outcome& rule, Millis after, Millis at);
/// Whom and where it counts for. Without a unit's item, the unit stays empty.
DimensionsView dimensions_of(const Definition& rule, const Regions& regions, Reading& reading, std::string_view unit, Day day);
/// A chain of things of which each replaces the one before is one: the last, that begins when the first did.
Items chained(const Items& all);
/// Which thing of this person, without naming it: the business key stays inside.
std::string_view episode_of(const Item& item);

/// Five-year band of an age in whole years: "0-4" … "85-89", "90+"; empty below 0.
std::string_view age_band(int years);

} // namespace sluse
