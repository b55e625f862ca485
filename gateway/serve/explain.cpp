// gateway/serve/explain.cpp — a number led down to its bytes, and a message up to its numbers; each look is audited, for it leads to identities.
#include "gateway/serve/number_json.hpp"
#include "gateway/serve/numbers.hpp"
#include "gateway/serve/routes.hpp"

#include <algorithm>

namespace sluse::serve {
namespace {

constexpr std::size_t page_default = 50, page_most = 500;

void audit(const Call& call, std::string_view what)
{
    audit_lines().info("explained", {{"who", call.authenticated ? call.caller.name : "loopback"}, {"what", what}, {"peer", call.peer}});
}

Reply refused(const Fault& fault)
{
    if (fault.code == Errc::not_found) return refusal(Style::api, 404, fault.where);
    if (fault.code == Errc::bad_message) return refusal(Style::api, 400, fault.where);
    return refusal(Style::api, 503, "the journal cannot be read now");
}

void write_id(Json& json, std::string_view name, const std::optional<Ulid>& id)
{
    json.key(name);
    if (id) json.value(id->text());
    else json.null();
}

void write_contribution(Json& json, const Contribution& c, const Pack* pack)
{
    json.field("numerator", c.numerator).field("denominator", c.denominator);
    write_value(json, c, pack);
    json.field("countsOn", iso(c.counts_day)).field("maturesOn", iso(c.matures_day)).key("dimensions").begin();
    json.field("region", c.dims.region).field("municipality", c.dims.municipality).field("unit", c.dims.unit);
    json.field("sex", c.dims.sex).field("ageBand", c.dims.age_band).end();
}

void write_standing(Json& json, const StandingContribution& standing, const Pack* pack)
{
    json.begin().field("ref", standing.ref).field("person", standing.person).field("episode", standing.episode);
    write_contribution(json, standing.contribution, pack);
    json.end();
}

void write_clauses(Json& json, std::string_view name, const std::vector<Clause>& clauses, bool verdicts)
{
    json.key(name).list();
    for (const auto& clause : clauses) {
        json.begin().field("place", clause.place).field("text", clause.text);
        if (verdicts) json.field("holds", clause.holds);
        json.end();
    }
    json.end_list();
}

void write_account(Json& json, std::string_view indicator, const Account& account, const Pack* pack)
{
    json.begin().field("indicator", indicator).field("key", account.key).field("start", rfc3339(account.start));
    write_optional_time(json, "end", account.end);
    json.field("unit", account.unit);
    write_clauses(json, "clauses", account.clauses, true);
    json.field("reason", account.reason).key("outcomes").list();
    for (const auto& outcome : account.outcomes) {
        json.begin().field("key", outcome.key).field("start", rfc3339(outcome.start)).field("counts", outcome.holds);
        write_clauses(json, "clauses", outcome.clauses, true);
        json.end();
    }
    json.end_list().key("counts").list();
    for (const auto& c : account.contributions) {
        json.begin();
        write_contribution(json, c, pack);
        json.end();
    }
    json.end_list().end();
}

void write_origins(Json& json, std::string_view name, const std::vector<Origin>& origins)
{
    json.key(name).list();
    for (const auto& o : origins) {
        json.begin().field("element", o.element).field("value", o.value).field("source", o.source).field("bytes", o.bytes).key("offset");
        if (o.offset) json.value(*o.offset);
        else json.null();
        json.field("row", o.row).key("callers").list();
        for (const auto& caller : o.callers) json.value(caller);
        json.end_list().end();
    }
    json.end_list();
}

void write_facts(Json& json, const std::vector<ExplainedFact>& facts)
{
    json.key("facts").list();
    for (const auto& fact : facts) {
        json.begin().field("kind", fact.kind).field("key", fact.key).key("attributes").list();
        for (const auto& a : fact.attributes) {
            json.begin().field("name", a.name).field("value", a.value).field("needed", a.needed).field("holds", a.holds);
            write_id(json, "message", a.message);
            json.field("told", a.told).field("recordedAt", rfc3339(a.recorded_ms));
            write_origins(json, "origins", a.origins);
            json.end();
        }
        json.end_list();
        write_origins(json, "namedBy", fact.named_by);
        json.end();
    }
    json.end_list();
}

void write_events(Json& json, const std::vector<ExplainedEvent>& events, const Packs* packs)
{
    json.key("events").list();
    for (const auto& e : events) {
        json.begin();
        write_id(json, "message", e.message);
        json.field("indicator", e.indicator).field("version", e.version).field("sign", e.sign).field("person", e.person);
        json.field("episode", e.contribution.episode).field("sequence", e.sequence);
        write_contribution(json, e.contribution, pack_in(packs, e.indicator, e.version));
        json.end();
    }
    json.end_list();
}

std::shared_ptr<const Packs> packs_of(const Context& context) { return context.sources.packs ? context.sources.packs() : nullptr; }

PeriodKind kind_of(std::string_view period)
{
    if (period.size() == 4) return PeriodKind::year;
    if (period.size() == 10) return PeriodKind::day;
    return period[5] == 'Q' ? PeriodKind::quarter : period[5] == 'W' ? PeriodKind::week : PeriodKind::month;
}

/// The cell as the tracker sums it, to be held against the contributions listed. Null while nobody counts there.
void write_cell(Json& json, Context& context, const CellQuestion& question, std::string_view period)
{
    json.key("cell");
    CellQuery query;
    query.indicator = question.indicator;
    query.version = question.version;
    query.period = kind_of(period);
    query.by = question.by;
    query.from = question.from;
    query.to = question.to;
    query.today = Zone::copenhagen().day_at(context.sources.clock->now());
    query.authorised = true;
    const auto rows = context.sources.tracker ? context.sources.tracker->query(query) : Result<std::vector<CellRow>>(std::vector<CellRow>());
    if (rows)
        for (const auto& row : *rows)
            if (row.group == question.group) {
                json.begin().field("numerator", row.numerator).field("denominator", row.denominator).field("value", row.value).end();
                return;
            }
    json.null();
}

} // namespace

Reply get_cell_explanation(Context& context, const Call& call)
{
    if (!context.sources.explain_cell) return refusal(Style::api, 501, "numbers cannot be explained here");
    const auto period = call.parameter("at");
    const auto span = span_of(period);
    const auto limit = call.limit(page_default, page_most);
    if (!span) return refusal(Style::api, 400, "at is a period: 2026, 2026-Q1, 2026-03, 2026-W10 or 2026-03-01");
    if (!limit) return refusal(Style::api, 400, "limit is a number from 1 to 500");
    CellQuestion question{call.id, std::string(call.parameter("version")), span->from, span->to, std::string(call.parameter("by")),
                          std::string(call.parameter("group")), std::string(call.parameter("after")), *limit};
    if (question.by == "age-band") question.by = "age_band";
    audit(call, "cell " + question.indicator + ' ' + std::string(period) + ' ' + question.by + ' ' + question.group);
    const auto found = context.sources.explain_cell(question);
    if (!found) return refused(found.error());
    const auto packs = packs_of(context);
    const auto* pack = pack_in(packs.get(), found->indicator, found->version);
    Json json;
    json.begin().field("indicator", found->indicator).field("version", found->version).field("period", period).field("by", question.by).field("group", question.group);
    json.field("file", found->file);
    write_clauses(json, "rule", found->rule, false);
    write_cell(json, context, question, period);
    json.field("numerator", found->numerator).field("denominator", found->denominator).key("contributions").list();
    for (const auto& one : found->contributions) write_standing(json, one, pack);
    json.end_list().key("next");
    if (found->next.empty()) json.null();
    else json.value(found->next);
    json.end();
    return json_reply(json);
}

Reply get_contribution(Context& context, const Call& call)
{
    if (!context.sources.explain_contribution) return refusal(Style::api, 501, "numbers cannot be explained here");
    audit(call, "contribution " + call.id);
    const auto found = context.sources.explain_contribution(call.id);
    if (!found) return refused(found.error());
    const auto packs = packs_of(context);
    const auto* pack = pack_in(packs.get(), found->indicator, found->version);
    Json json;
    json.begin().field("indicator", found->indicator).field("version", found->version).field("file", found->file).key("contribution");
    write_standing(json, found->contribution, pack);
    json.key("accounts").list();
    for (const auto& account : found->accounts) write_account(json, found->indicator, account, pack);
    json.end_list();
    write_facts(json, found->facts);
    write_events(json, found->events, packs.get());
    json.end();
    return json_reply(json);
}

Reply get_message_explanation(Context& context, const Call& call)
{
    if (!context.sources.explain_message) return refusal(Style::api, 501, "messages cannot be explained here");
    const auto id = Ulid::parse(call.id);
    if (!id) return refusal(Style::api, 400, "a message id has 26 characters");
    audit(call, "message " + call.id);
    const auto found = context.sources.explain_message(*id, std::string(call.parameter("indicator")));
    if (!found) return refused(found.error());
    const auto packs = packs_of(context);
    Json json;
    json.begin().field("id", call.id);
    write_facts(json, found->facts);
    write_events(json, found->events, packs.get());
    json.key("accounts").list();
    for (const auto& [indicator, account] : found->accounts) {
        const auto counted = std::ranges::find(found->events, indicator, &ExplainedEvent::indicator);
        write_account(json, indicator, account, counted == found->events.end() ? nullptr : pack_in(packs.get(), indicator, counted->version));
    }
    json.end_list().end();
    return json_reply(json);
}

} // namespace sluse::serve
