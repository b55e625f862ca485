// gateway/journal/one_batch.hpp — of each partition one batch is under way; what comes meanwhile is the next, however much it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace sluse {

/// Why not all at once: a request of two records costs a broker as much as one of fifty, and librdkafka, which holds them back too when
/// five are under way, looks again and again meanwhile whether it may send. Order within a partition is the order of push(). Thread-safe.
template <class Item> class OneBatch {
public:
    using Batch = std::vector<Item>;
    OneBatch(std::size_t partitions, std::size_t batch_bytes_max) : batch_bytes_max_(batch_bytes_max), lanes_(partitions) {}

    /// True: nothing of its partition is under way, so the caller sends it now. False: it was taken and waits.
    bool push(std::uint32_t partition, Item& item, std::size_t bytes)
    {
        const std::lock_guard lock(mutex_);
        auto& lane = lanes_[partition];
        if (lane.flying == 0 && lane.waiting.empty()) {
            lane.flying = 1;
            ++flying_;
            return true;
        }
        lane.waiting.emplace_back(std::move(item), bytes);
        ++waiting_;
        return false;
    }

    /// One that was sent has its answer. True when next() has something to send.
    bool landed(std::uint32_t partition)
    {
        const std::lock_guard lock(mutex_);
        auto& lane = lanes_[partition];
        --flying_;
        if (--lane.flying > 0 || lane.waiting.empty()) return false;
        ready_.push_back(partition);
        return true;
    }

    /// What waited longest in a partition of which nothing is under way, in its order; empty when there is none.
    Batch next()
    {
        const std::lock_guard lock(mutex_);
        Batch batch;
        if (ready_.empty()) return batch;
        auto& lane = lanes_[ready_.front()];
        ready_.pop_front();
        for (std::size_t bytes = 0; !lane.waiting.empty(); lane.waiting.pop_front()) {
            bytes += lane.waiting.front().second;
            if (!batch.empty() && bytes > batch_bytes_max_) break;
            batch.push_back(std::move(lane.waiting.front().first));
        }
        lane.flying = batch.size();
        flying_ += batch.size();
        waiting_ -= batch.size();
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
    };
    const std::size_t batch_bytes_max_;
    std::mutex mutex_;
    std::vector<Lane> lanes_;
    std::deque<std::uint32_t> ready_; ///< partitions of which nothing is under way and something waits
    std::size_t flying_{}, waiting_{};
};

} // namespace sluse
