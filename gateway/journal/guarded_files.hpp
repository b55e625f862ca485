// gateway/journal/guarded_files.hpp — keeps the write-ahead log from being touched after a write to it failed.
#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>

namespace rocksdb {
class Env;
}

namespace sluse {

/// Whether the log may be synced. RocksDB 7.8 asserts when a log whose writer failed is synced for the first time, and Debian's
/// packages leave assertions on. So a failed append says so here before RocksDB hears of it. Thread-safe.
class WalGuard {
public:
    /// Held while the log is synced; false when a write to it has failed since mend().
    class Sync {
    public:
        explicit Sync(WalGuard& guard) : lock_(guard.syncing_), allowed_(!guard.failed_) {}
        explicit operator bool() const { return allowed_; }

    private:
        std::shared_lock<std::shared_timed_mutex> lock_;
        bool allowed_;
    };

    /// From the failed write: no sync begins after this, and those under way are waited for.
    void fail();
    /// The store has a log without faults again.
    void mend() { failed_ = false; }

private:
    std::shared_timed_mutex syncing_;
    std::atomic<bool> failed_{};
};

/// The environment `below` (null: the machine's), with the guard told of failed writes to write-ahead logs.
std::unique_ptr<rocksdb::Env> guarded(rocksdb::Env* below, std::shared_ptr<WalGuard> guard);

} // namespace sluse
