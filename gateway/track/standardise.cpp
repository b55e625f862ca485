// gateway/track/standardise.cpp — strata to weights, weights to rates, and gamma quantiles for the intervals.
#include "gateway/track/standardise.hpp"

#include "gateway/track/indicator_chart.hpp"

#include <boost/math/special_functions/gamma.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace sluse {
namespace {

constexpr double tail = 0.025, normal_z = 1.959963984540054;

/// Quantile of a gamma distribution with the given mean and variance.
double gamma_quantile(double q, double mean, double variance)
{
    return mean > 0 && variance > 0 ? boost::math::gamma_p_inv(mean * mean / variance, q) * variance / mean : 0;
}

using Strata = std::map<std::string, Share, std::less<>>; ///< by sex and age band, "female|65-69"

void add(Strata& strata, std::string_view stratum, const CellRow& row)
{
    auto& share = strata[std::string(stratum)];
    share.numerator += row.numerator;
    share.denominator += row.denominator;
}

/// All periods' strata, of each group and of the whole country.
struct Country {
    std::map<std::string, Strata> whole;
    std::map<std::pair<std::string, std::string>, Strata> groups; ///< by period and region; "" is the total

    explicit Country(std::span<const CellRow> strata)
    {
        for (const auto& row : strata) {
            const auto bar = row.group.find('|');
            if (row.suppressed || row.denominator <= 0 || bar == row.group.npos) continue;
            const auto stratum = std::string_view(row.group).substr(bar + 1);
            add(whole[row.period], stratum, row);
            add(groups[{row.period, row.group.substr(0, bar)}], stratum, row);
        }
    }
};

/// The strata under a key; none when there are none.
template <class Map> const Strata& found_or_none(const Map& map, const typename Map::key_type& key)
{
    static const Strata none;
    const auto found = map.find(key);
    return found == map.end() ? none : found->second;
}

double weight_of(const StandardQuestion& question, const Strata& whole, std::string_view stratum)
{
    if (!question.standard) {
        const auto found = whole.find(stratum);
        return found == whole.end() ? 0 : static_cast<double>(found->second.denominator);
    }
    const auto bar = stratum.find('|');
    const auto sex = stratum.substr(0, bar);
    if (sex != "female" && sex != "male") return 0; // a standard population knows no others
    const auto found = question.standard->weights.find(stratum.substr(bar + 1));
    return found == question.standard->weights.end() ? 0 : found->second / 2;
}

Counts counts_of(const Pack& pack) { return pack.kind == "rate" ? Counts::of_time : Counts::of_cases; }

/// True when the strata could be added up to something.
bool set_direct(const StandardQuestion& question, const Strata& mine, const Strata& whole, StandardRow& out, double& covered)
{
    std::vector<WeightedShare> strata;
    for (const auto& [stratum, share] : mine) {
        const auto weight = weight_of(question, whole, stratum);
        if (weight <= 0) continue;
        strata.push_back({share, weight});
        covered += static_cast<double>(share.denominator);
    }
    const auto rate = direct_rate(strata, counts_of(question.pack));
    if (!rate) return false;
    const auto scale = unit_scale(question.pack);
    out.value = rate->value * scale;
    out.interval = {rate->interval.lower * scale, rate->interval.upper * scale};
    return true;
}

bool set_indirect(const Strata& mine, const Strata& whole, StandardRow& out, double& covered)
{
    for (const auto& [stratum, share] : mine) {
        const auto all = whole.find(stratum)->second; // what is in a group is in the whole
        out.observed += share.numerator;
        out.expected += static_cast<double>(share.denominator) * static_cast<double>(all.numerator) / static_cast<double>(all.denominator);
        covered += static_cast<double>(share.denominator);
    }
    if (out.expected <= 0) return false;
    const auto observed = poisson_interval(out.observed);
    out.value = static_cast<double>(out.observed) / out.expected;
    out.interval = {observed.lower / out.expected, observed.upper / out.expected};
    return true;
}

StandardRow standard_row(const StandardQuestion& question, const CellRow& row, const Strata& mine, const Strata& whole)
{
    StandardRow out;
    out.period = row.period;
    out.group = row.group;
    out.provisional = row.provisional;
    out.suppressed = true;
    if (row.suppressed || row.denominator <= 0) return out;
    double covered = 0;
    const bool known = question.indirect ? set_indirect(mine, whole, out, covered) : set_direct(question, mine, whole, out, covered);
    // A stratum may be shown as it is now beside a row as it was, so that the parts hold a little more than the row.
    out.coverage = std::min(1.0, covered / static_cast<double>(row.denominator));
    out.suppressed = !known || out.coverage < coverage_least;
    return out;
}

} // namespace

Interval poisson_interval(std::int64_t count)
{
    const auto n = static_cast<double>(std::max<std::int64_t>(0, count));
    return {n > 0 ? boost::math::gamma_p_inv(n, tail) : 0, boost::math::gamma_p_inv(n + 1, 1 - tail)};
}

std::optional<DirectRate> direct_rate(std::span<const WeightedShare> strata, Counts counts)
{
    double weights = 0, value = 0, variance = 0, largest = 0;
    for (const auto& [share, weight] : strata)
        if (share.denominator > 0) weights += weight;
    if (weights <= 0) return {};
    for (const auto& [share, weight] : strata) {
        if (share.denominator <= 0) continue;
        const auto n = static_cast<double>(share.denominator), y = static_cast<double>(share.numerator), w = weight / weights / n;
        value += w * y;
        variance += w * w * (counts == Counts::of_cases ? std::max(0.0, y * (1 - y / n)) : y);
        largest = std::max(largest, w);
    }
    DirectRate out{value, {}};
    if (counts == Counts::of_cases) {
        const auto width = normal_z * std::sqrt(variance);
        out.interval = {std::max(0.0, value - width), std::min(1.0, value + width)};
    } else {
        out.interval = {gamma_quantile(tail, value, variance), gamma_quantile(1 - tail, value + largest, variance + largest * largest)};
    }
    return out;
}

bool can_be_standardised(const Pack& pack) { return pack.kind == "proportion" || pack.kind == "rate"; }

std::vector<StandardRow> standardise(const StandardQuestion& question, std::span<const CellRow> rows, std::span<const CellRow> strata)
{
    const Country country(strata);
    const bool by_region = std::ranges::any_of(rows, [](const CellRow& row) { return !row.group.empty(); });
    std::vector<StandardRow> out;
    for (const auto& row : rows) {
        const auto& whole = found_or_none(country.whole, row.period);
        out.push_back(standard_row(question, row, by_region ? found_or_none(country.groups, {row.period, row.group}) : whole, whole));
    }
    return out;
}

} // namespace sluse
