// gateway/net/doorbell.hpp — wakes an event loop from other threads without meeting it at a lock.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace sluse {

/// Something that lives on a loop and has to look after itself when others tell it to.
class Woken {
public:
    virtual ~Woken() = default;
    /// On its loop.
    virtual void woken() = 0;
};

/// Why not post(): Asio wakes a loop while it holds the loop's lock, and the loop, awake on another core, goes to sleep on that lock once more. Many
/// rings before the loop comes are one. Belongs to its loop.
class Doorbell {
public:
    /// Throws std::system_error when the system has no descriptor left.
    explicit Doorbell(boost::asio::io_context& loop);
    /// Thread-safe. `whom` is kept until then.
    void ring(std::shared_ptr<Woken> whom);

private:
    void listen();
    void answer();

    boost::asio::posix::stream_descriptor event_;
    std::uint64_t rings_{}; ///< what was read from event_; how many does not matter
    std::mutex mutex_;
    std::vector<std::shared_ptr<Woken>> waiting_;
    std::vector<std::shared_ptr<Woken>> answering_; ///< the loop's only
};

} // namespace sluse
