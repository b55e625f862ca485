// gateway/serve/messages.cpp — one message: where it is, what it became, what it changed; its content only by role, and audited.
#include "gateway/serve/routes.hpp"

namespace sluse::serve {
namespace {

std::string base64(std::string_view bytes)
{
    static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : letters[group >> (18 - 6 * k) & 63];
    }
    return out;
}

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

void write_issues(Json& json, const Issues& issues)
{
    json.key("issues").list();
    for (const auto& issue : issues) {
        json.begin().field("severity", issue.severity == Severity::error ? "error" : "warning").field("kind", word(issue.kind));
        json.field("path", issue.path).field("text", issue.text).end();
    }
    json.end_list();
}

/// Place, sex and age of one person narrow down who it is: they go with the content, not with the metadata.
void write_change(Json& json, const MessageChange& change, bool whole)
{
    const auto& part = change.contribution;
    json.begin().field("indicator", change.indicator).field("version", change.version).field("sign", change.sign).field("rule", change.rule);
    json.field("numerator", part.numerator).field("denominator", part.denominator);
    json.field("period", iso(part.counts_day).substr(0, 7));
    if (whole) {
        json.field("countsOn", iso(part.counts_day)).field("maturesOn", iso(part.matures_day)).key("value");
        if (part.has_value) json.value(part.value);
        else json.null();
        json.key("dimensions").begin().field("region", part.dims.region).field("municipality", part.dims.municipality);
        json.field("unit", part.dims.unit).field("sex", part.dims.sex).field("ageBand", part.dims.age_band).end();
    }
    json.end();
}

} // namespace

LogLines& audit_lines()
{
    static LogLines lines({}, {}, 0, 1'000'000); // a window of no length repeats nothing
    return lines;
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
    for (const auto& change : view.changes) write_change(json, change, false);
    json.end_list().field("contentAllowed", content).end();
    return json_reply(json);
}

Reply get_message_content(Context& context, const Call& call)
{
    auto found = find(context, call);
    if (found.refused) return std::move(*found.refused);
    const auto& view = found.view;
    audit_lines().info("content.viewed", {{"who", call.authenticated ? call.caller.name : "loopback"}, {"message", view.id.text()}, {"peer", call.peer}});
    if (context.sources.audit) context.sources.audit(call.caller.name, view.id.text(), call.peer);
    Json json;
    json.begin().field("id", view.id.text()).field("base64", base64(view.bytes)).key("fhir");
    if (view.fhir.empty()) json.null();
    else json.raw(view.fhir);
    json.key("changes").list();
    for (const auto& change : view.changes) write_change(json, change, true);
    json.end_list().end();
    return json_reply(json);
}

} // namespace sluse::serve
