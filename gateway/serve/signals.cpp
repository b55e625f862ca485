// gateway/serve/signals.cpp — what somebody should know now. Charts are anyone's with a viewer's role; persons' need the content role, and each look is audited.
#include "gateway/serve/routes.hpp"

#include <algorithm>

namespace sluse::serve {
namespace {

constexpr std::size_t signals_default = 100, signals_max = 1000;

void write_signal(Json& json, const Signal& s)
{
    json.begin().field("id", s.id).field("time", rfc3339(s.told_ms)).field("kind", s.kind).field("watch", s.watch).field("what", s.what);
    json.field("sign", s.sign).field("on", iso(s.on)).field("indicator", s.indicator).field("version", s.version);
    json.field("by", s.by).field("group", s.group).field("period", s.period);
    json.field("person", s.person).field("episode", s.episode).field("unit", s.unit).field("cause", s.cause).end();
}

} // namespace

Reply get_signals(Context& context, const Call& call)
{
    if (!context.sources.signals) return refusal(Style::api, 501, "there are no signals here");
    const auto limit = call.limit(signals_default, signals_max);
    if (!limit) return refusal(Style::api, 400, "limit is a number from 1 to 1000");
    const auto kind = call.parameter("kind");
    if (!kind.empty() && kind != "chart" && kind != "breach" && kind != "segment") return refusal(Style::api, 400, "kind is chart, breach or segment");
    const bool persons = has(call.caller.roles, Role::content_viewer);
    if (!persons && !kind.empty() && kind != "chart") return refusal(Style::api, 403, "signals about persons need the role content-viewer");
    auto all = context.sources.signals();
    std::erase_if(all, [&](const Signal& s) { return (!kind.empty() && s.kind != kind) || (!persons && s.kind != "chart"); });
    std::ranges::stable_sort(all, std::greater{}, &Signal::told_ms);
    if (all.size() > *limit) all.resize(*limit);
    if (std::ranges::any_of(all, [](const Signal& s) { return s.kind != "chart"; }))
        audit_lines().info("signals.viewed", {{"who", call.authenticated ? call.caller.name : "loopback"}, {"peer", call.peer}});
    Json json;
    json.begin().field("persons", persons).key("signals").list();
    for (const auto& signal : all) write_signal(json, signal);
    json.end_list().end();
    return json_reply(json);
}

} // namespace sluse::serve
