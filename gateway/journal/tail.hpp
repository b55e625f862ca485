// gateway/journal/tail.hpp — the newest records of one partition in memory, so that what was just appended is not read back from disk.
#pragma once

#include "gateway/journal/log.hpp"

#include <deque>
#include <mutex>

namespace sluse {

/// A contiguous run of records, bounded by bytes. When full it takes no more until it is empty again; the reader finds the gap on
/// disk. One appender at a time, one reader, any threads.
class Tail {
public:
    explicit Tail(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    void push(Record record)
    {
        const std::lock_guard lock(mutex_);
        const auto size = record.key.size() + record.value.size() + sizeof record;
        if (!records_.empty() && (records_.back().offset + 1 != record.offset || bytes_ + size > bytes_max_)) return;
        bytes_ += size;
        records_.push_back(std::move(record));
    }

    /// Moves records from `from` on into `out`, at most `count` and some `bytes` of them. What lies before `from` is dropped.
    void take(std::uint64_t from, std::size_t count, std::size_t bytes, std::vector<Record>& out)
    {
        const std::lock_guard lock(mutex_);
        while (!records_.empty() && records_.front().offset < from) drop();
        std::size_t taken = 0;
        while (!records_.empty() && records_.front().offset == from && count > 0 && taken < bytes) {
            taken += records_.front().key.size() + records_.front().value.size();
            out.push_back(std::move(records_.front()));
            bytes_ -= out.back().key.size() + out.back().value.size() + sizeof(Record);
            records_.pop_front();
            ++from;
            --count;
        }
    }

    void clear()
    {
        const std::lock_guard lock(mutex_);
        records_.clear();
        bytes_ = 0;
    }

private:
    void drop()
    {
        bytes_ -= records_.front().key.size() + records_.front().value.size() + sizeof(Record);
        records_.pop_front();
    }

    std::mutex mutex_;
    std::deque<Record> records_;
    std::size_t bytes_{};
    std::size_t bytes_max_;
};

} // namespace sluse
