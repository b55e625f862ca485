// gateway/serve/waiter.hpp — a coroutine waits for what another thread makes, but not for ever.
#pragma once

#include "gateway/net/as_value.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace sluse::serve {

/// A result that comes from another thread, or does not come in time. Shared by both sides: the late one finds nobody waiting.
template <class T> struct Waiter {
    Waiter(boost::asio::io_context& io, std::chrono::milliseconds at_most) : timer(io, at_most) {}
    boost::asio::steady_timer timer;
    std::optional<T> result;
};
template <class T> boost::asio::awaitable<std::optional<T>> wait_for(std::shared_ptr<Waiter<T>> waiter)
{
    co_await waiter->timer.async_wait(as_value);
    co_return std::move(waiter->result);
}
/// Any thread; the result is handed over on the I/O thread.
template <class T> void settle(const std::shared_ptr<boost::asio::io_context>& io, const std::shared_ptr<Waiter<T>>& waiter, T result)
{
    boost::asio::post(*io, [waiter, result = std::move(result)]() mutable {
        waiter->result = std::move(result);
        waiter->timer.cancel();
    });
}

} // namespace sluse::serve
