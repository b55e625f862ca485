// gateway/serve/standard_json.cpp — reads ?standardise= and ?standard=, writes rows with intervals and coverage.
#include "gateway/serve/standard_json.hpp"

#include "gateway/serve/number_json.hpp"

#include <algorithm>

namespace sluse::serve {
namespace {

constexpr std::string_view own = "own";

Fault wrong(std::string text) { return {Errc::refused, std::move(text)}; }

/// What cannot be standardised, and why.
std::string unfit(const Pack& pack, const CellQuery& query, bool indirect)
{
    if (!can_be_standardised(pack)) return "standardise is for proportions and rates, not for an indicator of kind " + pack.kind;
    if (query.period != PeriodKind::year && query.period != PeriodKind::all) return "standardise needs period=year or all: shorter ones have too few of each sex and age";
    if (query.period == PeriodKind::all && (query.from || query.to)) return "standardise takes from and to with period=year only";
    if (!query.by.empty() && query.by != "region") return "standardised numbers are in total or by=region";
    if (indirect && query.by.empty()) return "standardise=indirect compares regions with the country: say by=region";
    return {};
}

void write_standard_row(Json& json, const StandardRow& row, bool indirect)
{
    const auto shown = [&](double value) { return row.suppressed ? std::nullopt : std::optional(value); };
    json.begin().field("period", row.period).field("group", row.group).field("suppressed", row.suppressed).field("provisional", row.provisional);
    json.field("coverage", shown(row.coverage));
    if (indirect) {
        json.field("expected", shown(row.expected)).key("observed");
        if (row.suppressed) json.null();
        else json.value(row.observed);
    }
    json.field(indirect ? "ratio" : "value", shown(row.value)).field("lower", shown(row.interval.lower)).field("upper", shown(row.interval.upper)).end();
}

} // namespace

Result<StandardAsked> read_standard(const Context& context, const Call& call, const Pack& pack, const CellQuery& query)
{
    StandardAsked asked;
    const auto method = call.parameter("standardise"), standard = call.parameter("standard");
    asked.wanted = !method.empty();
    asked.indirect = method == "indirect";
    if (asked.wanted && !asked.indirect && method != "direct") return wrong("standardise is direct or indirect");
    if (!standard.empty() && (!asked.wanted || asked.indirect)) return wrong("standard goes with standardise=direct; indirect compares with the country itself");
    if (!asked.wanted) return asked;
    if (auto text = unfit(pack, query, asked.indirect); !text.empty()) return wrong(std::move(text));
    if (standard.empty() || standard == own) return asked;
    if (context.sources.standards) asked.held = context.sources.standards();
    if (asked.held) {
        const auto found = std::ranges::find(*asked.held, standard, &StandardPopulation::id);
        if (found != asked.held->end()) asked.standard = &*found;
    }
    if (!asked.standard) return wrong("there is no such standard population; own is the country's own distribution");
    return asked;
}

Result<void> write_standardised(Json& json, const StandardAsked& asked, const Pack& pack, CellQuery query, std::span<const CellRow> rows, Tracker& tracker)
{
    query.by = "stratum";
    query.revisions = false;
    const auto strata = tracker.query(query);
    if (!strata) return strata.error();
    json.key("standardised").begin().field("method", asked.indirect ? "indirect" : "direct").key("standard").begin();
    json.field("id", asked.standard ? std::string_view(asked.standard->id) : own);
    write_title(json, "title", asked.standard ? asked.standard->title : Title{"Landets egen fordeling i perioden", "The country's own distribution in the period"});
    if (asked.standard) json.field("source", asked.standard->source);
    json.end().key("rows").list();
    for (const auto& row : standardise({pack, asked.indirect, asked.standard}, rows, *strata)) write_standard_row(json, row, asked.indirect);
    json.end_list().end();
    return {};
}

} // namespace sluse::serve
