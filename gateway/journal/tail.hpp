// gateway/journal/tail.hpp — the newest records of one partition in memory, so that what was just appended is not read back from disk.
#pragma once

#include "gateway/journal/log.hpp"

#include <deque>
#include <mutex>

namespace sluse {

/// A contiguous run of records, bounded by bytes. When full it takes no more until it is empty again; the reader finds the gap on
/// disk. One appender at a time, one reader, any threads. The reader, who works at a low priority, holds the lock for some words only:
/// whoever acknowledges must not wait for him to get a core again.
class Tail {
public:
    explicit Tail(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    void push(Record record)
    {
        const std::lock_guard lock(mutex_);
        const auto size = cost(record);
        if (held_ > 0 && (next_ != record.offset || bytes_ + size > bytes_max_)) return;
        bytes_ += size;
        ++held_;
        next_ = record.offset + 1;
        fresh_.push_back(std::move(record));
    }

    /// Moves records from `from` on into `out`, at most `count` and some `bytes` of them. What lies before `from` is dropped.
    void take(std::uint64_t from, std::size_t count, std::size_t bytes, std::vector<Record>& out)
    {
        std::size_t gone = 0, gone_bytes = 0, taken = 0;
        while (front() && front()->offset < from) {
            gone_bytes += cost(*front());
            ++gone;
            read_.pop_front();
        }
        while (front() && front()->offset == from && count > 0 && taken < bytes) {
            taken += front()->key.size() + front()->value.size();
            gone_bytes += cost(*front());
            ++gone;
            out.push_back(std::move(*front()));
            read_.pop_front();
            ++from;
            --count;
        }
        const std::lock_guard lock(mutex_);
        held_ -= gone;
        bytes_ -= gone_bytes;
    }

    /// Not while it is read.
    void clear()
    {
        const std::lock_guard lock(mutex_);
        fresh_.clear();
        read_.clear();
        bytes_ = held_ = 0;
    }

private:
    static std::size_t cost(const Record& record) { return record.key.size() + record.value.size() + sizeof record; }

    /// The reader's first; what was pushed since becomes his when he has nothing left.
    Record* front()
    {
        if (read_.empty()) {
            const std::lock_guard lock(mutex_);
            read_.swap(fresh_);
        }
        return read_.empty() ? nullptr : &read_.front();
    }

    std::deque<Record> read_; ///< the reader's own, before fresh_ in the run
    std::mutex mutex_;        ///< what follows
    std::deque<Record> fresh_;
    std::size_t held_{}, bytes_{}; ///< of both
    std::uint64_t next_{};
    std::size_t bytes_max_;
};

} // namespace sluse
