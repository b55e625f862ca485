// gateway/track/indicator_chart.hpp — an indicator's published rows as charts: the kind that fits it, phases with lines of their own, in its unit. Pure.
#pragma once

#include "gateway/track/chart.hpp"
#include "gateway/track/chart_notes.hpp"
#include "gateway/track/funnel.hpp"
#include "gateway/track/tracker.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

enum class ChartKind { run, i, c, p, p_prime, u, u_prime, xbar_s, t, g, funnel, funnel_adjusted };
std::string_view name(ChartKind kind);
std::optional<ChartKind> chart_kind(std::string_view name);
/// Funnels: each point is a group, not a period.
inline bool compares_groups(ChartKind kind) { return kind == ChartKind::funnel || kind == ChartKind::funnel_adjusted; }
/// t and g: what lies between events, of day rows.
inline bool needs_days(ChartKind kind) { return kind == ChartKind::t || kind == ChartKind::g; }
/// Can the chart be made of this kind of indicator?
bool fits(ChartKind kind, const Pack& pack);
/// p of proportions, u of rates, x̄-s of durations, else a run chart; the prime charts when denominators are so large that binomial or Poisson
/// limits are too narrow: on average 2,000 cases, or 60,000 days at risk. Where that begins is our own choice; the literature gives no number.
ChartKind usual_chart(const Pack& pack, std::span<const CellRow> rows);

/// How much a ratio of a row's numbers is in the indicator's unit.
double unit_scale(const Pack& pack);
/// How limits are made of counts; null of charts that are not of counts.
using AttributeChart = ControlChart (*)(std::span<const Share> shares, std::size_t baseline);
AttributeChart attribute_chart(ChartKind kind);

struct ChartPoint {
    std::string period, group;
    double value{};
    bool provisional{};            ///< no part in line or rules, and never outside; in a funnel it is as the others
    std::optional<Limits> limits;  ///< three sigma; of a funnel 99.8 %
    std::optional<Limits> warning; ///< a funnel's 95 %
    std::optional<double> spread;  ///< x̄-s: the standard deviation
    std::optional<Limits> spread_limits;
};
struct ChartPhase {
    Title why;
    std::size_t baseline{};        ///< how many points the line is from
    double centre{}, sigma_z{1};
    std::optional<double> spread_centre;
    std::optional<Dispersion> dispersion; ///< of an adjusted funnel, in the indicator's unit
    bool signal{};                 ///< a point is outside
    std::optional<RunChart> rules; ///< Anhøj's, on the same points; none of funnels
    std::vector<ChartPoint> points;
};
struct SinceLast {
    Day on{};
    std::int64_t days{};
    std::optional<std::int64_t> cases; ///< g
    bool outside{};
};
struct IndicatorChart {
    ChartKind kind{};
    std::string group;  ///< empty of funnels
    std::vector<ChartPhase> phases;
    std::optional<SinceLast> since_last; ///< t and g
    std::vector<ChartNote> annotations;
};

struct ChartQuestion {
    const Pack& pack;
    ChartKind kind{};
    std::string by;
    std::size_t baseline{}; ///< of every phase that has none of its own
    Day today{};
};
/// A chart for each group; of funnels one for each period. A phase without a mature point is left out, as is what is suppressed.
std::vector<IndicatorChart> charts_of(const ChartQuestion& question, std::span<const CellRow> rows, const ChartNotes& notes);

} // namespace sluse
