// gateway/net/connections.hpp — who may connect (total and per address), and when the last one has gone.
#pragma once

#include "gateway/base/time.hpp"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sluse {

/// The gate of one listener. Thread-safe; asked once a connection, never per message. Outlives its passes.
class Connections {
public:
    Connections(std::size_t total_max, std::size_t per_address_max) : total_max_(total_max), per_address_max_(per_address_max) {}

    /// Held by a session for as long as it lives. Movable, leaves on destruction.
    class Pass {
    public:
        Pass() = default;
        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), address_(std::move(other.address_)) {}
        Pass& operator=(Pass&& other) noexcept
        {
            std::swap(gate_, other.gate_);
            std::swap(address_, other.address_);
            return *this;
        }
        ~Pass()
        {
            if (gate_) gate_->leave(address_);
        }
        explicit operator bool() const { return gate_ != nullptr; }

    private:
        friend class Connections;
        Pass(Connections* gate, std::string address) : gate_(gate), address_(std::move(address)) {}
        Connections* gate_{};
        std::string address_;
    };

    /// Empty pass when the limit is reached; `reason` then names it ("connections", "connections_per_address", "draining").
    Pass enter(const std::string& address, std::string_view& reason);
    std::size_t open() const;
    /// Nobody enters any more.
    void shut();
    /// Waits until the last pass has left; false when the time was up first. Not from an I/O thread.
    bool drained(Millis at_most);

private:
    void leave(const std::string& address);
    const std::size_t total_max_, per_address_max_;
    mutable std::mutex mutex_;
    std::condition_variable left_;
    std::unordered_map<std::string, std::size_t> addresses_;
    std::size_t open_{};
    bool shut_{false};
};

/// "127.0.0.1", "::1": what only this machine can reach. A name counts as loopback only when it is "localhost".
bool is_loopback(std::string_view address);

} // namespace sluse
