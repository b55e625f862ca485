// gateway/serve/messages.cpp — one message: where it is, what it became, what it changed; its content only by role, and audited.
#include "gateway/base/base64.hpp"
#include "gateway/serve/number_json.hpp"
#include "gateway/serve/routes.hpp"

#include <algorithm>
#include <array>

namespace sluse::serve {
namespace {

constexpr std::size_t list_default = 50, list_max = 500;
constexpr std::array statuses{"pending", "processed", "filtered", "duplicate", "quarantined", "refused"};

struct Found {
    MessageView view;
    std::optional<Reply> refused;
};

Found find(Context& context, const Call& call)
{
    Found out;
    if (!context.sources.message) return out.refused = refusal(Style::api, 501, "messages cannot be looked up here"), out;
    const auto id = Ulid::parse(call.id);
    if (!id) return out.refused = refusal(Style::api, 400, "a message id has 26 characters"), out;
    auto view = context.sources.message(*id);
    if (!view && view.error().code != Errc::not_found) return out.refused = refusal(Style::api, 503, "the journal cannot be read now"), out;
    if (!view || !*view) return out.refused = refusal(Style::api, 404, "there is no such message, or it is no longer kept"), out;
    out.view = std::move(**view);
    return out;
}

/// Of what may be acknowledged by a later message: what its receiver said; of an acknowledgement: which messages it names.
void write_delivery(Json& json, const MessageView& view)
{
    if (view.may_be_acknowledged) {
        json.key("delivery").begin().field("status", view.delivery).key("acknowledgements").list();
        for (const auto& r : view.receipts)
            json.begin().field("message", r.message.text()).field("receivedAt", rfc3339(r.received_ms)).field("system", r.system).field("outcome", r.outcome).field("text", r.text).field("times", r.times).end();
        json.end_list().end();
    }
    if (view.acknowledges.empty()) return;
    json.key("acknowledges").list();
    for (const auto& a : view.acknowledges) {
        json.begin().field("id", a.id).field("outcome", a.outcome).field("text", a.text).key("message");
        if (a.message) json.value(a.message->text());
        else json.null();
        json.end();
    }
    json.end_list();
}

/// Place, sex and age of one person narrow down who it is: they go with the content, not with the metadata.
void write_change(Json& json, const MessageChange& change, const Packs* packs, bool whole)
{
    const auto& part = change.contribution;
    json.begin().field("indicator", change.indicator).field("version", change.version).field("sign", change.sign).field("rule", change.rule);
    json.field("numerator", part.numerator).field("denominator", part.denominator);
    json.field("period", iso(part.counts_day).substr(0, 7));
    if (whole) {
        json.field("countsOn", iso(part.counts_day)).field("maturesOn", iso(part.matures_day));
        write_value(json, part, pack_in(packs, change.indicator, change.version));
        json.key("dimensions").begin().field("region", part.dims.region).field("municipality", part.dims.municipality);
        json.field("unit", part.dims.unit).field("sex", part.dims.sex).field("ageBand", part.dims.age_band).end();
    }
    json.end();
}

void write_line(Json& json, const MessageLine& line)
{
    json.begin().field("id", line.id.text()).field("receivedAt", rfc3339(line.received_ms)).field("system", line.system).field("format", line.format);
    json.field("type", line.type).field("controlId", line.control_id).field("status", line.status).field("bytes", line.bytes).end();
}

} // namespace

LogLines& audit_lines()
{
    static LogLines lines({}, {}, 0, 1'000'000); // a window of no length repeats nothing
    return lines;
}

Reply get_messages(Context& context, const Call& call)
{
    if (!context.sources.messages) return refusal(Style::api, 501, "messages cannot be listed here");
    MessageQuestion question;
    question.system = call.parameter("system");
    question.type = call.parameter("type");
    question.status = call.parameter("status");
    if (!question.status.empty() && std::ranges::find(statuses, question.status) == statuses.end())
        return refusal(Style::api, 400, "status is pending, processed, filtered, duplicate, quarantined or refused");
    if (const auto before = call.parameter("before"); !before.empty()) {
        question.before = Ulid::parse(before);
        if (!question.before) return refusal(Style::api, 400, "before is a message id, which has 26 characters");
    }
    const auto limit = call.limit(list_default, list_max);
    if (!limit) return refusal(Style::api, 400, "limit is a number from 1 to 500");
    question.limit = *limit;
    const auto found = context.sources.messages(question);
    if (!found) return refusal(Style::api, 503, "the journal cannot be read now");
    Json json;
    json.begin().key("messages").list();
    for (const auto& line : found->messages) write_line(json, line);
    json.end_list().field("searched", found->searched).key("next");
    if (found->more) json.value(found->next.text());
    else json.null();
    json.end();
    return json_reply(json);
}

Reply get_message(Context& context, const Call& call)
{
    auto found = find(context, call);
    if (found.refused) return std::move(*found.refused);
    const auto& view = found.view;
    const bool content = has(call.caller.roles, Role::content_viewer);
    Json json;
    json.begin().field("id", view.id.text()).field("receivedAt", rfc3339(view.received_ms)).field("system", view.system);
    json.field("format", view.format).field("type", view.type).field("controlId", view.control_id).field("via", view.via);
    json.field("status", view.status).field("partition", view.partition).field("offset", view.offset).field("bytes", view.bytes.size());
    write_issues(json, view.issues);
    json.key("resources").list();
    for (const auto& [type, id] : view.resources) json.begin().field("type", type).field("id", id).end();
    json.end_list().key("changes").list();
    for (const auto& change : view.changes) write_change(json, change, nullptr, false);
    json.end_list();
    write_delivery(json, view);
    json.field("contentAllowed", content).end();
    return json_reply(json);
}

Reply get_message_content(Context& context, const Call& call)
{
    auto found = find(context, call);
    if (found.refused) return std::move(*found.refused);
    const auto& view = found.view;
    audit_lines().info("content.viewed", {{"who", call.authenticated ? call.caller.name : "loopback"}, {"message", view.id.text()}, {"peer", call.peer}});
    Json json;
    json.begin().field("id", view.id.text()).field("base64", to_base64(view.bytes)).key("fhir");
    if (view.fhir.empty()) json.null();
    else json.raw(view.fhir);
    const auto packs = context.sources.packs ? context.sources.packs() : nullptr;
    json.key("changes").list();
    for (const auto& change : view.changes) write_change(json, change, packs.get(), true);
    json.end_list().end();
    return json_reply(json);
}

} // namespace sluse::serve
