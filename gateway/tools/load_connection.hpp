// gateway/tools/load_connection.hpp — one lane's connections, over any protocol: connect, TLS, talk, and again after a break.
#pragma once

#include "gateway/tools/load_feed.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <string>

namespace sluse::load {

/// One connection's life; what went wrong before it could be used, or empty. `Protocol::converse(feed, lane, stream)` talks until the
/// connection breaks or nothing is left.
template <class Protocol> asio::awaitable<std::string> once(Feed* feed, Lane* lane, std::shared_ptr<asio::ssl::context> tls)
{
    const auto where = lane->target.host + ':' + std::to_string(lane->target.port) + ": ";
    const auto executor = co_await asio::this_coro::executor;
    if (!tls) {
        tcp::socket socket(executor);
        if (const auto ec = co_await connect(feed, lane, &socket)) co_return where + ec.message();
        co_await Protocol::converse(feed, lane, &socket);
        co_return std::string();
    }
    asio::ssl::stream<tcp::socket> stream(executor, *tls);
    if (const auto ec = co_await connect(feed, lane, &stream.next_layer())) co_return where + ec.message();
    SSL_set_tlsext_host_name(stream.native_handle(), lane->target.host.c_str());
    stream.set_verify_callback(asio::ssl::host_name_verification(lane->target.host));
    lane->deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(feed->options.connect_max);
    const auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_value);
    lane->deadline = Instant::max();
    if (ec) co_return where + ec.message();
    co_await Protocol::converse(feed, lane, &stream);
    co_return std::string();
}

/// Until everything is answered or given up. With `Protocol::may_end_between` a server may end a connection on which nothing is
/// unanswered, and that is no break.
template <class Protocol> asio::awaitable<void> run_lane(Feed* feed, Lane* lane, std::shared_ptr<asio::ssl::context> tls)
{
    for (unsigned tries = 0; !feed->finished(); ++tries) {
        const auto answered = feed->summary.answered();
        auto why = co_await once<Protocol>(feed, lane, tls);
        lane->socket = nullptr;
        if (feed->finished()) break;
        const bool kept = Protocol::may_end_between && why.empty() && lane->in_flight.empty();
        feed->requeue(*lane);
        if (feed->finished()) break;
        if (kept) continue;
        ++feed->summary.reconnects;
        if (feed->summary.answered() > answered) tries = 0;
        if (why.empty()) why = lane->target.host + ": the connection broke";
        const bool again = co_await back_off(feed, lane, tries, std::move(why));
        if (!again) break;
    }
    lane->done = true;
}

} // namespace sluse::load
