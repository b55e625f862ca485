// tests/serve/client.hpp — a small blocking HTTP client for the tests.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluse::serve {

namespace http = boost::beast::http;
using Answered = http::response<http::string_body>;
using Fields = std::vector<std::pair<std::string, std::string>>;

/// One connection, kept alive between requests. Throws on a broken connection.
class Client {
public:
    explicit Client(std::uint16_t port, int receive_buffer = 0)
    {
        socket_.open(boost::asio::ip::tcp::v4());
        if (receive_buffer != 0) socket_.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer));
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
        const timeval ten_seconds{10, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &ten_seconds, sizeof ten_seconds);
    }
    Answered ask(http::verb method, const std::string& target, const Fields& fields = {}, const std::string& body = {})
    {
        http::request<http::string_body> request{method, target, 11};
        request.set(http::field::host, "localhost");
        for (const auto& [name, value] : fields) request.set(name, value);
        if (method == http::verb::post) {
            request.body() = body;
            request.prepare_payload();
        }
        http::write(socket_, request);
        return read(method == http::verb::head);
    }
    Answered read(bool head = false)
    {
        http::response_parser<http::string_body> parser;
        parser.skip(head);
        http::read(socket_, buffer_, parser);
        return parser.release();
    }
    void raw(const std::string& bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }
    /// Up to the end marker, or what came until the connection closed.
    std::string until(const std::string& marker)
    {
        std::string all;
        char chunk[4096];
        boost::system::error_code ec;
        while (all.find(marker) == all.npos && all.size() < (1u << 20)) {
            const auto n = socket_.read_some(boost::asio::buffer(chunk), ec);
            all.append(chunk, n);
            if (ec) break;
        }
        return all;
    }
    boost::asio::ip::tcp::socket& socket() { return socket_; }

private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_{io_};
    boost::beast::flat_buffer buffer_;
};

} // namespace sluse::serve
