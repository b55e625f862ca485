// gateway/journal/unit.hpp — the write overlay every log hands to its processor: what a unit changed, over what is committed.
#pragma once

#include "gateway/journal/log.hpp"

#include <deque>
#include <memory_resource>
#include <span>

namespace sluse {

/// Committed state below a unit: one partition's keys.
class StateSource {
public:
    virtual ~StateSource() = default;
    virtual std::optional<std::string> get(std::string_view key) = 0;
    virtual void scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& each) = 0;
};

/// Keeps a unit's puts, erases and sends in memory until its log commits them. Reads see them at once. One thread.
/// Views handed to a scan's callback end with the next put of the same key.
class OverlayUnit final : public Unit {
public:
    struct Sent {
        Topic topic{};
        std::uint32_t to{};
        std::string key;
        std::string value;
    };
    struct Change {
        std::string_view key;
        std::optional<std::pmr::string> value; ///< none: erased
    };

    OverlayUnit(StateSource& base, std::uint32_t partition, std::uint32_t partitions);

    std::optional<std::string> get(std::string_view key) override;
    void scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& each) override;
    void put(std::string_view key, std::string_view value) override;
    void erase(std::string_view key) override;
    std::uint32_t partition() const override { return partition_; }
    std::uint32_t partitions() const override { return partitions_; }
    void send(Topic topic, std::uint32_t to, std::string_view key, std::string_view value) override;

    /// In key order; until the next put or erase.
    std::span<const Change* const> changes();
    std::vector<Sent>& sent() { return sent_; }
    bool empty() const { return changes_.empty() && sent_.empty(); }

private:
    struct Slot {
        std::uint32_t hash{}, place{}; ///< in changes_, from 1 on; 0: free
    };
    Slot& slot(std::string_view key, std::uint32_t hash);
    Change& change(std::string_view key);
    void grow();
    void order();

    StateSource& base_;
    std::uint32_t partition_;
    std::uint32_t partitions_;
    std::pmr::monotonic_buffer_resource arena_{32 * 1024};
    std::pmr::deque<Change> changes_{&arena_}; ///< as they came; keys lie in the arena
    std::vector<Slot> slots_;            ///< open addressing: most of what is asked for is not there, which one cache line says
    std::vector<const Change*> ordered_; ///< the first `in_order_` by key, then as they came
    std::size_t in_order_{};
    std::vector<Sent> sent_;
};

/// A committed state to look at; puts and erases do nothing.
class ReadOnlyState final : public State {
public:
    explicit ReadOnlyState(StateSource& base) : base_(base) {}
    std::optional<std::string> get(std::string_view key) override { return base_.get(key); }
    void scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& each) override
    {
        base_.scan(prefix, each);
    }
    void put(std::string_view, std::string_view) override {}
    void erase(std::string_view) override {}

private:
    StateSource& base_;
};

} // namespace sluse
