// gateway/tools/load_feed.hpp — what the connections of one load share: whose turn a message is, when it is due, how it ended.
#pragma once

#include "gateway/net/as_value.hpp"
#include "gateway/tools/load.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>

namespace sluse::load {

namespace asio = boost::asio;
using asio::ip::tcp;
using Instant = std::chrono::steady_clock::time_point;

struct Item {
    std::uint64_t number{};
    std::string bytes, control_id;
    Instant due{};        ///< not before; latency counts from here
    unsigned attempts{};
    bool expects_answer{true};
};

/// One connection's share. Everything runs on one loop, so nothing here locks.
struct Lane {
    Lane(asio::io_context& loop, Target t) : target(std::move(t)), wake(loop, Instant::max()) {}
    const Target target;
    asio::steady_timer wake;
    std::deque<Item> queue;      ///< waiting to be sent
    std::deque<Item> in_flight;  ///< sent, oldest first
    tcp::socket* socket{};       ///< of the present connection, for cutting it
    Instant deadline{Instant::max()};
    Instant down_since{};
    bool reading{false}, broken{false}, done{false};
};

class Feed {
public:
    Feed(const LoadOptions& options, const NextMessage& next, const std::function<void(const MessageOutcome&)>& outcome)
        : options(options), next_(next), outcome_(outcome)
    {
    }
    void add(std::unique_ptr<Lane> lane) { lanes_.push_back(std::move(lane)); }
    std::deque<std::unique_ptr<Lane>>& lanes() { return lanes_; }

    /// The lane's next message if one is due now.
    std::optional<Item> take(Lane& lane);
    /// When it is worth asking again.
    Instant ask_again(const Lane& lane) const;
    void settle(Item item, std::optional<Answer> answer, std::string detail);
    /// The connection broke: what was under way goes again, first in line.
    void requeue(Lane& lane);
    /// No connection for too long.
    void give_up(Lane& lane, const std::string& why);
    bool finished() const { return ended_ && open_ == 0; }
    void wake_all();

    const LoadOptions& options;
    LoadSummary summary;

private:
    bool pull();
    void enqueue(Item item);
    Lane* lane_for(const std::string& bytes);
    const NextMessage& next_;
    const std::function<void(const MessageOutcome&)>& outcome_;
    std::deque<std::unique_ptr<Lane>> lanes_;
    Instant due_{};
    std::uint64_t open_{}, queued_{};
    std::size_t turn_{};
    bool ended_{false};
};

/// "AA 17" as parts; code empty when it is no acknowledgement.
struct Acknowledged {
    std::string_view code, control_id;
    std::string detail;
    bool store_failed{};
};
Acknowledged read_acknowledgement(std::string_view message);

asio::awaitable<void> run_mllp(Feed* feed, Lane* lane, std::shared_ptr<asio::ssl::context> tls);
asio::awaitable<void> run_http(Feed* feed, Lane* lane, std::shared_ptr<asio::ssl::context> tls);
/// Connects within connect_max; closed again when it could not.
asio::awaitable<boost::system::error_code> connect(Feed* feed, Lane* lane, tcp::socket* socket);
/// Waits before the next try, longer each time; false when the lane has given up.
asio::awaitable<bool> back_off(Feed* feed, Lane* lane, unsigned tries, std::string why);

} // namespace sluse::load
