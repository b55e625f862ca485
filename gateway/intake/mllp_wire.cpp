// gateway/intake/mllp_wire.cpp — the plain and the encrypted stream under an MLLP session.
#include "gateway/intake/mllp_session.hpp"

#include <boost/asio/write.hpp>

namespace sluse::mllp {
namespace {

using boost::system::error_code;

/// Waits until the socket is readable and reads then, through the loop's own buffer: a silent connection has none.
class PlainWire final : public Wire {
public:
    explicit PlainWire(tcp::socket socket) : socket_(std::move(socket))
    {
        error_code ignored;
        socket_.non_blocking(true, ignored);
    }
    asio::awaitable<std::optional<HandshakeFault>> handshake() override { co_return std::nullopt; }

    asio::awaitable<std::string_view> read(Shard& shard, error_code& ec) override
    {
        for (;;) {
            const auto [waited] = co_await socket_.async_wait(tcp::socket::wait_read, as_value);
            ec = waited;
            if (ec) co_return std::string_view{};
            const auto n = socket_.read_some(asio::buffer(shard.scratch), ec);
            if (ec == asio::error::would_block) continue;
            co_return std::string_view(shard.scratch.data(), n);
        }
    }

    std::size_t write_now(std::string_view bytes) override
    {
        error_code ec;
        const auto n = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ec);
        return ec ? 0 : n; // what is wrong shows in the write that waits
    }

    asio::awaitable<bool> write(std::string_view bytes) override
    {
        const auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), as_value);
        co_return !ec;
    }

    asio::awaitable<void> finish() override
    {
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
        co_return;
    }
    tcp::socket& socket() override { return socket_; }
    std::shared_ptr<const std::vector<std::string>> certificate_names() override { return {}; }

private:
    tcp::socket socket_;
};

/// TLS keeps bytes between reads, so it has its own buffer, made when the handshake is done.
class TlsWire final : public Wire {
public:
    TlsWire(tcp::socket socket, std::shared_ptr<asio::ssl::context> context, bool asks_for_certificate)
        : context_(std::move(context)), stream_(std::move(socket), *context_), asks_for_certificate_(asks_for_certificate)
    {
    }

    asio::awaitable<std::optional<HandshakeFault>> handshake() override
    {
        const auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_value);
        if (ec) co_return handshake_fault(stream_.native_handle(), ec);
        buffer_.resize(16 * 1024);
        co_return std::nullopt;
    }

    asio::awaitable<std::string_view> read(Shard&, error_code& ec) override
    {
        const auto [failed, n] = co_await stream_.async_read_some(asio::buffer(buffer_), as_value);
        // Many senders close the socket without TLS's own goodbye; a frame that was cut is seen by the framer.
        ec = failed == asio::ssl::error::stream_truncated ? error_code(asio::error::eof) : failed;
        co_return std::string_view(buffer_.data(), ec ? 0 : n);
    }

    std::size_t write_now(std::string_view) override { return 0; }

    asio::awaitable<bool> write(std::string_view bytes) override
    {
        const auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), as_value);
        co_return !ec;
    }

    asio::awaitable<void> finish() override
    {
        const auto [ignored] = co_await stream_.async_shutdown(as_value);
        static_cast<void>(ignored);
        error_code unused;
        socket().shutdown(tcp::socket::shutdown_send, unused);
    }
    tcp::socket& socket() override { return stream_.next_layer(); }

    std::shared_ptr<const std::vector<std::string>> certificate_names() override
    {
        if (!asks_for_certificate_) return {};
        return std::make_shared<const std::vector<std::string>>(sluse::certificate_names(stream_.native_handle()));
    }

private:
    std::shared_ptr<asio::ssl::context> context_;
    asio::ssl::stream<tcp::socket> stream_;
    const bool asks_for_certificate_;
    std::vector<char> buffer_;
};

} // namespace

std::unique_ptr<Wire> plain_wire(tcp::socket socket)
{
    return std::make_unique<PlainWire>(std::move(socket));
}

std::unique_ptr<Wire> tls_wire(tcp::socket socket, std::shared_ptr<asio::ssl::context> context, bool asks_for_certificate)
{
    return std::make_unique<TlsWire>(std::move(socket), std::move(context), asks_for_certificate);
}

} // namespace sluse::mllp
