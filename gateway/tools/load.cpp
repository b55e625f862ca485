// gateway/tools/load.cpp — targets, the loop that drives the connections, and the deadlines over them.
#include "gateway/tools/load.hpp"

#include "gateway/tools/load_feed.hpp"

#include <boost/asio/co_spawn.hpp>

#include <charconv>

namespace sluse {
namespace {

using namespace load;

/// Deadlines and progress, ten times a second, until the load is finished.
asio::awaitable<void> tick(Feed* feed, Instant began, const std::function<void(const LoadSummary&)>* progress)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!feed->finished()) {
        timer.expires_after(std::chrono::milliseconds(100));
        static_cast<void>(co_await timer.async_wait(as_value));
        const auto now = std::chrono::steady_clock::now();
        for (auto& lane : feed->lanes()) {
            if (now < lane->deadline || !lane->socket) continue;
            boost::system::error_code ignored;
            lane->socket->close(ignored);
        }
        feed->summary.seconds = std::chrono::duration<double>(now - began).count();
        if (*progress) (*progress)(feed->summary);
    }
}

} // namespace

Result<Target> parse_target(std::string_view url)
{
    struct Scheme {
        std::string_view name;
        bool http, tls;
        std::uint16_t port;
    };
    constexpr Scheme schemes[] = {{"mllp://", false, false, 2575}, {"mllps://", false, true, 2575}, {"http://", true, false, 80}, {"https://", true, true, 443}};
    for (const auto& scheme : schemes) {
        if (!url.starts_with(scheme.name)) continue;
        auto rest = url.substr(scheme.name.size());
        Target target{scheme.http, scheme.tls, "", "", scheme.port};
        const auto slash = rest.find('/');
        if (slash != rest.npos && slash + 1 < rest.size()) target.path = rest.substr(slash);
        rest = rest.substr(0, slash);
        const auto colon = rest.ends_with(']') ? rest.npos : rest.rfind(':');
        auto host = rest.substr(0, colon);
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        target.host = host;
        if (colon != rest.npos) {
            const auto text = rest.substr(colon + 1);
            const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), target.port);
            if (ec != std::errc() || end != text.data() + text.size() || target.port == 0) break;
        }
        if (!target.host.empty()) return target;
    }
    return Fault{Errc::bad_config, std::string(url) + ": is not mllp://HOST:PORT, mllps://…, http://HOST:PORT or https://…"};
}

Result<LoadSummary> run_load(const LoadOptions& options, const NextMessage& next, const std::function<void(const LoadSummary&)>& progress,
                             const std::function<void(const MessageOutcome&)>& outcome)
{
    if (options.to.empty()) return Fault{Errc::bad_config, "nowhere to send to"};
    if (options.connections == 0 || options.pipeline == 0) return Fault{Errc::bad_config, "connections and pipeline must be at least 1"};
    asio::io_context loop{1};
    Feed feed(options, next, outcome);
    std::shared_ptr<asio::ssl::context> tls;
    for (const auto& url : options.to) {
        auto target = parse_target(url);
        if (!target) return target.error();
        if (target->tls && !tls) {
            auto made = tls_client(options.tls);
            if (!made) return made.error();
            tls = std::move(*made);
        }
        for (unsigned i = 0; i < options.connections; ++i) feed.add(std::make_unique<Lane>(loop, *target));
    }
    const auto began = std::chrono::steady_clock::now();
    std::exception_ptr escaped;
    const auto note = [&escaped](std::exception_ptr thrown) {
        if (thrown) escaped = thrown;
    };
    for (auto& lane : feed.lanes()) {
        auto task = (lane->target.http ? run_http : run_mllp)(&feed, lane.get(), lane->target.tls ? tls : nullptr);
        asio::co_spawn(loop, std::move(task), note);
    }
    auto ticking = tick(&feed, began, &progress);
    asio::co_spawn(loop, std::move(ticking), note);
    while (!loop.stopped() && !escaped) loop.run_one();
    if (escaped) std::rethrow_exception(escaped);
    feed.summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return std::move(feed.summary);
}

} // namespace sluse
