// gateway/intake/control_ids.hpp — a bounded memory of control ids and the bytes they came with.
#pragma once

#include "gateway/base/ids.hpp"

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace sluse {

/// The oldest is forgotten first. Thread-safe.
class ControlIds {
public:
    explicit ControlIds(std::size_t entries_max) : entries_max_(entries_max) {}

    /// Remembers the bytes' hash unless the id is known already; returns the hash that holds now.
    Digest claim(const std::string& key, const Digest& hash)
    {
        const std::lock_guard lock(mutex_);
        const auto [at, fresh] = hashes_.try_emplace(key, hash);
        if (!fresh) return at->second;
        order_.push_back(key);
        if (order_.size() > entries_max_) {
            hashes_.erase(order_.front());
            order_.pop_front();
        }
        return hash;
    }
    std::optional<Digest> find(const std::string& key) const
    {
        const std::lock_guard lock(mutex_);
        const auto at = hashes_.find(key);
        return at == hashes_.end() ? std::nullopt : std::optional(at->second);
    }
    /// Its append failed: the sender may use the id for a mended message.
    void forget(const std::string& key)
    {
        const std::lock_guard lock(mutex_);
        hashes_.erase(key); // its place in the order stays and is harmless
    }

private:
    const std::size_t entries_max_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Digest> hashes_;
    std::deque<std::string> order_;
};

} // namespace sluse
