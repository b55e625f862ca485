// gateway/track/standardise.hpp — numbers that sex and age no longer make different: directly and indirectly standardised, with intervals. Pure.
#pragma once

#include "gateway/track/funnel.hpp"
#include "gateway/track/standards.hpp"
#include "gateway/track/tracker.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluse {

struct Interval {
    double lower{}, upper{};
};
/// Exact 95 % interval of the mean of a Poisson count (Garwood 1936).
Interval poisson_interval(std::int64_t count);

/// One stratum of a group, and how many the standard has of it.
struct WeightedShare {
    Share share;
    double weight{};
};
struct DirectRate {
    double value{};
    Interval interval; ///< 95 %
};
/// Σ w·y/n / Σ w over strata with a denominator. Of time: the gamma interval (Fay and Feuer 1997); of cases: normal, with binomial variances, cut to
/// [0, 1]. Empty when no stratum has both weight and denominator.
std::optional<DirectRate> direct_rate(std::span<const WeightedShare> strata, Counts counts);

struct StandardQuestion {
    const Pack& pack;
    bool indirect{};                      ///< else direct
    const StandardPopulation* standard{}; ///< direct; null: the whole country's own distribution in the period
};
/// A row standardised. Hidden when its strata that are shown do not hold enough of it.
struct StandardRow {
    std::string period, group;
    bool suppressed{}, provisional{};
    double coverage{};                    ///< part of the row's denominator that is in strata that are shown and have a weight
    double value{};                       ///< direct: in the indicator's unit; indirect: observed over expected
    Interval interval;                    ///< of that, 95 %
    std::int64_t observed{};              ///< indirect
    double expected{};                    ///< indirect: had each of its strata what the whole country's has in the period
};
/// Below this part of a row in its shown strata, nothing is said.
constexpr double coverage_least = 0.95;
/// `rows` in total or by region, `strata` by region, sex and age band, of the same periods. Nothing is used but what both show.
std::vector<StandardRow> standardise(const StandardQuestion& question, std::span<const CellRow> rows, std::span<const CellRow> strata);
/// Is there something to standardise? Of proportions and rates.
bool can_be_standardised(const Pack& pack);

} // namespace sluse
