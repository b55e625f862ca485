// gateway/serve/gate.hpp — what the server has open: sessions, sessions of one address, bytes of bodies. I/O thread only.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace sluse::serve {

/// Counts of what is open; shared by the server and its sessions because a session's frame may outlive the server's stop().
struct Gate {
    std::size_t open{}, bodies_bytes{};
    std::map<std::string, std::size_t> by_address;

    std::size_t open_from(const std::string& address) const
    {
        const auto found = by_address.find(address);
        return found == by_address.end() ? 0 : found->second;
    }
};

/// One session's place in the gate.
class Pass {
public:
    Pass(std::shared_ptr<Gate> gate, std::string address) : gate_(std::move(gate)), address_(std::move(address))
    {
        ++gate_->open;
        ++gate_->by_address[address_];
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass()
    {
        release();
        --gate_->open;
        const auto found = gate_->by_address.find(address_);
        if (--found->second == 0) gate_->by_address.erase(found);
    }
    /// False when all bodies together would be too much.
    bool reserve(std::size_t bytes, std::size_t bytes_max)
    {
        if (gate_->bodies_bytes + bytes > bytes_max) return false;
        gate_->bodies_bytes += bytes;
        reserved_ = bytes;
        return true;
    }
    void release()
    {
        gate_->bodies_bytes -= reserved_;
        reserved_ = 0;
    }
    const std::string& address() const { return address_; }

private:
    std::shared_ptr<Gate> gate_;
    std::string address_;
    std::size_t reserved_{};
};

} // namespace sluse::serve
