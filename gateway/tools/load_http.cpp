// gateway/tools/load_http.cpp — one sending HTTP connection, kept alive, one request at a time.
#include "adapters/adapter.hpp"
#include "gateway/tools/answer_reason.hpp"
#include "gateway/tools/load_connection.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace sluse::load {
namespace {

namespace http = boost::beast::http;
using Request = http::request<http::string_body>;

/// Where a message of a kind is taken, and as what.
struct Way {
    std::string_view path, type;
};

Way way_of(std::string_view bytes)
{
    if (bytes.starts_with('{') || bytes.starts_with('[')) return {"/fhir", "application/fhir+json"};
    const auto adapter = bytes.starts_with('<') || bytes.starts_with('\xef') ? adapter_for(bytes) : nullptr;
    if (!adapter) return {"/api/v1/messages", "application/octet-stream"};
    if (adapter->name == "fhir") return {"/fhir", "application/fhir+xml"};
    if (adapter->name == "vans" || adapter->name == "sbdh") return {"/vans", "application/xml"};
    return {"/api/v1/messages", "application/xml"};
}

Request request_for(const Feed& feed, const Lane& lane, const Item& item)
{
    const auto way = way_of(item.bytes);
    Request request(http::verb::post, lane.target.path.empty() ? way.path : std::string_view(lane.target.path), 11);
    request.set(http::field::host, lane.target.host + ':' + std::to_string(lane.target.port));
    request.set(http::field::user_agent, "sluse send");
    request.set(http::field::content_type, way.type);
    if (!feed.options.token.empty()) request.set(http::field::authorization, "Bearer " + feed.options.token);
    request.body() = item.bytes;
    request.prepare_payload();
    return request;
}

Answer answer_of(unsigned status)
{
    if (status >= 200 && status < 300) return Answer::accepted;
    if (status == 503 || status == 429 || status == 500 || status == 502 || status == 504) return Answer::store_failed;
    return status == 422 || status == 400 ? Answer::content_error : Answer::refused;
}

std::string detail_of(unsigned status, std::string_view body)
{
    auto detail = "HTTP " + std::to_string(status);
    if (status < 300) return detail;
    if (const auto reason = reason_in(body); !reason.empty()) (detail += ' ') += reason;
    return detail;
}

struct Http {
    static constexpr bool may_end_between = true;

    template <class Stream> static asio::awaitable<void> converse(Feed* feed, Lane* lane, Stream* stream)
    {
        boost::beast::flat_buffer buffer;
        while (!feed->finished()) {
            auto item = feed->take(*lane);
            if (!item) {
                if (feed->finished()) break; // asking for more may have found the end
                lane->wake.expires_at(feed->ask_again(*lane));
                static_cast<void>(co_await lane->wake.async_wait(as_value));
                continue;
            }
            const auto request = request_for(*feed, *lane, *item);
            lane->in_flight.push_back(std::move(*item));
            lane->deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(feed->options.answer_max);
            const auto [unsent, written] = co_await http::async_write(*stream, request, as_value);
            if (unsent) break;
            http::response_parser<http::string_body> parser;
            parser.body_limit(4u << 20);
            const auto [unread, read] = co_await http::async_read(*stream, buffer, parser, as_value);
            lane->deadline = Instant::max();
            if (unread) break;
            lane->down_since = {};
            const auto status = parser.get().result_int();
            auto answered = std::move(lane->in_flight.front());
            lane->in_flight.pop_front();
            feed->settle(std::move(answered), answer_of(status), detail_of(status, parser.get().body()));
            if (!parser.get().keep_alive()) break;
        }
        lane->deadline = Instant::max();
    }
};

} // namespace

asio::awaitable<void> run_http(Feed* feed, Lane* lane, std::shared_ptr<asio::ssl::context> tls)
{
    return run_lane<Http>(feed, lane, std::move(tls));
}

} // namespace sluse::load
