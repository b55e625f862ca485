// gateway/timeline/resources/measure_report.cpp — published numbers of what no message tells: one figure per group and stratum, of no person.
#include "gateway/timeline/resources/resource.hpp"

#include "gateway/timeline/codes.hpp"

#include <algorithm>

namespace sluse::resources {
namespace {

struct Named {
    std::string_view name;
    Attr attr;
};
constexpr Named strata[] = {{"region", Attr::region}, {"municipality", Attr::municipality}, {"unit", Attr::unit}, {"sex", Attr::sex}, {"age", Attr::age_band}, {"age_band", Attr::age_band}};

/// "http://…/Measure/G7.2|2024" → "G7.2".
std::string_view indicator_of(std::string_view canonical)
{
    return id_of_reference(canonical.substr(0, canonical.find('|')));
}

std::string_view code_or_text(const Value& concept_)
{
    const auto code = text_at(concept_, "coding.code");
    return code.empty() ? text_at(concept_, "text") : code;
}

/// Numerator, denominator and score of a group or a stratum.
void say_numbers(const Value& from, const Version& version, Fact& fact)
{
    const auto* populations = find(from, "population");
    if (populations && populations->IsArray())
        for (const auto& p : populations->GetArray()) {
            const auto code = text_at(p, "code.coding.code");
            const auto count = scaled(text_at(p, "count"));
            if (count && code == "numerator") say(fact, Attr::numerator, *count / 1'000'000, version);
            if (count && code == "denominator") say(fact, Attr::denominator, *count / 1'000'000, version);
        }
    if (const auto score = scaled(text_at(from, "measureScore.value"))) say(fact, Attr::value_scaled, *score, version);
}

struct Report {
    std::string indicator;
    Day from{}, until{};
    std::string_view status;
    std::string reporter; ///< whose numbers they are; a newer report of theirs replaces the whole period
};

void say_figure(const Report& report, const Value& from, std::span<const std::pair<Attr, std::string>> where, const ExtractWork& s, std::vector<Said>& out)
{
    Fact fact{FactKind::figure, iso(report.from) + '|' + iso(report.until), {}};
    say_numbers(from, s.version, fact);
    if (fact.attributes.empty() && report.status != "error") return;
    if (!report.reporter.empty()) {
        fact.key += "|by=" + report.reporter;
        say(fact, Attr::category, report.reporter, s.version);
    }
    for (const auto& [attr, code] : where) {
        fact.key += '|' + std::to_string(static_cast<int>(attr)) + '=' + code;
        say(fact, attr, code, s.version);
    }
    say(fact, Attr::indicator, report.indicator, s.version);
    say(fact, Attr::valid_from_day, std::int64_t{report.from}, s.version);
    say(fact, Attr::until_day, std::int64_t{report.until}, s.version);
    say(fact, Attr::status, std::string(report.status == "error" ? "entered-in-error" : "final"), s.version);
    // A node of its own for each indicator and period: small, and found again by a correction.
    out.push_back({{"urn:sluse:figures", report.indicator + '|' + iso(report.from)}, std::move(fact)});
}

void say_strata(const Report& report, const Value& group, const ExtractWork& s, std::vector<Said>& out)
{
    const auto* stratifiers = find(group, "stratifier");
    if (!stratifiers || !stratifiers->IsArray()) return;
    for (const auto& stratifier : stratifiers->GetArray()) {
        const auto* code = find(stratifier, "code");
        const auto name = code && code->IsArray() && !code->Empty() ? code_or_text((*code)[0]) : std::string_view();
        const auto attr = std::ranges::find(strata, name, &Named::name);
        const auto* list = find(stratifier, "stratum");
        if (attr == std::end(strata) || !list || !list->IsArray()) continue;
        for (const auto& stratum : list->GetArray()) {
            const auto* value = find(stratum, "value");
            auto said = value ? std::string(code_or_text(*value)) : std::string();
            if (attr->attr == Attr::municipality) said = municipality_code(said);
            if (said.empty()) continue;
            const std::pair<Attr, std::string> where[] = {{attr->attr, std::move(said)}};
            say_figure(report, stratum, where, s, out);
        }
    }
}

void say_report(const Parsed& p, const ExtractWork& s, std::vector<Said>& out)
{
    Report report;
    report.indicator = indicator_of(text_at(p.document, "measure"));
    const auto from = full_date(text_at(p.document, "period.start")), last = full_date(text_at(p.document, "period.end"));
    const auto* groups = find(p.document, "group");
    if (report.indicator.empty() || !from || !last || *last < *from || text_at(p.document, "type") == "individual") return;
    report.from = *from;
    report.until = *last + 1;
    report.status = text_at(p.document, "status");
    for (const auto* path : {"reporter.identifier.value", "reporter.reference", "reporter.display"})
        if (report.reporter.empty()) report.reporter = text_at(p.document, path);
    if (!groups || !groups->IsArray() || groups->Empty()) return say_figure(report, p.document, {}, s, out); // one taken back holds no numbers
    for (const auto& group : groups->GetArray()) {
        say_figure(report, group, {}, s, out);
        say_strata(report, group, s, out);
    }
}

} // namespace

const Rule measure_report{"MeasureReport", FactKind::figure, {}, say_report};

} // namespace sluse::resources
