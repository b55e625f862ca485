// gateway/net/doorbell.cpp — a list under a lock of its own, and an eventfd that the loop reads.
#include "gateway/net/doorbell.hpp"

#include "gateway/base/log_lines.hpp"

#include <boost/asio/buffer.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>

namespace sluse {
namespace {

int open_event()
{
    const int event = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    return event;
}

} // namespace

Doorbell::Doorbell(boost::asio::io_context& loop) : event_(loop, open_event())
{
    listen();
}

void Doorbell::ring(std::shared_ptr<Woken> whom)
{
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(whom));
        if (waiting_.size() > 1) return; // who came first rings
    }
    static const std::uint64_t once = 1;
    [[maybe_unused]] const auto written = ::write(event_.native_handle(), &once, sizeof once); // fails only after 2^64 that nobody heard
}

void Doorbell::listen()
{
    event_.async_read_some(boost::asio::buffer(&rings_, sizeof rings_), [this](const boost::system::error_code& ec, std::size_t) {
        if (ec) return; // closed
        answer();
        listen();
    });
}

void Doorbell::answer()
{
    {
        const std::lock_guard lock(mutex_);
        answering_.swap(waiting_);
    }
    for (const auto& one : answering_) {
        try {
            one->woken();
        } catch (const std::exception& bug) { // it costs this one, not those behind it
            log_lines().error("io.handler_threw", {{"what", bug.what()}});
        }
    }
    answering_.clear();
}

} // namespace sluse
