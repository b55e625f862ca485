// gateway/serve/live.hpp — the server-sent events of /api/v1/live: throughput each second, goals when they have changed.
#pragma once

#include "gateway/serve/admission.hpp"
#include "gateway/serve/routes.hpp"

#include <memory>
#include <mutex>
#include <span>
#include <string>

namespace sluse::serve {

/// sample() is called by one thread at a time; last() from any.
class LiveFeed {
public:
    static constexpr std::size_t behind_max = 8; ///< events a slow follower may be behind before it is dropped

    /// Reads the counters and gives the events to send; empty when nobody is watching.
    std::string sample(Context& context, bool watched);
    /// The newest throughput event, for who joins between two seconds. Null at first.
    std::shared_ptr<const std::string> last() const;
    /// The response's header, up to the first event.
    static std::string hello(std::span<const Header> headers);

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const std::string> last_;
    std::uint64_t told_generation_{};
};

} // namespace sluse::serve
