// gateway/journal/one_batch.hpp — of each partition one batch is under way, and what comes meanwhile is the next; large ones overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace sluse {

/// Why not all at once: a request of two records costs a broker as much as one of fifty, and librdkafka, which holds them back too when
/// five are under way, looks again and again meanwhile whether it may send. Where `many` wait, the way there and back is what bounds, so they
/// do not wait for the batch before them. Order within a partition is the order of push(), if one thread alone sends what next() gives.
/// Thread-safe.
template <class Item> class OneBatch {
public:
    using Batch = std::vector<Item>;
    OneBatch(std::size_t partitions, std::size_t batch_bytes_max) : batch_bytes_max_(batch_bytes_max), lanes_(partitions) {}

    static constexpr std::size_t many = 32, flying_max = 4 * many;

    enum class Pushed {
        send,  ///< nothing of its partition is under way: the caller sends it now
        waits, ///< it was taken
        ready, ///< it was taken, and next() has something to send
    };
    Pushed push(std::uint32_t partition, Item& item, std::size_t bytes)
    {
        const std::lock_guard lock(mutex_);
        auto& lane = lanes_[partition];
        if (lane.flying == 0 && lane.waiting.empty()) {
            lane.flying = 1;
            lane.by_caller = true;
            ++flying_;
            return Pushed::send;
        }
        lane.waiting.emplace_back(std::move(item), bytes);
        ++waiting_;
        return becomes_ready(partition) ? Pushed::ready : Pushed::waits;
    }

    /// One that was sent has its answer. True when next() has something to send.
    bool landed(std::uint32_t partition)
    {
        const std::lock_guard lock(mutex_);
        auto& lane = lanes_[partition];
        --flying_;
        if (--lane.flying == 0) lane.by_caller = false;
        return becomes_ready(partition);
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
        becomes_ready(partition);
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

    bool becomes_ready(std::uint32_t partition)
    {
        auto& lane = lanes_[partition];
        const bool overlaps = !lane.by_caller && lane.waiting.size() >= many && lane.flying < flying_max;
        if (lane.ready || lane.waiting.empty() || (lane.flying > 0 && !overlaps)) return false;
        ready_.push_back(partition);
        return lane.ready = true;
    }

    const std::size_t batch_bytes_max_;
    std::mutex mutex_;
    std::vector<Lane> lanes_;
    std::deque<std::uint32_t> ready_; ///< partitions that may send what waits
    std::size_t flying_{}, waiting_{};
};

} // namespace sluse
