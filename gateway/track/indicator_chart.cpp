// gateway/track/indicator_chart.cpp — rows into series, series into phases, phases into one of the charts.
#include "gateway/track/indicator_chart.hpp"

#include "gateway/track/attribute_chart.hpp"
#include "gateway/track/measure_chart.hpp"
#include "gateway/track/rare_chart.hpp"
#include "gateway/track/value_chart.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace sluse {
namespace {

constexpr double large_cases = 2'000, large_days = 60'000;
constexpr std::array<std::string_view, 12> names{"run", "i", "c", "p", "p-prime", "u", "u-prime", "xbar-s", "t", "g", "funnel", "funnel-adjusted"};

using Series = std::vector<const CellRow*>;

Limits scaled(Limits limits, double scale)
{
    limits.lower *= scale;
    limits.upper *= scale;
    return limits;
}

std::vector<Share> shares_of(std::span<const CellRow* const> rows)
{
    std::vector<Share> out;
    for (const auto* row : rows) out.push_back({row->numerator, row->denominator});
    return out;
}

ChartPoint point_of(const CellRow& row)
{
    ChartPoint point;
    point.period = row.period;
    point.group = row.group;
    point.value = row.value.value_or(0);
    point.provisional = row.provisional;
    return point;
}

/// Points that are not mature are never outside.
Limits judged(Limits limits, const ChartPoint& point, bool& signal)
{
    limits.outside = limits.outside && !point.provisional;
    signal |= limits.outside;
    return limits;
}

void add_attribute_limits(const ChartQuestion& question, std::span<const CellRow* const> rows, ChartPhase& phase)
{
    const auto make = attribute_chart(question.kind);
    if (!make) return;
    const auto chart = make(shares_of(rows), phase.baseline);
    const auto scale = unit_scale(question.pack);
    phase.centre = chart.centre * scale;
    phase.sigma_z = chart.sigma_z;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i]->denominator > 0) phase.points[i].limits = judged(scaled(chart.points[i], scale), phase.points[i], phase.signal);
}

void add_measure_limits(std::span<const CellRow* const> rows, ChartPhase& phase)
{
    std::vector<Measured> measured;
    for (const auto* row : rows) measured.push_back({row->values, row->value.value_or(0), row->deviation});
    const auto chart = measure_chart(measured, phase.baseline);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto& point = phase.points[i];
        point.spread = rows[i]->deviation;
        if (!chart) continue;
        if (chart->mean_known[i]) point.limits = judged(chart->mean.points[i], point, phase.signal);
        if (chart->spread_known[i]) point.spread_limits = judged(chart->spread.points[i], point, phase.signal);
    }
    if (!chart) return;
    phase.centre = chart->mean.centre;
    phase.spread_centre = chart->spread.centre;
}

void add_value_limits(const ChartQuestion& question, ChartPhase& phase)
{
    std::vector<double> values;
    for (const auto& point : phase.points) values.push_back(point.value);
    const auto chart = question.kind == ChartKind::c ? c_chart(values, phase.baseline) : i_chart(values, phase.baseline);
    phase.centre = chart.centre;
    for (std::size_t i = 0; i < values.size(); ++i) phase.points[i].limits = judged(chart.points[i], phase.points[i], phase.signal);
}

/// Limits of the kind asked for; a run chart has none.
void add_limits(const ChartQuestion& question, std::span<const CellRow* const> rows, ChartPhase& phase)
{
    switch (question.kind) {
    case ChartKind::run: return;
    case ChartKind::i:
    case ChartKind::c: return add_value_limits(question, phase);
    case ChartKind::xbar_s: return add_measure_limits(rows, phase);
    default: add_attribute_limits(question, rows, phase);
    }
}

/// Anhøj's rules on the mature points, against the median of the baseline; the line of a run chart is that median.
void add_rules(const ChartQuestion& question, ChartPhase& phase)
{
    std::vector<double> values;
    for (const auto& point : phase.points)
        if (!point.provisional) values.push_back(point.value);
    phase.rules = run_chart(values, phase.baseline);
    if (question.kind == ChartKind::run || (question.kind == ChartKind::xbar_s && !phase.spread_centre)) phase.centre = phase.rules->median;
}

std::optional<ChartPhase> phase_of(const ChartQuestion& question, std::span<const CellRow* const> rows, const ChartPhaseStart* start)
{
    const auto young = std::ranges::find_if(rows, [](const CellRow* row) { return row->provisional; });
    const auto mature = static_cast<std::size_t>(young - rows.begin());
    if (mature == 0) return {};
    ChartPhase phase;
    if (start) phase.why = start->note.text;
    const auto asked = start && start->baseline > 0 ? start->baseline : question.baseline;
    phase.baseline = asked > 0 ? std::min(asked, mature) : mature;
    for (const auto* row : rows) phase.points.push_back(point_of(*row));
    add_limits(question, rows, phase);
    add_rules(question, phase);
    return phase;
}

IndicatorChart chart_over_time(const ChartQuestion& question, const Series& series, const ChartPlace& place, const ChartNotes& notes)
{
    IndicatorChart chart;
    chart.kind = question.kind;
    chart.group = place.group;
    const auto rows = std::span(series);
    std::size_t begin = 0;
    const ChartPhaseStart* current = nullptr;
    const auto close = [&](std::size_t end) {
        if (begin == end) return;
        if (auto phase = phase_of(question, rows.subspan(begin, end - begin), current)) chart.phases.push_back(std::move(*phase));
        begin = end;
    };
    for (const auto& start : notes.phases) {
        if (!start.note.about(place)) continue;
        const auto first = std::ranges::find_if(series, [&](const CellRow* row) { return *row->begin >= start.note.on; });
        close(static_cast<std::size_t>(first - series.begin()));
        current = &start;
    }
    close(series.size());
    return chart;
}

struct Events {
    std::vector<Day> days;
    std::vector<std::int64_t> cases; ///< up to and with each
    std::vector<const CellRow*> rows;
    std::int64_t cases_in_all{};
};

/// Of day rows: every event on its day, and its place among the cases.
Events events_of(const Series& series)
{
    constexpr std::int64_t events_max = 100'000;
    Events out;
    for (const auto* row : series) {
        const auto room = events_max - static_cast<std::int64_t>(out.days.size());
        for (const auto place : spread_over(row->denominator, std::min(row->numerator, room))) {
            out.days.push_back(*row->begin);
            out.cases.push_back(out.cases_in_all + place);
            out.rows.push_back(row);
        }
        out.cases_in_all += row->denominator;
    }
    return out;
}

IndicatorChart chart_between(const ChartQuestion& question, const Series& series, const std::string& group)
{
    IndicatorChart out;
    out.kind = question.kind;
    out.group = group;
    const auto events = events_of(series);
    if (events.days.empty()) return out;
    out.since_last = SinceLast{events.days.back(), question.today - events.days.back(), {}, false};
    const bool days = question.kind == ChartKind::t;
    if (!days) out.since_last->cases = events.cases_in_all - events.cases.back();
    const auto chart = days ? time_chart(events.days, question.today, question.baseline) : cases_chart(events.cases, events.cases_in_all, question.baseline);
    if (!chart) return out;
    out.since_last->outside = chart->since_outside;
    ChartPhase phase;
    phase.baseline = baseline_of(std::span(chart->between), question.baseline).size();
    phase.centre = chart->chart.centre;
    phase.signal = chart->chart.signal;
    for (std::size_t i = 0; i < chart->between.size(); ++i) {
        auto& point = phase.points.emplace_back(point_of(*events.rows[i + 1]));
        point.value = chart->between[i];
        point.limits = chart->chart.points[i];
    }
    phase.rules = run_chart(chart->between, phase.baseline);
    out.phases.push_back(std::move(phase));
    return out;
}

IndicatorChart funnel_of(const ChartQuestion& question, const Series& groups)
{
    IndicatorChart out;
    out.kind = question.kind;
    const auto shares = shares_of(groups);
    const auto limits = make_funnel(shares, question.pack.kind == "rate" ? Counts::of_time : Counts::of_cases, question.kind == ChartKind::funnel_adjusted);
    const auto scale = unit_scale(question.pack);
    auto& phase = out.phases.emplace_back();
    phase.baseline = groups.size();
    phase.centre = limits.centre * scale;
    if (limits.dispersion) phase.dispersion = Dispersion{limits.dispersion->phi, limits.dispersion->tau * scale};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        auto& point = phase.points.emplace_back(point_of(*groups[i]));
        point.limits = scaled(limits.outer[i], scale); // all are as young as each other: what is provisional is compared too
        point.warning = scaled(limits.inner[i], scale);
        phase.signal |= point.limits->outside;
    }
    return out;
}

} // namespace

std::string_view name(ChartKind kind) { return names[static_cast<std::size_t>(kind)]; }

std::optional<ChartKind> chart_kind(std::string_view text)
{
    const auto found = std::ranges::find(names, text);
    if (found == names.end()) return {};
    return static_cast<ChartKind>(found - names.begin());
}

bool fits(ChartKind kind, const Pack& pack)
{
    switch (kind) {
    case ChartKind::run:
    case ChartKind::i: return true;
    case ChartKind::c: return pack.kind == "count";
    case ChartKind::p:
    case ChartKind::p_prime: return pack.kind == "proportion";
    case ChartKind::u:
    case ChartKind::u_prime: return pack.kind == "rate";
    case ChartKind::xbar_s: return pack.kind == "duration";
    case ChartKind::t: return pack.kind == "proportion" || pack.kind == "rate" || pack.kind == "count";
    case ChartKind::g:
    case ChartKind::funnel:
    case ChartKind::funnel_adjusted: return pack.kind == "proportion" || pack.kind == "rate";
    }
    return false;
}

double unit_scale(const Pack& pack)
{
    if (pack.kind == "rate") return pack.per_days;
    return pack.unit == "%" ? 100 : 1;
}

AttributeChart attribute_chart(ChartKind kind)
{
    switch (kind) {
    case ChartKind::p: return p_chart;
    case ChartKind::p_prime: return p_prime_chart;
    case ChartKind::u: return u_chart;
    case ChartKind::u_prime: return u_prime_chart;
    default: return nullptr;
    }
}

ChartKind usual_chart(const Pack& pack, std::span<const CellRow> rows)
{
    if (pack.kind == "duration") return ChartKind::xbar_s;
    const bool proportion = pack.kind == "proportion";
    if (!proportion && pack.kind != "rate") return ChartKind::run;
    double sum = 0, shown = 0;
    for (const auto& row : rows)
        if (!row.suppressed && row.denominator > 0) sum += static_cast<double>(row.denominator), ++shown;
    const bool large = shown > 0 && sum / shown >= (proportion ? large_cases : large_days);
    if (proportion) return large ? ChartKind::p_prime : ChartKind::p;
    return large ? ChartKind::u_prime : ChartKind::u;
}

std::vector<IndicatorChart> charts_of(const ChartQuestion& question, std::span<const CellRow> rows, const ChartNotes& notes)
{
    const bool across = compares_groups(question.kind);
    std::map<std::string, Series> all; // by group; of funnels by period
    for (const auto& row : rows) {
        if (row.suppressed || !row.value || (row.begin && *row.begin > question.today)) continue; // a slip in the date is no point
        if (across ? row.denominator > 0 : row.begin.has_value()) all[across ? row.period : row.group].push_back(&row);
    }
    std::vector<IndicatorChart> out;
    for (auto& [key, series] : all) {
        if (across) {
            out.push_back(funnel_of(question, series));
            continue;
        }
        std::ranges::stable_sort(series, {}, [](const CellRow* row) { return *row->begin; });
        const ChartPlace place{question.pack.id, question.by, key};
        auto chart = needs_days(question.kind) ? chart_between(question, series, key) : chart_over_time(question, series, place, notes);
        for (const auto& note : notes.annotations)
            if (note.about(place)) chart.annotations.push_back(note);
        if (!chart.phases.empty() || chart.since_last) out.push_back(std::move(chart));
    }
    return out;
}

} // namespace sluse
