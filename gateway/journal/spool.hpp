// gateway/journal/spool.hpp — records that wait on this machine, first in first out, until the brokers can be reached again.
#pragma once

#include "gateway/journal/log.hpp"
#include "gateway/journal/store.hpp"

#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>

namespace sluse {

struct SpooledRecord {
    std::uint64_t number{}; ///< its place in the spool
    std::uint32_t partition{};
    Millis timestamp{};
    std::string key, value;
    std::size_t bytes() const { return key.size() + value.size() + 64; }
};

/// A durable queue in a directory of its own. Thread-safe; one reader (peek, drop, set_aside). A thread of its own writes and syncs,
/// many records with one disk wait, and mends the store after a fault; until then puts are answered with that fault.
class Spool {
public:
    /// Called for each record that waited already, before open() returns: key and size only, so that a start reads no bodies.
    using Waiting = std::function<void(std::string_view key)>;
    static Result<std::unique_ptr<Spool>> open(const SpoolOptions& options, const Waiting& each);
    ~Spool();

    /// `done` is called once, always from the spool's thread: with the record's number once it is synced, or with the Fault.
    using Stored = std::function<void(Result<std::uint64_t>)>;
    void put(SpooledRecord record, Stored done);
    /// Why nothing of `bytes` can be taken now: the limit, the disk, a record that no broker would take. Empty: it can.
    std::optional<Fault> refuses(std::size_t bytes);

    /// The oldest synced records, in order.
    Result<std::vector<SpooledRecord>> peek(std::size_t records_max, std::size_t bytes_max);
    /// What waits with a timestamp in [from, below), oldest first, until `each` returns false. Any thread.
    Result<void> look(Millis from, Millis below, const std::function<bool(const Record&)>& each);
    /// They are stored elsewhere now. `gone` begins with the oldest record there is.
    void drop(std::span<const SpooledRecord> gone);
    /// Keeps a record that the brokers refuse for itself, so that it neither gets lost nor holds up the others.
    Result<void> set_aside(const SpooledRecord& record);

    SpoolStats stats();
    /// Writes what was put, then closes. Idempotent.
    void close();

private:
    struct Pending {
        SpooledRecord record;
        Stored done;
    };
    Spool(const SpoolOptions& options, std::unique_ptr<Store> store) : options_(options), store_(std::move(store)) {}
    Result<void> load(const Waiting& each);
    void write_loop();
    void settle(std::vector<Pending>& batch, const Result<void>& written);
    Result<void> write(std::vector<Pending>& batch);
    bool mend();
    Fault trouble();
    void delete_dropped(bool empty);
    Millis oldest();

    SpoolOptions options_;
    std::unique_ptr<Store> store_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Pending> pending_;
    std::uint64_t begin_{}, end_{}; ///< records synced and not dropped
    std::uint64_t stale_end_{};     ///< numbers from end_ on up to here may hold records of a failed write; the thread's own
    std::size_t records_{}, bytes_{}, aside_{};
    std::size_t taken_{}, dropped_{};
    std::size_t undeleted_bytes_{}; ///< dropped since files were deleted
    std::optional<Fault> trouble_;
    bool full_{}; ///< something was refused for want of room, and nothing has gone since
    bool closing_{};
    std::once_flag closed_;
    std::thread writer_;
};

} // namespace sluse
