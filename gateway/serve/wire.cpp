// gateway/serve/wire.cpp — the two kinds of connection, and the only place where Beast's reading and writing is compiled.
#include "gateway/serve/wire.hpp"

#include "gateway/net/tls.hpp"
#include "gateway/serve/waiter.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace sluse::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr std::size_t goodbye_bytes_max = 256u << 10;

beast::tcp_stream& lowest(beast::tcp_stream& stream) { return stream; }
beast::tcp_stream& lowest(TlsStream& stream) { return stream.next_layer(); }

template <class Stream> class WireOver final : public Wire {
public:
    template <class... Arguments> explicit WireOver(Arguments&&... arguments) : stream_(std::forward<Arguments>(arguments)...) {}
    Stream& stream() { return stream_; }

    void expires_after(std::chrono::milliseconds at_most) override { lowest(stream_).expires_after(at_most); }

    awaitable<error_code> read_some(beast::flat_buffer& buffer, std::size_t bytes_max) override
    {
        const auto [ec, n] = co_await stream_.async_read_some(buffer.prepare(bytes_max), as_value);
        if (!ec) buffer.commit(n);
        co_return ec;
    }
    awaitable<error_code> read_header(beast::flat_buffer& buffer, Parser& parser) override
    {
        const auto [ec, n] = co_await http::async_read_header(stream_, buffer, parser, as_value);
        co_return ec;
    }
    awaitable<error_code> read_body(beast::flat_buffer& buffer, Parser& parser) override
    {
        const auto [ec, n] = co_await http::async_read(stream_, buffer, parser, as_value);
        co_return ec;
    }
    awaitable<error_code> write(std::string_view bytes) override
    {
        const auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(bytes), as_value);
        co_return ec;
    }
    awaitable<void> finish(beast::flat_buffer& buffer) override
    {
        error_code ignored;
        lowest(stream_).socket().shutdown(tcp::socket::shutdown_send, ignored);
        expires_after(std::chrono::seconds(1));
        for (std::size_t taken = 0; taken < goodbye_bytes_max;) {
            buffer.clear();
            const auto [ec, n] = co_await lowest(stream_).async_read_some(buffer.prepare(16u << 10), as_value);
            if (ec) break;
            taken += n;
        }
    }

private:
    Stream stream_;
};

} // namespace

asio::awaitable<std::unique_ptr<Wire>> open_wire(tcp::socket socket, asio::ssl::context* secrets, bool asks_for_certificate, std::chrono::milliseconds at_most,
                                                 const std::string& peer)
{
    if (!secrets) co_return std::make_unique<WireOver<beast::tcp_stream>>(std::move(socket));
    auto wire = std::make_unique<WireOver<TlsStream>>(beast::tcp_stream(std::move(socket)), *secrets);
    wire->expires_after(at_most);
    const auto [ec] = co_await wire->stream().async_handshake(asio::ssl::stream_base::server, as_value);
    if (ec) {
        log_handshake("http", peer, handshake_fault(wire->stream().native_handle(), ec));
        co_return nullptr;
    }
    if (asks_for_certificate) wire->certificate_names = std::make_shared<const std::vector<std::string>>(certificate_names(wire->stream().native_handle()));
    co_return wire;
}

} // namespace sluse::serve
