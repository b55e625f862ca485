// gateway/serve/evaluate.cpp — Measure/$evaluate-measure (FHIR R4) over the cells: a summary for viewers, a subject-list for those who may see persons.
#include "gateway/serve/evaluate.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/serve/measure_json.hpp"
#include "gateway/track/exposure.hpp"
#include "gateway/track/lattice.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>

namespace sluse::serve {
namespace {

constexpr std::size_t page = 500, contributions_max = 10'000;
constexpr std::array<std::string_view, 7> names{"periodStart", "periodEnd", "measure", "reportType", "subject", "practitioner", "lastReceivedOn"};
constexpr std::array<std::string_view, 2> ignored{"_format", "_pretty"}; ///< of every FHIR operation; the answer is JSON
constexpr std::string_view not_published =
    "numbers are published for a day, week (Monday to Sunday), month, quarter or year, and for months in a row: let periodStart and periodEnd be the first and last day of such a period";

Reply no(unsigned status, std::string_view detail) { return refusal(Style::fhir, status, detail); }

/// 2026, 2026-03 or 2026-03-01, as FHIR's date; the period that it implies.
std::optional<Span> date_span(std::string_view text)
{
    const bool plain = std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '-'; });
    return plain && (text.size() == 4 || text.size() == 7 || text.size() == 10) ? span_of(text) : std::nullopt;
}

/// A question whose parameters have been understood; or why not.
struct Evaluation {
    const Pack* pack{};
    Stretch stretch;
    bool subjects{};
    std::optional<Reply> refused;
};

std::optional<Reply> unfit_parameters(const Call& call)
{
    for (const auto& [name, value] : call.query)
        if (std::ranges::find(names, name) == names.end() && std::ranges::find(ignored, name) == ignored.end())
            return no(400, "the parameters are periodStart, periodEnd, measure and reportType");
    if (!call.parameter("subject").empty() || !call.parameter("practitioner").empty())
        return no(501, "numbers are not computed for one subject or practitioner: ask without, or for reportType=subject-list");
    if (!call.parameter("lastReceivedOn").empty()) return no(501, "lastReceivedOn is not supported: the answer is always what is known now");
    return std::nullopt;
}

std::optional<Reply> read_type(std::string_view type, bool& subjects)
{
    if (type == "subject" || type == "individual") return no(501, "numbers are not computed for one subject: ask for reportType=population or subject-list");
    subjects = type == "subject-list";
    if (!subjects && !type.empty() && type != "population" && type != "summary") return no(400, "reportType is population (or summary) or subject-list");
    return std::nullopt;
}

std::optional<Reply> read_days(const Call& call, Stretch& out)
{
    const auto start = date_span(call.parameter("periodStart")), end = date_span(call.parameter("periodEnd"));
    if (!start || !end) return no(400, "periodStart and periodEnd are needed, each a date: 2026, 2026-03 or 2026-03-31");
    if (start->from >= end->to) return no(400, "periodEnd is before periodStart");
    const auto stretch = stretch_of({start->from, end->to});
    if (!stretch) return no(422, not_published);
    out = *stretch;
    return std::nullopt;
}

/// The measure stands in the path or in the parameter; in both it has to be the same.
std::optional<Reply> read_measure(const Call& call, const Packs* packs, const Pack*& out)
{
    const auto named = call.parameter("measure");
    if (call.id.empty() && named.empty()) return no(400, "name a measure: Measure/G1.1/$evaluate-measure, or measure=urn:sluse:measure:G1.1");
    out = measure_of(packs, call.id.empty() ? named : std::string_view(call.id));
    if (!out) return no(404, "there is no such measure");
    if (!call.id.empty() && !named.empty() && measure_of(packs, named) != out) return no(400, "the path and the parameter name two measures");
    return std::nullopt;
}

Evaluation read_evaluation(const Call& call, const Packs* packs)
{
    Evaluation out;
    out.refused = unfit_parameters(call);
    if (!out.refused) out.refused = read_measure(call, packs, out.pack);
    if (!out.refused) out.refused = read_type(call.parameter("reportType"), out.subjects);
    if (!out.refused) out.refused = read_days(call, out.stretch);
    if (!out.refused && out.stretch.kind == PeriodKind::all && is_published(*out.pack)) out.refused = no(422, "a published series is not added up: ask for one of its periods");
    return out;
}

/// Why nobody can be listed for this measure; empty: they can be.
std::string_view unlisted(const Context& context, const Pack& pack)
{
    if (is_published(pack)) return "this series was published elsewhere and holds no persons";
    if (has_steps(pack)) return "this measure counts days at risk, not persons: it has no subject-list";
    if (!context.sources.explain_cell) return "who is counted cannot be looked up here";
    return {};
}

/// Everybody who counts in the stretch, with what they add; page by page, so that no partition is held for long.
Result<Subjects> subjects_of(const Context& context, const Evaluation& asked)
{
    CellQuestion question{asked.pack->id, asked.pack->version, asked.stretch.span.from, asked.stretch.span.to, {}, {}, {}, page};
    Subjects all;
    for (std::size_t seen = 0;;) {
        const auto found = context.sources.explain_cell(question);
        if (!found) return found.error();
        for (const auto& one : found->contributions) {
            auto& subject = all[one.person];
            subject.numerator += one.contribution.numerator;
            subject.denominator += one.contribution.denominator;
        }
        seen += found->contributions.size();
        if (found->next.empty()) break;
        if (seen >= contributions_max) return Fault{Errc::refused, "more than 10000 contributions: ask for a shorter period"};
        question.after = found->next;
    }
    std::erase_if(all, [](const auto& one) { return one.second.numerator == 0 && one.second.denominator == 0; });
    return all;
}

std::optional<Reply> look_up(Context& context, const Call& call, const Evaluation& asked, Subjects& out)
{
    if (!has(call.caller.roles, Role::content_viewer)) return no(403, "a subject-list needs the role content-viewer");
    if (const auto reason = unlisted(context, *asked.pack); !reason.empty()) return no(501, reason);
    audit_lines().info("cells.viewed_subjects", {{"who", call.authenticated ? call.caller.name : "loopback"}, {"indicator", asked.pack->id}, {"peer", call.peer}});
    auto found = subjects_of(context, asked);
    if (!found && found.error().code == Errc::refused) return no(422, found.error().where);
    if (!found) return no(503, "the journal cannot be read now");
    out = std::move(*found);
    return std::nullopt;
}

/// A Parameters resource as the query would have it; or why it is none.
std::optional<Reply> read_parameters(Call& call)
{
    rapidjson::Document document;
    document.Parse<rapidjson::kParseIterativeFlag>(call.body.data(), call.body.size());
    if (document.HasParseError() || !document.IsObject()) return no(400, "the body is not JSON");
    const auto type = document.FindMember("resourceType");
    if (type == document.MemberEnd() || !type->value.IsString() || std::string_view(type->value.GetString()) != "Parameters") return no(400, "the body is no Parameters resource");
    const auto all = document.FindMember("parameter");
    if (all == document.MemberEnd()) return std::nullopt;
    if (!all->value.IsArray()) return no(400, "Parameters.parameter is a list");
    for (const auto& one : all->value.GetArray()) {
        const auto name = one.IsObject() ? one.FindMember("name") : rapidjson::Value::ConstMemberIterator();
        if (!one.IsObject() || name == one.MemberEnd() || !name->value.IsString()) return no(400, "each parameter has a name");
        std::string value;
        for (const auto& member : one.GetObject()) {
            const std::string_view key(member.name.GetString(), member.name.GetStringLength());
            if (key.starts_with("value") && member.value.IsString()) value.assign(member.value.GetString(), member.value.GetStringLength());
            if (key != "valueReference" || !member.value.IsObject()) continue;
            const auto reference = member.value.FindMember("reference");
            if (reference != member.value.MemberEnd() && reference->value.IsString()) value = reference->value.GetString();
        }
        if (value.empty()) return no(400, "each parameter has a value of its type: valueDate, valueCode or valueString");
        if (!call.query.emplace(name->value.GetString(), std::move(value)).second) return no(400, "a parameter is given once");
    }
    return std::nullopt;
}

} // namespace

Result<CellRow> measured(Context& context, const Pack& pack, const Stretch& stretch, bool exact)
{
    CellQuery query;
    query.indicator = pack.id;
    query.version = pack.version;
    query.authorised = exact || is_published(pack);
    query.period = stretch.kind;
    query.from = stretch.span.from;
    query.to = stretch.span.to;
    query.today = Zone::copenhagen().day_at(context.sources.clock->now());
    auto rows = context.sources.tracker->query(query);
    if (!rows) return rows.error();
    return rows->empty() ? CellRow() : std::move(rows->front());
}

std::optional<Stretch> stretch_of(Span days)
{
    for (const auto kind : {PeriodKind::year, PeriodKind::quarter, PeriodKind::month, PeriodKind::week, PeriodKind::day}) {
        const auto period = period_of(kind, days.from);
        if (period_begin(kind, period) == days.from && period_end(kind, period) == days.to) return Stretch{kind, days};
    }
    const auto first_of_month = [](Day day) { return date_of(day).day == 1; };
    return first_of_month(days.from) && first_of_month(days.to) ? std::optional(Stretch{PeriodKind::all, days}) : std::nullopt;
}

Reply get_evaluation(Context& context, const Call& call)
{
    const auto packs = context.sources.packs ? context.sources.packs() : nullptr;
    if (!context.sources.tracker) return no(501, "there are no numbers here");
    auto asked = read_evaluation(call, packs.get());
    if (asked.refused) return std::move(*asked.refused);
    Subjects subjects;
    if (asked.subjects)
        if (auto refused = look_up(context, call, asked, subjects)) return std::move(*refused);
    const auto row = measured(context, *asked.pack, asked.stretch, asked.subjects);
    if (!row) return no(503, "the cells cannot be read now");
    const auto& span = asked.stretch.span;
    Json json;
    write_report(json, {*asked.pack, iso(span.from) + "-" + iso(span.to - 1), span, context.sources.clock->now(), *row, asked.subjects ? &subjects : nullptr});
    return fhir_reply(json);
}

Reply post_evaluation(Context& context, const Call& call)
{
    const auto type = std::string_view(call.content_type).substr(0, call.content_type.find(';'));
    if (type != fhir_json && type != "application/json") return no(415, "send Parameters as application/fhir+json");
    auto asked = call;
    if (auto refused = read_parameters(asked)) return std::move(*refused);
    return get_evaluation(context, asked);
}

} // namespace sluse::serve
