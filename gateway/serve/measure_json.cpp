// gateway/serve/measure_json.cpp — writes Measure and MeasureReport: a summary, or the list of those who are counted, by pseudonym.
#include "gateway/serve/measure_json.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace sluse::serve {
namespace {

constexpr std::string_view url_prefix = "urn:sluse:measure:";
constexpr std::string_view person_system = "urn:sluse:pseudonym";

void coding(Json& json, std::string_view key, std::string_view system, std::string_view code)
{
    json.key(key).begin().key("coding").list().begin().field("system", system).field("code", code).end().end_list().end();
}

std::string_view scoring_of(std::string_view kind)
{
    return kind == "proportion" ? "proportion" : kind == "duration" ? "continuous-variable" : kind == "count" ? "cohort" : "ratio";
}

void improvement(Json& json, const Pack& pack)
{
    if (pack.direction.empty()) return; // neither way is better
    coding(json, "improvementNotation", "http://terminology.hl7.org/CodeSystem/measure-improvement-notation", pack.direction == "higher" ? "increase" : "decrease");
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

bool is_share(const Pack& pack) { return pack.kind == "proportion"; }
std::string_view whole_population(const Pack& pack) { return is_share(pack) ? "denominator" : "initial-population"; }

void population(Json& json, std::string_view code, std::int64_t count, bool listed)
{
    json.begin();
    coding(json, "code", "http://terminology.hl7.org/CodeSystem/measure-population", code);
    json.field("count", count);
    if (listed) json.key("subjectResults").begin().field("reference", "#" + std::string(code)).end();
    json.end();
}

void populations(Json& json, const Pack& pack, std::int64_t numerator, std::int64_t denominator, bool listed)
{
    json.key("population").list();
    if (is_share(pack)) population(json, "numerator", numerator, listed);
    population(json, whole_population(pack), denominator, listed);
    json.end_list();
}

void write_group(Json& json, const Report& report)
{
    const auto& row = report.row;
    json.key("group").list().begin();
    if (row.suppressed) { // a small number: masked, not absent
        json.key("measureScore").begin().key("extension").list().begin();
        json.field("url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason").field("valueCode", "masked").end().end_list().end();
    } else {
        populations(json, report.pack, row.numerator, row.denominator, report.subjects != nullptr);
        if (row.value) json.key("measureScore").begin().field("value", *row.value).field("unit", report.pack.unit).end();
    }
    json.end().end_list();
}

void write_head(Json& json, const Report& report, std::string_view id, std::string_view type)
{
    json.field("resourceType", "MeasureReport").field("id", id).field("status", "complete").field("type", type);
    json.field("measure", measure_url(report.pack) + "|" + report.pack.version).field("date", rfc3339(report.made_ms));
    json.key("period").begin().field("start", iso(report.span.from)).field("end", iso(report.span.to - 1)).end();
}

std::string subject_id(std::size_t number) { return "subject-" + std::to_string(number); }

/// As R4 has it: a List for each population, of reports about one subject each.
void write_list(Json& json, const Subjects& subjects, std::string_view code, bool (*counts)(const Subject&))
{
    json.begin().field("resourceType", "List").field("id", code).field("status", "current").field("mode", "snapshot");
    std::size_t number = 0;
    bool any = false; // FHIR has no empty lists
    for (const auto& [person, subject] : subjects) {
        ++number;
        if (!counts(subject)) continue;
        if (!std::exchange(any, true)) json.key("entry").list();
        json.begin().key("item").begin().field("reference", "#" + subject_id(number)).end().end();
    }
    if (any) json.end_list();
    json.end();
}

void write_contained(Json& json, const Report& report)
{
    const auto& subjects = *report.subjects;
    json.key("contained").list();
    if (is_share(report.pack)) {
        write_list(json, subjects, "numerator", [](const Subject& s) { return s.numerator != 0; });
        write_list(json, subjects, "denominator", [](const Subject& s) { return s.denominator != 0; });
    } else {
        write_list(json, subjects, whole_population(report.pack), [](const Subject&) { return true; });
    }
    std::size_t number = 0;
    for (const auto& [person, subject] : subjects) {
        json.begin();
        write_head(json, report, subject_id(++number), "individual");
        json.key("subject").begin().field("type", "Patient").key("identifier").begin().field("system", person_system).field("value", person).end().end();
        json.key("group").list().begin();
        populations(json, report.pack, subject.numerator, subject.denominator, false);
        json.end().end_list().end();
    }
    json.end_list();
}

} // namespace

Reply fhir_reply(Json& json)
{
    Reply reply = json_reply(json);
    reply.type = fhir_json;
    return reply;
}

std::string measure_url(const Pack& pack) { return std::string(url_prefix) + pack.id; }

const Pack* measure_of(const Packs* packs, std::string_view reference)
{
    const auto bar = std::min(reference.find('|'), reference.size());
    const auto version = reference.substr(std::min(bar + 1, reference.size()));
    auto id = reference.substr(0, bar);
    if (id.starts_with(url_prefix)) id.remove_prefix(url_prefix.size());
    if (id.starts_with("Measure/")) id.remove_prefix(8);
    const Pack* found = nullptr;
    for (const auto& pack : packs ? packs->packs() : std::span<const Pack>())
        if ((pack.id == id || measure_id(pack) == id) && (version.empty() || pack.version == version)) found = &pack;
    return found;
}

void write_measure(Json& json, const Pack& pack)
{
    json.begin().field("resourceType", "Measure").field("id", measure_id(pack)).field("url", measure_url(pack)).field("version", pack.version);
    json.field("name", machine_name(pack)).field("title", pack.title.en).field("status", "active");
    json.field("experimental", pack.mark != "V").field("description", pack.description.en.empty() ? pack.title.en : pack.description.en);
    coding(json, "scoring", "http://terminology.hl7.org/CodeSystem/measure-scoring", scoring_of(pack.kind));
    improvement(json, pack);
    json.end();
}

void write_report(Json& json, const Report& report)
{
    json.begin();
    write_head(json, report, measure_id(report.pack) + "-" + report.id, report.subjects ? "subject-list" : "summary");
    if (report.subjects) write_contained(json, report);
    improvement(json, report.pack);
    write_group(json, report);
    json.end();
}

} // namespace sluse::serve
