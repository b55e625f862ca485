// gateway/serve/chart_json.cpp — reads ?chart= and ?baseline=, writes phases, points and limits.
#include "gateway/serve/chart_json.hpp"

#include "gateway/serve/number_json.hpp"

#include <charconv>

namespace sluse::serve {
namespace {

constexpr std::size_t baseline_min = 3, baseline_max = 1'000;

Fault wrong(std::string text) { return {Errc::refused, std::move(text)}; }

std::optional<std::size_t> baseline_in(std::string_view text)
{
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < baseline_min || number > baseline_max) return {};
    return number;
}

/// What the rows asked for must be, for the chart to be made of them.
std::string unfit(const ChartAsked& asked, const Pack& pack, const CellQuery& query)
{
    if (asked.kind && !fits(*asked.kind, pack)) return "chart=" + std::string(name(*asked.kind)) + " is not for an indicator of kind " + pack.kind + "; chart=usual fits";
    if (asked.kind && compares_groups(*asked.kind)) return query.by.empty() ? "a funnel compares groups: say by=" : "";
    if (query.period == PeriodKind::all) return "a chart over time needs a period of day, week, month, quarter or year";
    if (asked.kind && needs_days(*asked.kind) && (query.period != PeriodKind::day || !query.authorised)) return "chart=" + std::string(name(*asked.kind)) + " needs period=day and exact=true: days with few events are hidden";
    return {};
}

void write_limits(Json& json, std::string_view key, const std::optional<Limits>& limits)
{
    if (limits) json.key(key).begin().field("lower", limits->lower).field("upper", limits->upper).field("outside", limits->outside).end();
}

void write_rules(Json& json, const RunChart& rules)
{
    json.key("rules").begin().field("median", rules.median).field("useful", rules.useful).field("longestRun", rules.longest_run).field("runLimit", rules.run_limit);
    json.field("crossings", rules.crossings).field("crossingLimit", rules.crossing_limit).field("signal", rules.signal).end();
}

void write_point(Json& json, const ChartPoint& point)
{
    json.begin().field("period", point.period).field("group", point.group).field("value", point.value).field("provisional", point.provisional);
    write_limits(json, "limits", point.limits);
    write_limits(json, "warning", point.warning);
    if (point.spread) json.field("spread", *point.spread);
    write_limits(json, "spreadLimits", point.spread_limits);
    json.end();
}

void write_phase(Json& json, const ChartPhase& phase)
{
    json.begin().field("from", phase.points.front().period);
    if (!phase.why.en.empty()) write_title(json, "why", phase.why);
    json.field("baseline", phase.baseline).field("centre", phase.centre).field("sigmaZ", phase.sigma_z);
    if (phase.spread_centre) json.field("spreadCentre", *phase.spread_centre);
    if (phase.dispersion) json.key("dispersion").begin().field("phi", phase.dispersion->phi).field("tau", phase.dispersion->tau).end();
    json.field("signal", phase.signal);
    if (phase.rules) write_rules(json, *phase.rules);
    json.key("points").list();
    for (const auto& point : phase.points) write_point(json, point);
    json.end_list().end();
}

void write_chart(Json& json, const IndicatorChart& chart)
{
    json.begin().field("kind", name(chart.kind)).field("group", chart.group).key("phases").list();
    for (const auto& phase : chart.phases) write_phase(json, phase);
    json.end_list();
    if (const auto& since = chart.since_last) {
        json.key("sinceLast").begin().field("on", iso(since->on)).field("days", since->days);
        if (since->cases) json.field("cases", *since->cases);
        json.field("outside", since->outside).end();
    }
    json.key("annotations").list();
    for (const auto& note : chart.annotations) {
        json.begin().field("on", iso(note.on));
        write_title(json, "text", note.text);
        json.end();
    }
    json.end_list().end();
}

} // namespace

Result<ChartAsked> read_chart(const Call& call, const Pack& pack, const CellQuery& query)
{
    ChartAsked asked;
    const auto chart = call.parameter("chart"), baseline = call.parameter("baseline");
    asked.wanted = !chart.empty();
    if (!baseline.empty()) {
        const auto number = baseline_in(baseline);
        if (!number || !asked.wanted) return wrong("baseline is a number of points from 3 to 1000, with chart=");
        asked.baseline = *number;
    }
    if (!asked.wanted) return asked;
    asked.kind = chart_kind(chart);
    if (!asked.kind && chart != "usual") return wrong("chart is usual, run, i, c, p, p-prime, u, u-prime, xbar-s, t, g, funnel or funnel-adjusted");
    if (auto text = unfit(asked, pack, query); !text.empty()) return wrong(std::move(text));
    return asked;
}

void write_charts(Json& json, const ChartAsked& asked, const Pack& pack, const CellQuery& query, std::span<const CellRow> rows, const std::shared_ptr<const ChartNotes>& notes)
{
    const ChartQuestion question{pack, asked.kind ? *asked.kind : usual_chart(pack, rows), query.by, asked.baseline, query.today};
    static const ChartNotes none;
    json.key("charts").list();
    for (const auto& chart : charts_of(question, rows, notes ? *notes : none)) write_chart(json, chart);
    json.end_list();
}

} // namespace sluse::serve
