// gateway/intake/mllp_listener.cpp — accepting, the sweep over deadlines, draining.
#include "gateway/intake/mllp_listener.hpp"

#include "gateway/base/log_lines.hpp"
#include "gateway/intake/mllp_session.hpp"
#include "gateway/net/address.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include <future>

namespace sluse {
namespace {

using namespace mllp;
using boost::system::error_code;

asio::awaitable<void> sweep(std::shared_ptr<Shard> shard, Millis every)
{
    while (!shard->stopped || !shard->sessions.empty()) {
        shard->sweeper.expires_after(std::chrono::milliseconds(every));
        static_cast<void>(co_await shard->sweeper.async_wait(as_value));
        const auto now = std::chrono::steady_clock::now();
        shard->for_each([now](Session& session) { session.check_deadlines(now); });
        shard->starved = false;
    }
}

void report(std::exception_ptr escaped)
{
    if (escaped) log_lines().error("intake.listener_threw");
}

class Listener final : public MllpListener {
public:
    Listener(const MllpOptions& options, IoThreads& io, Receiver& receiver, Metrics& metrics)
        : io_(io), shared_(options, receiver, io.aside(), metrics), acceptor_(io.at(0)), retry_(io.at(0))
    {
        for (unsigned i = 0; i < io.size(); ++i) shards_.push_back(std::make_shared<Shard>(io.at(i), io.doorbell(i)));
    }
    ~Listener() override { close(); }

    Result<void> open(Metrics& metrics);
    std::uint16_t port() const override { return port_; }
    std::size_t connections() const override { return shared_.gate.open(); }
    bool drain(Millis at_most) override;
    void close() override;
    Result<void> reload_tls() override;

private:
    Result<void> listen();
    static asio::awaitable<void> accept(Listener* self);
    void admit(tcp::socket socket, Shard& shard);
    void stop_accepting();
    template <class Each> void on_sessions(const Each& each);

    IoThreads& io_;
    Shared shared_;
    std::unique_ptr<TlsServer> tls_;
    Gauge* expiry_{};
    tcp::acceptor acceptor_;
    asio::steady_timer retry_;
    std::vector<std::shared_ptr<Shard>> shards_;
    std::uint16_t port_{};
    std::size_t turn_{};
    std::promise<void> accepted_last_;
    bool accepting_{false}, closed_{false};
};

Result<void> Listener::listen()
{
    const auto& o = shared_.options;
    const auto where = o.name + ": cannot listen on " + o.address + ":" + std::to_string(o.port) + ": ";
    error_code ec;
    const auto address = ip_address(o.address, ec);
    if (ec) return Fault{Errc::bad_config, where + "not an IP address"};
    const tcp::endpoint endpoint(address, o.port);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return Fault{Errc::refused, where + ec.message()}; // it may be free at the next try
    port_ = acceptor_.local_endpoint().port();
    return {};
}

Result<void> Listener::reload_tls()
{
    if (!tls_) return {};
    auto loaded = tls_->reload();
    expiry_->set(static_cast<double>(tls_->expires()) / 1000);
    return loaded;
}

Result<void> Listener::open(Metrics& metrics)
{
    const auto& o = shared_.options;
    if (o.tls) {
        auto tls = TlsServer::open(*o.tls);
        if (!tls) return tls.error();
        tls_ = std::move(*tls);
        expiry_ = &metrics.gauge("sluse_tls_certificate_expiry_timestamp_seconds", "When the listener's own certificate ends.", {{"listener", o.name}});
        expiry_->set(static_cast<double>(tls_->expires()) / 1000);
    }
    if (auto listening = listen(); !listening) return listening;
    auto& plaintext = metrics.gauge("sluse_insecure_plaintext", "1: this listener takes identities unencrypted beyond loopback.", {{"listener", o.name}});
    plaintext.set(!o.tls && !is_loopback(o.address) ? 1 : 0);
    for (const auto& shard : shards_) {
        auto task = sweep(shard, o.sweep);
        asio::co_spawn(shard->loop, std::move(task), report);
    }
    accepting_ = true;
    auto task = accept(this);
    asio::co_spawn(io_.at(0), std::move(task), [this](std::exception_ptr escaped) {
        report(escaped);
        accepted_last_.set_value();
    });
    return {};
}

asio::awaitable<void> Listener::accept(Listener* self)
{
    while (self->acceptor_.is_open()) {
        auto& shard = *self->shards_[self->turn_++ % self->shards_.size()];
        auto [ec, socket] = co_await self->acceptor_.async_accept(shard.loop, as_value);
        if (!ec) {
            self->admit(std::move(socket), shard);
            continue;
        }
        if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
        // Out of descriptors or memory: the backlog waits in the kernel, and trying again at once would only burn the core.
        self->shared_.counts.rejected(ec == asio::error::no_descriptors ? "descriptors" : "accept_failed").add();
        self->retry_.expires_after(std::chrono::milliseconds(100));
        static_cast<void>(co_await self->retry_.async_wait(as_value));
    }
}

void Listener::admit(tcp::socket socket, Shard& shard)
{
    error_code ec;
    const auto peer = socket.remote_endpoint(ec).address().to_string();
    if (ec) return; // gone already
    std::string_view reason;
    auto pass = shared_.gate.enter(peer, reason);
    if (!pass) {
        shared_.counts.rejected(reason).add();
        log_lines().warn("intake.rejected", {{"listener", shared_.options.name}, {"peer", peer}, {"reason", reason}});
        return;
    }
    socket.set_option(tcp::no_delay(true), ec);
    socket.set_option(asio::socket_base::keep_alive(true), ec);
    auto wire = tls_ ? tls_wire(std::move(socket), tls_->current(), tls_->asks_for_certificate()) : plain_wire(std::move(socket));
    auto session = std::make_shared<Session>(shared_, shard, std::move(wire), std::move(pass), peer);
    asio::post(shard.loop, [session] { session->start(); });
}

void Listener::stop_accepting()
{
    if (!std::exchange(accepting_, false)) return;
    shared_.gate.shut();
    asio::post(io_.at(0), [this] {
        error_code ignored;
        acceptor_.close(ignored);
        retry_.cancel();
    });
    accepted_last_.get_future().wait();
}

/// Runs `each` on every session, on its own loop, and waits until that is done.
template <class Each> void Listener::on_sessions(const Each& each)
{
    for (const auto& shard : shards_) {
        std::promise<void> done;
        asio::post(shard->loop, [&] {
            shard->for_each(each);
            done.set_value();
        });
        done.get_future().wait();
    }
}

bool Listener::drain(Millis at_most)
{
    stop_accepting();
    if (shared_.gate.open() == 0) return true;
    on_sessions([](Session& session) { session.drain(); });
    return shared_.gate.drained(at_most);
}

void Listener::close()
{
    if (std::exchange(closed_, true)) return;
    stop_accepting();
    on_sessions([](Session& session) { session.shut("forced"); });
    shared_.gate.drained(30 * second_ms);
    for (const auto& shard : shards_)
        asio::post(shard->loop, [shard] {
            shard->stopped = true;
            shard->sweeper.cancel();
        });
}

} // namespace

Issues validate(const MllpOptions& o)
{
    Issues issues;
    const auto wrong = [&](std::string path, std::string text) { issues.push_back({Severity::error, IssueKind::wrong_type, std::move(path), std::move(text)}); };
    if (!o.tls && !o.insecure_plaintext && !is_loopback(o.address)) wrong("address", "is beyond loopback without TLS; set tls, or insecure_plaintext to accept that");
    if (o.tls && (o.tls->certificate_file.empty() || o.tls->key_file.empty())) wrong("tls", "needs certificate_file and key_file");
    if (o.connections_max == 0 || o.connections_per_address_max == 0) wrong("connections_max", "must be at least 1");
    if (o.message_bytes_max < 1024) wrong("message_bytes_max", "must be at least 1024");
    if (o.window_messages_max == 0) wrong("window_messages_max", "must be at least 1");
    if (o.idle_max <= 0 || o.mid_frame_max <= 0 || o.write_max <= 0 || o.answer_max <= 0 || o.handshake_max <= 0 || o.sweep <= 0)
        wrong("idle_max", "deadlines must be longer than nothing");
    return issues;
}

Result<std::unique_ptr<MllpListener>> MllpListener::open(const MllpOptions& options, IoThreads& io, Receiver& receiver, Metrics& metrics)
{
    if (const auto issues = validate(options); !issues.empty())
        return Fault{Errc::bad_config, options.name + ": " + issues.front().path + ' ' + issues.front().text};
    auto listener = std::make_unique<Listener>(options, io, receiver, metrics);
    if (auto opened = listener->open(metrics); !opened) return opened.error();
    return std::unique_ptr<MllpListener>(std::move(listener));
}

} // namespace sluse
