// gateway/journal/one_batch.hpp — batches go in rounds: what comes while one is under way is the next, a batch of each partition; many overlap.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace sluse {

/// Why not all at once: a request of two records costs a broker as much as one of fifty, a broker takes a connection's requests one after the
/// other, and librdkafka, which holds them back too when five are under way, looks again and again meanwhile whether it may send. A request is
/// one partition's, so the partitions wait for each other, no longer than `patience`: one of several brokers may be slow. Where `many` wait in
/// one, the way there and back is what bounds, so they do not even wait for the batch before them. Order within a partition is the order of push(),
/// if one thread alone sends what next() gives. Thread-safe.
template <class Item> class OneBatch {
public:
    using Batch = std::vector<Item>;
    OneBatch(std::size_t partitions, std::size_t batch_bytes_max) : batch_bytes_max_(batch_bytes_max), lanes_(partitions) {}

    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t many = 96, flying_max = 4 * many;
    static constexpr std::chrono::microseconds patience{1'000};

    enum class Pushed {
        send,  ///< nothing is under way: the caller sends it now
        first, ///< it was taken, and is the first to wait for others: somebody must call overdue() in time
        waits, ///< it was taken
        ready, ///< it was taken, and next() has something to send
    };
    Pushed push(std::uint32_t partition, Item& item, std::size_t bytes)
    {
        const std::lock_guard lock(mutex_);
        auto& lane = lanes_[partition];
        if (flying_ + waiting_ == 0) {
            lane.flying = 1;
            lane.by_caller = true;
            ++flying_;
            return Pushed::send;
        }
        lane.waiting.emplace_back(std::move(item), bytes);
        const bool first = waiting_++ == 0;
        if (first) since_ = Clock::now();
        if (becomes_ready(partition, flying_ == 0)) return Pushed::ready;
        return first ? Pushed::first : Pushed::waits;
    }

    /// One that was sent has its answer. True when next() has something to send.
    bool landed(std::uint32_t partition)
    {
        const std::lock_guard lock(mutex_);
        auto& lane = lanes_[partition];
        --flying_;
        if (--lane.flying == 0) lane.by_caller = false;
        return flying_ == 0 ? all_ready() : becomes_ready(partition, false);
    }

    /// Something waits that may be overdue() soon.
    bool waits()
    {
        const std::lock_guard lock(mutex_);
        return waiting_ > 0;
    }

    /// Lets go what has waited for other partitions longer than it should: next() has it now.
    void overdue(Clock::time_point now = Clock::now())
    {
        const std::lock_guard lock(mutex_);
        if (waiting_ == 0 || now - since_ < patience) return;
        since_ = now;
        all_ready();
    }

    /// What waited longest in a partition that may send, in its order; empty when there is none.
    Batch next()
    {
        const std::lock_guard lock(mutex_);
        Batch batch;
        if (ready_.empty()) return batch;
        auto& lane = lanes_[ready_.front()];
        const auto partition = ready_.front();
        ready_.pop_front();
        lane.ready = false;
        for (std::size_t bytes = 0; !lane.waiting.empty(); lane.waiting.pop_front()) {
            bytes += lane.waiting.front().second;
            if (!batch.empty() && bytes > batch_bytes_max_) break;
            batch.push_back(std::move(lane.waiting.front().first));
        }
        lane.flying += batch.size();
        flying_ += batch.size();
        waiting_ -= batch.size();
        becomes_ready(partition, false);
        return batch;
    }

    /// Everything that waits, to be answered otherwise than by sending it.
    Batch drain()
    {
        const std::lock_guard lock(mutex_);
        Batch all;
        for (auto& lane : lanes_) {
            for (auto& [item, bytes] : lane.waiting) all.push_back(std::move(item));
            lane.waiting.clear();
            lane.ready = false;
        }
        ready_.clear();
        waiting_ = 0;
        return all;
    }

    /// Nothing waits and nothing is under way.
    bool idle()
    {
        const std::lock_guard lock(mutex_);
        return flying_ == 0 && waiting_ == 0;
    }

private:
    struct Lane {
        std::deque<std::pair<Item, std::size_t>> waiting;
        std::size_t flying{};
        bool by_caller{}; ///< what flies was sent by who pushed it, perhaps not yet: nothing may overtake it
        bool ready{};     ///< it stands in ready_
    };

    /// `round`: a new one begins, so it need not wait for other partitions.
    bool becomes_ready(std::uint32_t partition, bool round)
    {
        auto& lane = lanes_[partition];
        const bool overlaps = !lane.by_caller && lane.waiting.size() >= many && lane.flying < flying_max;
        const bool its_turn = lane.flying == 0 && round;
        if (lane.ready || lane.waiting.empty() || !(overlaps || its_turn)) return false;
        ready_.push_back(partition);
        return lane.ready = true;
    }

    bool all_ready()
    {
        for (std::uint32_t p = 0; waiting_ > 0 && p < lanes_.size(); ++p) becomes_ready(p, true);
        return !ready_.empty();
    }

    const std::size_t batch_bytes_max_;
    std::mutex mutex_;
    std::vector<Lane> lanes_;
    std::deque<std::uint32_t> ready_; ///< partitions that may send what waits
    std::size_t flying_{}, waiting_{};
    Clock::time_point since_{};       ///< when the first of those that wait came, or when the overdue were let go
};

} // namespace sluse
