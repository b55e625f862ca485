// gateway/serve/fhir.cpp — CapabilityStatement, Measure and MeasureReport (FHIR R4).
#include "gateway/serve/evaluate.hpp"
#include "gateway/serve/measure_json.hpp"
#include "gateway/serve/routes.hpp"

namespace sluse::serve {
namespace {

void operation(Json& json, std::string_view name, std::string_view definition)
{
    json.key("operation").list().begin().field("name", name).field("definition", definition).end().end_list();
}

void interactions(Json& json, std::initializer_list<std::string_view> codes)
{
    json.key("interaction").list();
    for (const auto code : codes) json.begin().field("code", code).end();
    json.end_list();
}

void creatable(Json& json, std::string_view type)
{
    json.begin().field("type", type);
    interactions(json, {"create"});
    json.end();
}

void measures(Json& json)
{
    json.begin().field("type", "Measure");
    interactions(json, {"read", "search-type"});
    operation(json, "evaluate-measure", "http://hl7.org/fhir/OperationDefinition/Measure-evaluate-measure");
    json.end().begin().field("type", "MeasureReport");
    interactions(json, {"search-type"});
    json.key("searchParam").list().begin().field("name", "measure").field("type", "reference").end().begin().field("name", "period").field("type", "date").end().end_list();
    json.end();
}

std::shared_ptr<const Packs> packs_of(const Context& context)
{
    return context.sources.packs ? context.sources.packs() : nullptr;
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
    measures(json);
    json.end_list().key("interaction").list();
    if (context.sources.receiver) json.begin().field("code", "transaction").end().begin().field("code", "batch").end();
    json.begin().field("code", "search-system").end().end_list();
    operation(json, "process-message", "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message");
    json.end().end_list().end();
    return fhir_reply(json);
}

Reply get_measures(Context& context, const Call&)
{
    const auto packs = packs_of(context);
    Json json;
    json.begin().field("resourceType", "Bundle").field("type", "searchset").field("total", packs ? packs->packs().size() : 0);
    if (packs && !packs->packs().empty()) {
        json.key("entry").list();
        for (const auto& pack : packs->packs()) {
            json.begin().field("fullUrl", measure_url(pack) + ":" + pack.version).key("resource");
            write_measure(json, pack);
            json.key("search").begin().field("mode", "match").end().end();
        }
        json.end_list();
    }
    json.end();
    return fhir_reply(json);
}

Reply get_measure(Context& context, const Call& call)
{
    const auto packs = packs_of(context);
    const auto* pack = measure_of(packs.get(), call.id);
    if (!pack) return refusal(Style::fhir, 404, "there is no such measure");
    Json json;
    write_measure(json, *pack);
    return fhir_reply(json);
}

Reply get_measure_report(Context& context, const Call& call)
{
    const auto packs = packs_of(context);
    const auto* pack = measure_of(packs.get(), call.parameter("measure"));
    if (!pack || !context.sources.tracker) return refusal(Style::fhir, 404, "name a measure: measure=urn:sluse:measure:G1.1");
    const auto period = call.parameter("period");
    const auto span = span_of(period);
    if (!span || period.size() != 7) return refusal(Style::fhir, 400, "name a month or quarter: period=2026-03 or period=2026-Q1");
    const auto row = measured(context, *pack, {period[5] == 'Q' ? PeriodKind::quarter : PeriodKind::month, *span}, false);
    if (!row) return refusal(Style::fhir, 503, "the cells cannot be read now");
    Json json;
    json.begin().field("resourceType", "Bundle").field("type", "searchset").field("total", 1).key("entry").list().begin();
    json.field("fullUrl", "urn:sluse:measure-report:" + pack->id + ":" + std::string(period)).key("resource");
    write_report(json, {*pack, std::string(period), *span, context.sources.clock->now(), *row});
    json.key("search").begin().field("mode", "match").end().end().end_list().end();
    return fhir_reply(json);
}

} // namespace sluse::serve
