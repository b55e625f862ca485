// gateway/intake/mllp_session.hpp — one MLLP connection: reads frames, keeps several appends under way, answers in order.
#pragma once

#include "gateway/base/metrics.hpp"
#include "gateway/intake/mllp_frame.hpp"
#include "gateway/intake/mllp_listener.hpp"
#include "gateway/net/as_value.hpp"
#include "gateway/net/connections.hpp"
#include "gateway/net/doorbell.hpp"
#include "gateway/net/tls.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::mllp {

namespace asio = boost::asio;
using asio::ip::tcp;
using Instant = std::chrono::steady_clock::time_point;

/// Counted, not timed: resolved once for the listener.
struct Counts {
    Counts(Metrics& metrics, const std::string& listener);
    Counter& closed(std::string_view reason);
    Counter& rejected(std::string_view reason);
    Metrics& metrics;
    std::string listener;
    Counter &opened, &junk_bytes, &bad_frames, &late_answers;
    Gauge& open;
};

/// What all sessions of a listener share.
struct Shared {
    Shared(MllpOptions o, Receiver& r, asio::io_context& beside, Metrics& metrics)
        : options(std::move(o)), receiver(r), aside(beside), counts(metrics, options.name), gate(options.connections_max, options.connections_per_address_max)
    {
    }
    const MllpOptions options;
    Receiver& receiver;
    asio::io_context& aside; ///< where long messages are received, so that they hold up nobody else's
    Counts counts;
    Connections gate;
    std::atomic<std::size_t> in_flight_bytes{0}, buffered_bytes{0};
};

class Session;

/// What the shard's list needs to know of a session.
struct Listed : boost::intrusive::list_base_hook<> {};

/// A loop's part of the listener: its sessions, the buffer that they read through in turn, and the sweep over their deadlines.
/// Touched only on its own loop.
struct Shard {
    Shard(asio::io_context& context, Doorbell& bell) : loop(context), doorbell(bell), sweeper(context) {}
    asio::io_context& loop;
    Doorbell& doorbell; ///< the loop's
    asio::steady_timer sweeper;
    boost::intrusive::list<Listed, boost::intrusive::constant_time_size<false>> sessions;
    std::array<char, 64 * 1024> scratch;
    /// Calls each(Session&); `each` may end that session.
    template <class Each> void for_each(const Each& each);
    bool starved{false}; ///< a session waits for others' bytes to be answered
    bool stopped{false};
};

/// Where answers arrive, from any thread, also after the session has gone; the loops outlive every answer. Owns itself: it goes with the session
/// or with the last answer that was expected, whichever is later. So an answer's way back is two words, which fit into a function without an
/// allocation.
class Inbox {
public:
    Inbox(Session* session, Counter& late) : late_(late), session_(session) {}
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;
    struct Item {
        std::uint64_t sequence;
        std::string reply;
        Millis pause_ms;
    };
    /// From the session: one more put() will come.
    void expect() { holders_.fetch_add(1, std::memory_order_relaxed); }
    void put(std::uint64_t sequence, Receipt receipt);
    void take(std::vector<Item>& items);
    /// While held, put() need not wake the session: it looks by itself in a moment.
    void hold();
    /// The session leaves; not to be used by it any more.
    void detach();

private:
    ~Inbox() = default;
    void let_go();
    Counter& late_;
    std::mutex mutex_;
    Session* session_;
    std::vector<Item> items_;
    std::atomic<std::size_t> holders_{1}; ///< the session, and each answer that is expected
    bool awake_{false};
};

/// The plain or encrypted byte stream under a session.
class Wire {
public:
    virtual ~Wire() = default;
    /// Empty when it was done, or none is needed.
    virtual asio::awaitable<std::optional<HandshakeFault>> handshake() = 0;
    /// Some bytes, in a buffer that is good until the next suspension; empty with `ec` at the end.
    virtual asio::awaitable<std::string_view> read(Shard& shard, boost::system::error_code& ec) = 0;
    /// Writes what the socket takes without waiting; returns how much.
    virtual std::size_t write_now(std::string_view bytes) = 0;
    virtual asio::awaitable<bool> write(std::string_view bytes) = 0;
    /// Tells the peer that nothing more comes.
    virtual asio::awaitable<void> finish() = 0;
    virtual tcp::socket& socket() = 0;
    virtual std::shared_ptr<const std::vector<std::string>> certificate_names() = 0;
};
std::unique_ptr<Wire> plain_wire(tcp::socket socket);
std::unique_ptr<Wire> tls_wire(tcp::socket socket, std::shared_ptr<asio::ssl::context> context, bool asks_for_certificate);

/// Lives on one loop. Kept alive by its coroutine and by handlers posted to it; the pass leaves the gate last of all.
class Session : public std::enable_shared_from_this<Session>, public Listed, public Woken {
public:
    Session(Shared& shared, Shard& shard, std::unique_ptr<Wire> wire, Connections::Pass pass, std::string peer);
    /// Spawns the coroutine. On the session's loop.
    void start();
    /// Finish the frame, answer, leave.
    void drain();
    /// Closes now; the first reason given is the one that counts.
    void shut(std::string_view reason);
    void check_deadlines(Instant now);
    void wake();
    /// Puts arrived answers into their places and writes those whose turn it is.
    void pump();
    void woken() override { pump(); }
    Doorbell& doorbell() { return shard_.doorbell; }
    ~Session() override;

private:
    struct Slot {
        std::size_t bytes{};
        bool ready{false};
        std::string reply;
    };
    static asio::awaitable<void> serve(std::shared_ptr<Session> self);
    static asio::awaitable<void> write_out(std::shared_ptr<Session> self);
    asio::awaitable<void> converse();
    asio::awaitable<void> read_messages();
    asio::awaitable<void> wait_for_room();
    asio::awaitable<void> wait_for_answers();
    asio::awaitable<void> linger();
    void feed(std::string_view bytes);
    void dispatch(std::string_view bytes);
    void receive(std::string_view bytes, std::uint64_t sequence);
    void receive_aside(std::string bytes, std::uint64_t sequence);
    void gather();
    void end();
    bool has_room();
    void watch_frame();
    void settle_frame();
    std::size_t waiting() const { return slots_.size() - head_; }

    Shared& shared_;
    Shard& shard_;
    std::unique_ptr<Wire> wire_;
    Connections::Pass pass_;
    const std::string peer_;
    std::shared_ptr<const std::vector<std::string>> certificate_names_;
    Inbox* inbox_; ///< until end()
    MllpFramer framer_;
    asio::steady_timer wake_;
    std::vector<Slot> slots_;      ///< from head_ on: not yet taken for writing, in order of arrival
    std::size_t head_{};
    std::uint64_t first_{};        ///< sequence of slots_[head_]
    std::vector<Inbox::Item> arrived_;
    std::string rest_;             ///< read but not yet framed: the window was full
    std::string out_;
    std::size_t in_flight_bytes_{}, buffered_bytes_{};
    Instant read_by_{Instant::max()}, write_by_{Instant::max()}, answer_by_{Instant::max()}, frame_began_{}, last_read_{}, resume_at_{};
    std::string_view reason_, read_reason_{"idle"};
    bool reading_{false}, writing_{false}, draining_{false}, aside_{false}, broken_{false}, shut_{false}, ended_{false};
};

template <class Each> void Shard::for_each(const Each& each)
{
    for (auto at = sessions.begin(); at != sessions.end();) each(static_cast<Session&>(*at++));
}

} // namespace sluse::mllp
