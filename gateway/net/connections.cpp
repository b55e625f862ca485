// gateway/net/connections.cpp — counting at the gate.
#include "gateway/net/connections.hpp"

#include "gateway/net/address.hpp"

#include <chrono>

namespace sluse {

Connections::Pass Connections::enter(const std::string& address, std::string_view& reason)
{
    const std::lock_guard lock(mutex_);
    if (shut_) reason = "draining";
    else if (open_ >= total_max_) reason = "connections";
    else if (auto& here = addresses_[address]; here >= per_address_max_) reason = "connections_per_address";
    else {
        ++here;
        ++open_;
        return {this, address};
    }
    if (const auto at = addresses_.find(address); at != addresses_.end() && at->second == 0) addresses_.erase(at);
    return {};
}

void Connections::leave(const std::string& address)
{
    // Notified under the lock: whoever waits in drained() may destroy this object as soon as it sees zero.
    const std::lock_guard lock(mutex_);
    --open_;
    const auto at = addresses_.find(address);
    if (at != addresses_.end() && --at->second == 0) addresses_.erase(at);
    if (open_ == 0) left_.notify_all();
}

std::size_t Connections::open() const
{
    const std::lock_guard lock(mutex_);
    return open_;
}

void Connections::shut()
{
    const std::lock_guard lock(mutex_);
    shut_ = true;
}

bool Connections::drained(Millis at_most)
{
    std::unique_lock lock(mutex_);
    return left_.wait_for(lock, std::chrono::milliseconds(at_most), [this] { return open_ == 0; });
}

bool is_loopback(std::string_view address)
{
    boost::system::error_code ec;
    const auto parsed = ip_address(std::string(address), ec);
    return !ec && parsed.is_loopback();
}

} // namespace sluse
