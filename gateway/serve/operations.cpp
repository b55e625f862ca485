// gateway/serve/operations.cpp — what the integration desk looks at: systems, balance, journal, quarantine.
#include "gateway/serve/operations.hpp"

#include <algorithm>

namespace sluse::serve {
namespace {

constexpr std::size_t unmapped_shown_max = 5, quarantine_default = 100, quarantine_max = 1000;

std::int64_t difference(std::uint64_t a, std::uint64_t b) { return static_cast<std::int64_t>(a - b); }

std::string_view text_of(CheckState state)
{
    return state == CheckState::ok ? "ok" : state == CheckState::degraded ? "degraded" : "failed";
}
std::string_view text_of(QuarantineKind kind)
{
    return kind == QuarantineKind::held ? "held" : kind == QuarantineKind::note ? "note" : "refused";
}

} // namespace

void write_rate(Json& json, const Throughput::Rate& rate)
{
    json.field("ratePerSecond", rate.last_minute).key("history").list();
    for (const auto count : rate.history) json.value(count);
    json.end_list();
}

void write_system(Json& json, const Context& context, const SystemCounts& system)
{
    json.begin().field("name", system.name).field("received", system.received).field("acknowledged", system.acknowledged);
    json.field("refused", system.refused).field("processed", system.processed).field("filtered", system.filtered);
    json.field("duplicates", system.duplicates).field("quarantined", system.quarantined).field("pending", system.pending);
    json.field("mojibake", system.mojibake).field("controlIdReused", system.control_id_reused).key("lastHeard");
    if (system.last_heard) json.value(rfc3339(*system.last_heard));
    else json.null();
    json.key("lastHeardAgeSeconds");
    if (system.last_heard) json.value(std::max<Millis>(0, context.sources.clock->now() - *system.last_heard) / second_ms);
    else json.null();
    write_rate(json, context.throughput.rate(system.name));
    json.key("unmapped").list();
    for (std::size_t i = 0; i < std::min(system.unmapped_top.size(), unmapped_shown_max); ++i)
        json.begin().field("path", system.unmapped_top[i].first).field("count", system.unmapped_top[i].second).end();
    json.end_list().end();
}

void write_balance(Json& json, const BalanceCounts& counts)
{
    const auto door = difference(counts.received, counts.acknowledged + counts.refused);
    const auto lanes = difference(counts.journalled, counts.normalised + counts.filtered + counts.quarantined + counts.duplicates + counts.pending);
    json.begin().field("received", counts.received).field("acknowledged", counts.acknowledged).field("refused", counts.refused);
    json.field("journalled", counts.journalled).field("normalised", counts.normalised).field("filtered", counts.filtered);
    json.field("quarantined", counts.quarantined).field("duplicates", counts.duplicates).field("pending", counts.pending).field("spooled", counts.spooled);
    json.field("unansweredNow", door).field("difference", lanes).field("eventsCounted", counts.events_counted).field("counted", counts.counted).end();
}

Reply get_systems(Context& context, const Call&)
{
    if (!context.sources.systems) return refusal(Style::api, 501, "systems are not counted here");
    const auto systems = context.sources.systems();
    Json json;
    json.begin().field("at", rfc3339(context.sources.clock->now())).key("systems").list();
    for (const auto& system : systems) write_system(json, context, system);
    json.end_list().key("total").begin();
    write_rate(json, context.throughput.total());
    json.end().end();
    return json_reply(json);
}

Reply get_balance(Context& context, const Call&)
{
    if (!context.sources.balance) return refusal(Style::api, 501, "no balance is kept here");
    Json json;
    write_balance(json, context.sources.balance());
    return json_reply(json);
}

void write_spool(Json& json, const SpoolStats& spool)
{
    json.key("spool").begin().field("records", spool.records).field("bytes", spool.bytes).field("bytesMax", spool.bytes_max);
    json.field("setAside", spool.set_aside).field("trouble", spool.trouble);
    if (spool.oldest > 0) json.field("oldestAt", rfc3339(spool.oldest));
    json.end();
}

Reply get_journal(Context& context, const Call&)
{
    if (!context.sources.journal) return refusal(Style::api, 501, "there is no journal here");
    const auto view = context.sources.journal();
    Json json;
    json.begin().field("kind", view.kind).field("health", view.health).key("partitions").list();
    for (const auto& part : view.partitions) {
        json.begin().field("partition", part.partition).field("begin", part.begin).field("end", part.end).field("committed", part.committed);
        json.field("factsEnd", part.facts_end).field("factsCommitted", part.facts_committed).field("assigned", part.assigned).end();
    }
    json.end_list();
    if (view.spool) write_spool(json, *view.spool);
    json.key("checks").list();
    if (context.sources.health)
        for (const auto& check : context.sources.health())
            json.begin().field("name", check.name).field("state", text_of(check.state)).field("detail", check.detail).end();
    json.end_list().end();
    return json_reply(json);
}

Reply get_quarantine(Context& context, const Call& call)
{
    if (!context.sources.quarantine) return refusal(Style::api, 501, "there is no quarantine here");
    const auto limit = call.limit(quarantine_default, quarantine_max);
    if (!limit) return refusal(Style::api, 400, "limit is a number from 1 to 1000");
    const auto rows = context.sources.quarantine(*limit);
    if (!rows) return refusal(Style::api, 503, "the quarantine cannot be read now");
    Json json;
    json.begin().key("messages").list();
    for (const auto& row : *rows) {
        json.begin().field("id", row.id.text()).field("receivedAt", rfc3339(row.received_ms)).field("since", rfc3339(row.since_ms));
        json.field("system", row.system).field("format", row.format).field("type", row.type).field("reason", row.reason);
        json.field("waiting", row.waiting).field("kind", text_of(row.kind)).end();
    }
    json.end_list().end();
    return json_reply(json);
}

} // namespace sluse::serve
