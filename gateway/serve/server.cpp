// gateway/serve/server.cpp — listening, sessions, deadlines. One I/O thread; checks and queries run on a small pool beside it.
#include "gateway/serve/server.hpp"

#include "gateway/base/log_lines.hpp"
#include "gateway/base/threads.hpp"
#include "gateway/net/address.hpp"
#include "gateway/net/connections.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/serve/admission.hpp"
#include "gateway/serve/followers.hpp"
#include "gateway/serve/gate.hpp"
#include "gateway/serve/intake.hpp"
#include "gateway/serve/live.hpp"
#include "gateway/serve/numbers.hpp"
#include "gateway/serve/response.hpp"
#include "gateway/serve/routes.hpp"
#include "gateway/serve/waiter.hpp"
#include "gateway/serve/wire.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <thread>

namespace sluse::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t question_bytes_max = 64u << 10;

class HttpServer final : public Server {
public:
    HttpServer(ServeOptions options, ApiSources sources, Admission admission)
        : options_(std::move(options)), admission_(std::move(admission))
    {
        context_.sources = std::move(sources);
    }
    ~HttpServer() override { stop(); }

    Result<void> listen();
    std::uint16_t port() const override { return port_; }
    void start() override;
    Result<void> reload() override;
    Millis certificate_expires() const override { return tls_ ? tls_->expires() : 0; }
    void drain() override { context_.draining = true; }
    void stop() override;

private:
    asio::awaitable<void> accept();
    asio::awaitable<void> tick();
    void warm();
    asio::awaitable<void> greet(tcp::socket socket, std::shared_ptr<Pass> pass);
    asio::awaitable<bool> exchange(Wire& wire, beast::flat_buffer& buffer, Pass& pass);
    asio::awaitable<bool> read_header(Wire& wire, beast::flat_buffer& buffer, Parser& parser);
    asio::awaitable<std::optional<Reply>> read_body(Wire& wire, beast::flat_buffer& buffer, Parser& parser, Pass& pass, const Route& route);
    asio::awaitable<bool> send(Wire& wire, const Reply& reply, unsigned version, bool keep_alive, bool head);
    asio::awaitable<void> follow(Wire& wire);
    asio::awaitable<Reply> answer(const Route& route, std::shared_ptr<Call> call);
    asio::awaitable<Reply> take_in(const Route& route, std::shared_ptr<Call> call);

    ServeOptions options_;
    Admission admission_;
    Context context_;
    LiveFeed feed_;
    std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    // Shared with receipts that the journal may still owe when the server has stopped.
    std::shared_ptr<asio::io_context> io_ = std::make_shared<asio::io_context>(1);
    std::unique_ptr<TlsServer> tls_;
    tcp::acceptor acceptor_{*io_};
    std::uint16_t port_{};
    asio::io_context work_; ///< queries and message checks, on workers_
    asio::executor_work_guard<asio::io_context::executor_type> open_{work_.get_executor()};
    std::vector<std::thread> workers_;
    std::thread thread_;
    bool stopped_{};
    Followers followers_;
};

Result<void> HttpServer::listen()
{
    error_code ec;
    const auto address = ip_address(options_.address, ec);
    if (ec) return Fault{Errc::bad_config, "listen.http.address: is not an IP address: " + options_.address};
    const bool tls = !options_.certificate_file.empty();
    const bool closed = admission_.has_tokens() && (tls || options_.allow_plaintext_beyond_loopback);
    if (!address.is_loopback() && !closed)
        return Fault{Errc::bad_config, "listen.http.address: beyond loopback only with TLS and a token file"};
    if (tls) {
        auto opened = TlsServer::open({options_.certificate_file, options_.key_file, options_.client_ca_file});
        if (!opened) return opened.error();
        tls_ = std::move(*opened);
    }
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return Fault{Errc::refused, "listen.http: cannot listen on " + options_.address + ":" + std::to_string(options_.port) + ": " + ec.message()};
    port_ = acceptor_.local_endpoint(ec).port();
    return {};
}

/// None without a file: then nobody needs one.
Result<Tokens> read_tokens(const ServeOptions& options)
{
    return options.tokens_file.empty() ? Result<Tokens>(Tokens()) : Tokens::read(options.tokens_file);
}

Result<void> HttpServer::reload()
{
    auto tokens = read_tokens(options_);
    if (!tokens) return tokens.error();
    if (tls_)
        if (auto loaded = tls_->reload(); !loaded) return loaded;
    asio::post(*io_, [this, fresh = Admission(std::move(*tokens))]() mutable {
        admission_ = std::move(fresh);
        if (admission_.has_tokens()) followers_.dismiss();
    });
    return {};
}

void HttpServer::start()
{
    if (context_.sources.tracker)
        context_.sources.tracker->on_change([this](const std::vector<std::string>& indicators) { context_.goals.note_change(indicators); });
    warm();
    asio::co_spawn(*io_, accept(), asio::detached);
    asio::co_spawn(*io_, tick(), asio::detached);
    for (unsigned i = 0; i < options_.workers; ++i)
        workers_.emplace_back([this] {
            name_this_thread("sluse-http-work");
            work_.run();
        });
    thread_ = std::thread([this] {
        name_this_thread("sluse-http");
        io_->run();
    });
}

/// Makes the goals' answer, so that the first who asks finds it made.
void HttpServer::warm()
{
    try {
        static_cast<void>(goals_json(context_));
    } catch (const std::exception& error) { // whoever asks hears of it
        log_lines().error("http.handler_failed", {{"route", "/api/v1/goals"}, {"fault", error.what()}});
    }
}

void HttpServer::stop()
{
    if (std::exchange(stopped_, true)) return;
    context_.draining = true;
    if (context_.sources.tracker) context_.sources.tracker->on_change({});
    asio::post(*io_, [this] {
        error_code ignored;
        acceptor_.close(ignored);
    });
    io_->stop();
    if (thread_.joinable()) thread_.join();
    open_.reset();
    for (auto& worker : workers_) worker.join();
}

asio::awaitable<void> HttpServer::accept()
{
    while (acceptor_.is_open()) {
        auto [ec, socket] = co_await acceptor_.async_accept(as_value);
        if (ec == asio::error::operation_aborted) co_return;
        if (ec) { // out of descriptors, most likely: wait for sessions to end, do not spin
            asio::steady_timer pause(*io_, 100ms);
            co_await pause.async_wait(as_value);
            continue;
        }
        error_code ignored;
        const auto address = socket.remote_endpoint(ignored).address().to_string();
        if (gate_->open >= options_.connections_max || gate_->open_from(address) >= options_.connections_per_address_max) continue; // closes it
        socket.set_option(tcp::no_delay(true), ignored);
        auto pass = std::make_shared<Pass>(gate_, address);
        asio::co_spawn(*io_, greet(std::move(socket), std::move(pass)), [](std::exception_ptr fault) {
            if (!fault) return;
            try {
                std::rethrow_exception(fault);
            } catch (const std::exception& error) {
                log_lines().error("http.session_ended", {{"fault", error.what()}});
            }
        });
    }
}

/// Once a second: samples the counters, and tells those who follow live. A slow sample delays only the next one.
asio::awaitable<void> HttpServer::tick()
{
    asio::steady_timer timer(*io_);
    auto next = std::chrono::steady_clock::now();
    while (acceptor_.is_open()) {
        next = std::max(next + 1s, std::chrono::steady_clock::now());
        timer.expires_at(next);
        co_await timer.async_wait(as_value);
        auto waiter = std::make_shared<Waiter<std::string>>(*io_, options_.answer_max);
        const bool watched = followers_.any();
        asio::post(work_, [this, waiter, watched, io = io_] { settle(io, waiter, feed_.sample(context_, watched)); });
        const auto news = co_await wait_for(waiter);
        if (!news || news->empty()) continue;
        followers_.tell(std::make_shared<const std::string>(*news), LiveFeed::behind_max);
    }
}

asio::awaitable<void> HttpServer::greet(tcp::socket socket, std::shared_ptr<Pass> pass)
{
    const auto secrets = tls_ ? tls_->current() : nullptr; // kept until this connection ends, also when the files are read again
    const auto wire = co_await open_wire(std::move(socket), secrets.get(), tls_ && tls_->asks_for_certificate(), options_.header_max, pass->address());
    if (!wire) co_return;
    beast::flat_buffer buffer(64u << 10);
    while (co_await exchange(*wire, buffer, *pass)) pass->release();
    pass->release();
    co_await wire->finish(buffer);
}

/// What of a request's header decides whether it is let in.
RequestHeader header_of(const Parser& parser)
{
    const auto& request = parser.get();
    const auto text = [](const auto& view) { return std::string_view(view.data(), view.size()); };
    RequestHeader header;
    header.method = text(request.method_string());
    header.target = text(request.target());
    header.host = text(request[http::field::host]);
    header.authorization = text(request[http::field::authorization]);
    header.origin = text(request[http::field::origin]);
    header.fetch_site = text(request["Sec-Fetch-Site"]);
    header.content_type = text(request[http::field::content_type]);
    header.content_encoding = text(request[http::field::content_encoding]);
    header.transfer_encoding = text(request[http::field::transfer_encoding]);
    header.accept = text(request[http::field::accept]);
    header.if_none_match = text(request[http::field::if_none_match]);
    header.has_host = request.count(http::field::host) == 1;
    return header;
}

/// The bytes are no HTTP, unlike a sender that left.
bool is_foreign(const error_code& ec)
{
    return ec.category() == make_error_code(http::error::bad_method).category() && ec != http::error::end_of_stream && ec != http::error::partial_message;
}

/// Waits for a request and reads its header; false when the connection is over. What is no HTTP is told so first.
asio::awaitable<bool> HttpServer::read_header(Wire& wire, beast::flat_buffer& buffer, Parser& parser)
{
    if (buffer.size() == 0) {
        wire.expires_after(options_.idle_max);
        const auto ec = co_await wire.read_some(buffer, 8u << 10);
        if (ec) co_return false;
    }
    parser.header_limit(options_.header_bytes_max);
    parser.body_limit(boost::none); // checked after the caller is known; read_body() sets it
    wire.expires_after(options_.header_max);
    const auto ec = co_await wire.read_header(buffer, parser);
    if (!ec) co_return true;
    if (is_foreign(ec)) {
        const auto reply = ec == http::error::header_limit ? refusal(Style::plain, 431, "the header is too long") : refusal(Style::plain, 400, "this is not HTTP/1.1");
        co_await send(wire, reply, 11, false, false);
    }
    co_return false;
}

/// One request and its answer; false when the connection is over.
asio::awaitable<bool> HttpServer::exchange(Wire& wire, beast::flat_buffer& buffer, Pass& pass)
{
    Parser parser;
    const bool read = co_await read_header(wire, buffer, parser);
    if (!read) co_return false;
    const bool head = parser.get().method() == http::verb::head, keep_alive = parser.get().keep_alive();
    const auto version = parser.get().version();
    auto admitted = admission_.admit(header_of(parser), pass.address(), context_.draining);
    if (admitted.refused) {
        const bool unread = parser.chunked() || parser.content_length().value_or(0) > 0;
        admitted.refused->close |= unread;
        co_return co_await send(wire, *admitted.refused, version, keep_alive, head);
    }
    const auto& route = *admitted.route;
    const auto call = std::make_shared<Call>(std::move(admitted.call));
    call->certificate_names = wire.certificate_names;
    if (route.does == Does::live) {
        co_await follow(wire);
        co_return false;
    }
    Reply reply;
    if (route.does == Does::intake || route.does == Does::ask) {
        auto unread = co_await read_body(wire, buffer, parser, pass, route);
        if (unread) {
            reply = std::move(*unread);
            reply.close = true;
        } else if (!parser.is_done()) {
            co_return false; // the sender left, or was too slow
        } else {
            call->body = std::move(parser.get().body());
            if (route.does == Does::ask) reply = co_await answer(route, call);
            else reply = co_await take_in(route, call);
            if (reply.pause_ms > 0) { // the system is over its rate: its own connection waits, nobody else's
                asio::steady_timer pause(*io_, std::min(options_.pause_max, std::chrono::milliseconds(reply.pause_ms)));
                co_await pause.async_wait(as_value);
            }
        }
    } else {
        reply = co_await answer(route, call);
        reply.close |= parser.chunked() || parser.content_length().value_or(0) > 0;
    }
    co_return co_await send(wire, reply, version, keep_alive, head);
}

asio::awaitable<std::optional<Reply>> HttpServer::read_body(Wire& wire, beast::flat_buffer& buffer, Parser& parser, Pass& pass, const Route& route)
{
    const auto bytes_max = route.does == Does::ask ? question_bytes_max : options_.body_bytes_max;
    const auto too_long = route.does == Does::ask ? "the question is longer than 64 KiB" : "the message is longer than limits.message_bytes_max";
    const auto length = parser.content_length();
    if (!length && !parser.chunked()) co_return refusal(route.style, 411, "say how long the body is");
    if (length.value_or(0) > bytes_max) co_return refusal(route.style, 413, too_long);
    const auto expected = length ? static_cast<std::size_t>(*length) : bytes_max;
    if (!pass.reserve(expected, options_.bodies_bytes_max)) co_return refusal(route.style, 503, "too many messages are being read, send again later");
    wire.expires_after(options_.body_max);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto ec = co_await wire.write(go_on);
        if (ec) co_return std::nullopt;
    }
    parser.body_limit(bytes_max);
    const auto ec = co_await wire.read_body(buffer, parser);
    if (ec == http::error::body_limit) co_return refusal(route.style, 413, too_long);
    if (ec == beast::error::timeout) co_return refusal(route.style, 408, "the body did not come in time");
    if (is_foreign(ec)) co_return refusal(route.style, 400, "the body's chunks cannot be read");
    co_return std::nullopt;
}

asio::awaitable<bool> HttpServer::send(Wire& wire, const Reply& reply, unsigned version, bool keep_alive, bool head)
{
    keep_alive = keep_alive && !reply.close;
    const auto text = response_text(reply, version, keep_alive, head);
    wire.expires_after(options_.write_max);
    const auto ec = co_await wire.write(text);
    co_return !ec && keep_alive;
}

asio::awaitable<Reply> HttpServer::answer(const Route& route, std::shared_ptr<Call> call)
{
    auto waiter = std::make_shared<Waiter<Reply>>(*io_, route.does == Does::answer ? options_.answer_max : options_.work_max);
    asio::post(work_, [this, &route, call, waiter, io = io_] {
        Reply reply;
        try {
            reply = route.handler(context_, *call);
        } catch (const std::exception& error) { // a bug; it ends this answer, not the process
            log_lines().error("http.handler_failed", {{"route", route.pattern}, {"fault", error.what()}});
            reply = refusal(route.style, 500, "this is a fault of the gateway");
        }
        settle(io, waiter, std::move(reply));
    });
    auto reply = co_await wait_for(waiter);
    if (reply) co_return std::move(*reply);
    co_return refusal(route.style, 503, "the answer took too long");
}

asio::awaitable<Reply> HttpServer::take_in(const Route& route, std::shared_ptr<Call> call)
{
    if (!context_.sources.receiver) co_return refusal(route.style, 501, "this process takes no messages in");
    auto waiter = std::make_shared<Waiter<Reply>>(*io_, options_.answer_max);
    asio::post(work_, [this, &route, call, waiter, io = io_] {
        auto split = split_body(context_.sources, route, *call);
        if (split.refused) return settle(io, waiter, std::move(*split.refused));
        receive_all(*context_.sources.receiver, std::move(split.deliveries), [io, waiter, &route, call, whole = std::move(split.issues)](std::vector<Receipt> receipts) {
            settle(io, waiter, intake_reply(route, receipts, whole, *call));
        });
    });
    auto reply = co_await wait_for(waiter);
    if (reply) co_return std::move(*reply);
    // The message may yet become durable; the sender sends it again and the duplicate check sees to the rest.
    co_return refusal(route.style, 503, "the journal did not answer in time, send again");
}

asio::awaitable<void> HttpServer::follow(Wire& wire)
{
    const auto self = followers_.join(*io_, options_.subscribers_max);
    if (!self) {
        const auto reply = refusal(Style::api, 503, "too many follow already");
        co_await send(wire, reply, 11, false, false);
        co_return;
    }
    const auto hello = LiveFeed::hello(security_headers());
    self->queue.push_back(std::make_shared<const std::string>(hello));
    if (const auto last = feed_.last()) self->queue.push_back(last);
    while (!self->slow && acceptor_.is_open()) {
        if (self->queue.empty()) {
            self->wake.expires_after(15s);
            co_await self->wake.async_wait(as_value);
            if (self->queue.empty()) self->queue.push_back(std::make_shared<const std::string>(": still here\n\n"));
        }
        const auto next = self->queue.front();
        self->queue.pop_front();
        wire.expires_after(options_.write_max);
        const auto ec = co_await wire.write(*next);
        if (ec) co_return;
    }
}

} // namespace

Result<std::unique_ptr<Server>> Server::open(ServeOptions options, ApiSources sources)
{
    auto tokens = read_tokens(options);
    if (!tokens) return tokens.error();
    auto server = std::make_unique<HttpServer>(std::move(options), std::move(sources), Admission(std::move(*tokens)));
    if (auto listening = server->listen(); !listening) return listening.error();
    return std::unique_ptr<Server>(std::move(server));
}

} // namespace sluse::serve
