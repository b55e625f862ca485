// gateway/serve/health.cpp — /livez, /readyz and /metrics.
#include "gateway/serve/routes.hpp"

namespace sluse::serve {
namespace {

std::string_view word(CheckState state)
{
    return state == CheckState::ok ? "ok" : state == CheckState::degraded ? "degraded" : "failed";
}

Reply text_reply(unsigned status, std::string body)
{
    Reply reply;
    reply.status = status;
    reply.type = "text/plain; charset=utf-8";
    reply.body = std::move(body);
    if (status == 503) reply.headers.emplace_back("Retry-After", "5");
    return reply;
}

} // namespace

/// The process lives when it answers at all.
Reply get_live_probe(Context&, const Call&) { return text_reply(200, "ok\n"); }

/// 200 while messages can be taken in, degraded or not; 503 while draining or when the journal cannot be written.
Reply get_ready_probe(Context& context, const Call& call)
{
    std::vector<HealthCheck> checks;
    if (context.sources.health) checks = context.sources.health();
    if (context.draining) checks.push_back({"drain", CheckState::failed, "draining, no new messages are taken"});
    auto worst = CheckState::ok;
    std::string lines;
    for (const auto& check : checks) {
        worst = std::max(worst, check.state);
        lines += check.name + ": " + std::string(word(check.state));
        if (!check.detail.empty()) lines += " (" + check.detail + ")";
        lines += '\n';
    }
    const std::string verdict = worst == CheckState::ok ? "ready" : worst == CheckState::degraded ? "ready, degraded" : "not ready";
    const bool verbose = call.query.contains("verbose");
    return text_reply(worst == CheckState::failed ? 503 : 200, (verbose ? lines : std::string()) + verdict + '\n');
}

Reply get_metrics(Context& context, const Call&)
{
    if (!context.sources.metrics) return refusal(Style::plain, 501, "no metrics are kept here");
    Reply reply;
    reply.type = "text/plain; version=0.0.4; charset=utf-8";
    reply.body = context.sources.metrics();
    return reply;
}

} // namespace sluse::serve
