// gateway/serve/wire.hpp — one HTTP connection, plain or encrypted. Beast's and OpenSSL's composed operations are instantiated in wire.cpp
// alone: they take longer to compile than all the rest of the stage.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::serve {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

/// Every operation ends by itself when the time last given to expires_after() is up. One coroutine at a time, on the socket's loop;
/// what is handed to an operation must live until it is done.
class Wire {
public:
    template <class T> using awaitable = boost::asio::awaitable<T>;
    using error_code = boost::system::error_code;

    virtual ~Wire() = default;
    virtual void expires_after(std::chrono::milliseconds at_most) = 0;
    /// Some bytes onto the buffer, at most `bytes_max`.
    virtual awaitable<error_code> read_some(boost::beast::flat_buffer& buffer, std::size_t bytes_max) = 0;
    virtual awaitable<error_code> read_header(boost::beast::flat_buffer& buffer, Parser& parser) = 0;
    virtual awaitable<error_code> read_body(boost::beast::flat_buffer& buffer, Parser& parser) = 0;
    virtual awaitable<error_code> write(std::string_view bytes) = 0;
    /// Says goodbye: without the pause a reset may overtake the answer to a body that was left unread.
    virtual awaitable<void> finish(boost::beast::flat_buffer& buffer) = 0;
    /// What the client's certificate says of it; null when it was asked for none.
    std::shared_ptr<const std::vector<std::string>> certificate_names;
};

/// After the handshake when there are secrets (null: plain), which must outlive the wire; null when the handshake failed, which is
/// then in the log with the peer.
boost::asio::awaitable<std::unique_ptr<Wire>> open_wire(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* secrets, bool asks_for_certificate,
                                                        std::chrono::milliseconds at_most, const std::string& peer);

} // namespace sluse::serve
