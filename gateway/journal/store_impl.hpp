// gateway/journal/store_impl.hpp — what the parts of a Store share. For store*.cpp alone.
#pragma once

#include "gateway/journal/guarded_files.hpp"
#include "gateway/journal/store.hpp"
#include "gateway/journal/store_options.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <shared_mutex>

namespace sluse {

inline rocksdb::Slice slice(std::string_view text)
{
    return {text.data(), text.size()};
}

inline std::string_view text(const rocksdb::Slice& slice)
{
    return {slice.data(), slice.size()};
}

/// RocksDB's messages name files and reasons, never keys or values.
Fault fault_of(const rocksdb::Status& status);

struct Store::Impl {
    StoreOptions options;
    std::shared_ptr<rocksdb::Cache> cache;
    std::shared_ptr<WalGuard> wal{std::make_shared<WalGuard>()};
    std::shared_ptr<BytesWritten> written{std::make_shared<BytesWritten>()};
    std::atomic<std::uint64_t> logged{}; ///< bytes that went to the log
    std::unique_ptr<rocksdb::Env> disk; ///< outlives db
    /// Shared: use; exclusive: reopen. Reads nest in reads (a scan's callback gets), which glibc's reader preference allows.
    std::shared_mutex mutex;
    std::unique_ptr<rocksdb::DB> db; ///< null while a failed reopen waits for the next try
    std::vector<rocksdb::ColumnFamilyHandle*> handles; ///< default, then the options' families, then others that exist
    bool closed{};

    Fault absent() const
    {
        return closed ? Fault{Errc::closed, "journal: closed"} : Fault{Errc::storage, "journal: the store is closed while it recovers"};
    }
    rocksdb::Status open();
    void have_something_to_flush();
    void order_handles();
    bool holds_writes() const;
    void close();
    ~Impl() { close(); }
};

struct Store::Batch::Impl {
    Store::Impl& store;
    rocksdb::WriteBatch batch;
    std::shared_lock<std::shared_mutex> lock{};

    rocksdb::ColumnFamilyHandle* handle(std::size_t family)
    {
        if (!lock) lock = std::shared_lock(store.mutex);
        return store.db ? store.handles[family + 1] : nullptr;
    }
};

} // namespace sluse
