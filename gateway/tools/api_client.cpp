// gateway/tools/api_client.cpp — Beast, one connection, one deadline.
#include "gateway/tools/api_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>

namespace sluse {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t answer_bytes_max = 256u << 20;

struct Address {
    std::string host, port;
};

Result<Address> split_base(const std::string& base)
{
    constexpr std::string_view scheme = "http://";
    if (!base.starts_with(scheme)) return Fault{Errc::unsupported, base + ": the address must be http://host:port"};
    auto rest = base.substr(scheme.size());
    while (rest.ends_with('/')) rest.pop_back();
    const auto colon = rest.rfind(':');
    if (colon == rest.npos) return Address{rest, "80"};
    return Address{rest.substr(0, colon), rest.substr(colon + 1)};
}

} // namespace

Result<ApiAnswer> api_request(const std::string& base, const std::string& method, const std::string& target, const std::string& token, Millis at_most)
{
    const auto address = split_base(base);
    if (!address) return address.error();
    asio::io_context io;
    beast::error_code error;
    const auto endpoints = asio::ip::tcp::resolver(io).resolve(address->host, address->port, error);
    if (error) return Fault{Errc::closed, base + ": " + error.message()};

    beast::tcp_stream stream(io);
    stream.expires_after(std::chrono::milliseconds(at_most));
    http::request<http::string_body> request{http::string_to_verb(method), target, 11};
    request.set(http::field::host, address->host + ":" + address->port);
    request.set(http::field::accept, "application/json");
    if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
    request.prepare_payload();
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(answer_bytes_max);

    // The synchronous calls of a tcp_stream ignore its deadline, so each step is asynchronous and run to its end.
    const auto run = [&](auto&& start) {
        start([&](beast::error_code ec, auto&&...) { error = ec; });
        io.restart();
        io.run();
        return !error;
    };
    const bool done = run([&](auto handler) { stream.async_connect(endpoints, handler); }) &&
                      run([&](auto handler) { http::async_write(stream, request, handler); }) &&
                      run([&](auto handler) { http::async_read(stream, buffer, parser, handler); });
    if (!done) return Fault{error == beast::error::timeout ? Errc::timed_out : Errc::closed, base + ": " + error.message()};
    return ApiAnswer{parser.get().result_int(), std::move(parser.get().body())};
}

} // namespace sluse
