// gateway/serve/fhir.cpp — CapabilityStatement, Measure and MeasureReport (FHIR R4).
#include "gateway/serve/numbers.hpp"
#include "gateway/serve/routes.hpp"

#include <algorithm>

namespace sluse::serve {
namespace {

constexpr std::string_view measure_url = "urn:sluse:measure:";

Reply fhir_reply(Json& json)
{
    Reply reply = json_reply(json);
    reply.type = fhir_json;
    return reply;
}

void coding(Json& json, std::string_view key, std::string_view system, std::string_view code)
{
    json.key(key).begin().key("coding").list().begin().field("system", system).field("code", code).end().end_list().end();
}

void searchable(Json& json, std::string_view type, std::initializer_list<std::pair<std::string_view, std::string_view>> parameters)
{
    json.begin().field("type", type).key("interaction").list().begin().field("code", "search-type").end().end_list();
    if (parameters.size() != 0) {
        json.key("searchParam").list();
        for (const auto& [name, kind] : parameters) json.begin().field("name", name).field("type", kind).end();
        json.end_list();
    }
    json.end();
}

void creatable(Json& json, std::string_view type)
{
    json.begin().field("type", type).key("interaction").list().begin().field("code", "create").end().end_list().end();
}

std::string_view scoring_of(std::string_view kind)
{
    return kind == "proportion" ? "proportion" : kind == "duration" ? "continuous-variable" : kind == "count" ? "cohort" : "ratio";
}

void improvement(Json& json, const Pack& pack)
{
    coding(json, "improvementNotation", "http://terminology.hl7.org/CodeSystem/measure-improvement-notation",
           pack.direction == "higher" ? "increase" : "decrease");
}

/// R4 ids have no "_" and the like; ours are "G1.1" and a version.
std::string measure_id(const Pack& pack)
{
    auto id = pack.id + "-v" + pack.version;
    std::ranges::replace_if(id, [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '.'; }, '-');
    return id;
}

std::string machine_name(const Pack& pack)
{
    auto id = "Measure_" + pack.id;
    std::ranges::replace_if(id, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return id;
}

void write_measure(Json& json, const Pack& pack)
{
    const auto url = std::string(measure_url) + pack.id;
    json.begin().field("resourceType", "Measure").field("id", measure_id(pack)).field("url", url).field("version", pack.version);
    json.field("name", machine_name(pack)).field("title", pack.title.en).field("status", "active");
    json.field("experimental", pack.mark != "V").field("description", pack.description.en.empty() ? pack.title.en : pack.description.en);
    coding(json, "scoring", "http://terminology.hl7.org/CodeSystem/measure-scoring", scoring_of(pack.kind));
    improvement(json, pack);
    json.end();
}

void population(Json& json, std::string_view code, std::int64_t count)
{
    json.begin();
    coding(json, "code", "http://terminology.hl7.org/CodeSystem/measure-population", code);
    json.field("count", count).end();
}

void write_group(Json& json, const Pack& pack, const CellRow& row)
{
    json.key("group").list().begin();
    if (row.suppressed) { // a small number: masked, not absent
        json.key("measureScore").begin().key("extension").list().begin();
        json.field("url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason").field("valueCode", "masked").end().end_list().end();
    } else {
        const bool share = pack.kind == "proportion";
        json.key("population").list();
        if (share) population(json, "numerator", row.numerator);
        population(json, share ? "denominator" : "initial-population", row.denominator);
        json.end_list();
        if (row.value) json.key("measureScore").begin().field("value", *row.value).field("unit", pack.unit).end();
    }
    json.end().end_list();
}

} // namespace

Reply get_capability(Context& context, const Call&)
{
    Json json;
    json.begin().field("resourceType", "CapabilityStatement").field("status", "active").field("date", "2026-11-22").field("kind", "instance");
    json.key("software").begin().field("name", "Sluse").field("version", "0.1.0").end();
    json.key("implementation").begin().field("description", "Sluse, a gateway for clinical messages: takes them in, follows the national goals").end();
    json.field("fhirVersion", "4.0.1").key("format").list().value(fhir_json).value(fhir_xml).end_list();
    json.key("rest").list().begin().field("mode", "server");
    json.field("documentation", "What is taken in is journalled before it is acknowledged and becomes FHIR and indicator events on the gateway's "
                                "topics. It is not a store: resources are not read back here.");
    json.key("resource").list();
    for (const auto* type : {"Condition", "DiagnosticReport", "Encounter", "Observation", "Patient"}) creatable(json, type);
    searchable(json, "Measure", {});
    searchable(json, "MeasureReport", {{"measure", "reference"}, {"period", "date"}});
    json.end_list().key("interaction").list();
    if (context.sources.receiver) json.begin().field("code", "transaction").end().begin().field("code", "batch").end();
    json.begin().field("code", "search-system").end().end_list();
    json.key("operation").list().begin().field("name", "process-message");
    json.field("definition", "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message").end().end_list();
    json.end().end_list().end();
    return fhir_reply(json);
}

Reply get_measures(Context& context, const Call&)
{
    const auto packs = context.sources.packs ? context.sources.packs() : nullptr;
    Json json;
    json.begin().field("resourceType", "Bundle").field("type", "searchset").field("total", packs ? packs->packs().size() : 0);
    if (packs && !packs->packs().empty()) {
        json.key("entry").list();
        for (const auto& pack : packs->packs()) {
            json.begin().field("fullUrl", std::string(measure_url) + pack.id + ":" + pack.version).key("resource");
            write_measure(json, pack);
            json.key("search").begin().field("mode", "match").end().end();
        }
        json.end_list();
    }
    json.end();
    return fhir_reply(json);
}

Reply get_measure_report(Context& context, const Call& call)
{
    auto id = call.parameter("measure");
    if (id.starts_with(measure_url)) id.remove_prefix(measure_url.size());
    if (id.starts_with("Measure/")) id.remove_prefix(8);
    id = id.substr(0, id.find('|'));
    const auto packs = context.sources.packs ? context.sources.packs() : nullptr;
    const Pack* pack = nullptr;
    if (packs)
        for (const auto& each : packs->packs())
            if (each.id == id || measure_id(each) == id) pack = &each;
    if (!pack || !context.sources.tracker) return refusal(Style::fhir, 404, "name a measure: measure=urn:sluse:measure:G1.1");
    const auto period = call.parameter("period");
    const auto span = span_of(period);
    if (!span || period.size() != 7) return refusal(Style::fhir, 400, "name a month or quarter: period=2026-03 or period=2026-Q1");
    CellQuery query;
    query.indicator = pack->id;
    query.version = pack->version;
    query.authorised = pack->kind == "imported"; // published elsewhere, about no person
    query.period = period[5] == 'Q' ? PeriodKind::quarter : PeriodKind::month;
    query.from = span->from;
    query.to = span->to;
    query.today = Zone::copenhagen().day_at(context.sources.clock->now());
    const auto rows = context.sources.tracker->query(query);
    if (!rows) return refusal(Style::fhir, 503, "the cells cannot be read now");
    CellRow row;
    if (!rows->empty()) row = rows->front();
    Json json;
    json.begin().field("resourceType", "Bundle").field("type", "searchset").field("total", 1).key("entry").list().begin();
    json.field("fullUrl", "urn:sluse:measure-report:" + pack->id + ":" + std::string(period)).key("resource").begin();
    json.field("resourceType", "MeasureReport").field("id", measure_id(*pack) + "-" + std::string(period)).field("status", "complete").field("type", "summary");
    json.field("measure", std::string(measure_url) + pack->id + "|" + pack->version).field("date", rfc3339(context.sources.clock->now()));
    json.key("period").begin().field("start", iso(span->from)).field("end", iso(span->to - 1)).end();
    improvement(json, *pack);
    write_group(json, *pack, row);
    json.end().key("search").begin().field("mode", "match").end().end().end_list().end();
    return fhir_reply(json);
}

} // namespace sluse::serve
