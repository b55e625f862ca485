// gateway/tools/load_mllp.cpp — one sending MLLP connection: several messages unanswered, each answer checked against its message.
#include "gateway/intake/mllp_frame.hpp"
#include "gateway/tools/load_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

namespace sluse::load {
namespace {

/// False when the answer is not the one for the oldest message: the stream's answers cannot be trusted any more.
bool take_answer(Feed& feed, Lane& lane, std::string_view message)
{
    const auto ack = read_acknowledgement(message);
    if (lane.in_flight.empty() || ack.code.size() != 2 || ack.control_id != lane.in_flight.front().control_id) {
        ++feed.summary.stale_answers;
        return false;
    }
    auto item = std::move(lane.in_flight.front());
    lane.in_flight.pop_front();
    const auto answer = ack.code[1] == 'A' ? Answer::accepted : ack.code[1] == 'E' ? Answer::content_error : ack.store_failed ? Answer::store_failed : Answer::refused;
    feed.settle(std::move(item), answer, ack.detail);
    return true;
}

void watch(Feed& feed, Lane& lane)
{
    lane.deadline = lane.in_flight.empty() ? Instant::max() : std::chrono::steady_clock::now() + std::chrono::milliseconds(feed.options.answer_max);
}

template <class Stream> asio::awaitable<void> read_answers(Feed* feed, Lane* lane, Stream* stream)
{
    MllpFramer framer(1u << 20);
    std::string buffer(64 * 1024, '\0');
    while (!lane->broken) {
        const auto [ec, n] = co_await stream->async_read_some(asio::buffer(buffer), as_value);
        auto bytes = std::string_view(buffer).substr(0, n);
        lane->broken = static_cast<bool>(ec);
        while (!lane->broken) {
            const auto message = framer.next(bytes);
            if (message && !*message) break;
            if (!message || !take_answer(*feed, *lane, **message)) lane->broken = true;
        }
        watch(*feed, *lane);
        lane->wake.cancel();
    }
    lane->reading = false;
    lane->wake.cancel();
}

/// Takes what is due into one write; returns how many.
std::string gather(Feed& feed, Lane& lane)
{
    std::string out;
    while (lane.in_flight.size() < feed.options.pipeline) {
        auto item = feed.take(lane);
        if (!item) break;
        append_mllp_frame(item->bytes, out);
        if (item->expects_answer) lane.in_flight.push_back(std::move(*item));
        else feed.settle(std::move(*item), Answer::accepted, "no answer wanted");
        if (out.size() > 256 * 1024) break;
    }
    return out;
}

struct Mllp {
    static constexpr bool may_end_between = false;

    template <class Stream> static asio::awaitable<void> converse(Feed* feed, Lane* lane, Stream* stream)
    {
        lane->broken = false;
        lane->reading = true;
        auto reader = read_answers(feed, lane, stream);
        asio::co_spawn(co_await asio::this_coro::executor, std::move(reader), asio::detached);
        while (!lane->broken && !feed->finished()) {
            const auto out = gather(*feed, *lane);
            if (out.empty()) {
                if (feed->finished()) break; // asking for more may have found the end
                lane->wake.expires_at(lane->in_flight.size() < feed->options.pipeline ? feed->ask_again(*lane) : Instant::max());
                static_cast<void>(co_await lane->wake.async_wait(as_value));
                continue;
            }
            watch(*feed, *lane);
            const auto [ec, n] = co_await asio::async_write(*stream, asio::buffer(out), as_value);
            if (ec) lane->broken = true;
            lane->down_since = {};
        }
        boost::system::error_code ignored;
        lane->socket->close(ignored);
        lane->wake.expires_at(Instant::max());
        while (lane->reading) static_cast<void>(co_await lane->wake.async_wait(as_value));
        lane->deadline = Instant::max();
    }
};

} // namespace

asio::awaitable<void> run_mllp(Feed* feed, Lane* lane, std::shared_ptr<asio::ssl::context> tls)
{
    return run_lane<Mllp>(feed, lane, std::move(tls));
}

} // namespace sluse::load
