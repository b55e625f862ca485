// gateway/journal/store.cpp — RocksDB: families, batches and snapshots, faults from its statuses, recovery after a failed disk.
// Compiled without RTTI, as Debian's library is: what derives from its classes finds no type information there.
#include "gateway/journal/store.hpp"

#include "gateway/journal/crc32c.hpp"
#include "gateway/journal/guarded_files.hpp"
#include "gateway/journal/store_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <shared_mutex>

namespace sluse {
namespace {

rocksdb::Slice slice(std::string_view text)
{
    return {text.data(), text.size()};
}

std::string_view text(const rocksdb::Slice& slice)
{
    return {slice.data(), slice.size()};
}

/// RocksDB's messages name files and reasons, never keys or values.
Fault fault(const rocksdb::Status& status)
{
    if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit)
        return {Errc::storage_full, "journal: the disk is full"};
    const auto reason = status.ToString();
    if (status.IsIOError() && reason.find("LOCK") != reason.npos)
        return {Errc::refused, "journal: the directory is in use by another process (" + reason + ")"};
    return {Errc::storage, "journal: " + reason};
}

/// The smallest key above every key with the prefix; empty when there is none.
std::string above(std::string_view prefix)
{
    std::string next(prefix);
    while (!next.empty() && next.back() == '\xff') next.pop_back();
    if (!next.empty()) next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
    return next;
}

} // namespace

struct Store::Impl {
    StoreOptions options;
    std::shared_ptr<rocksdb::Cache> cache;
    std::shared_ptr<WalGuard> wal{std::make_shared<WalGuard>()};
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

rocksdb::Status Store::Impl::open()
{
    const auto present = Store::names(options.path);
    const auto is_there = [&](const auto& family) { return std::ranges::find(present, family.name) != present.end(); };
    // Made together, not by DB::Open: that writes and checks the options of all families after each, half a second for a new store.
    // The default family holds next to nothing; its options decide how much of the disk a new store's first log sets aside.
    std::vector<rocksdb::ColumnFamilyDescriptor> old{{rocksdb::kDefaultColumnFamilyName, family_options(FamilyShape::log, cache)}}, fresh;
    for (const auto& family : options.families) (is_there(family) ? old : fresh).emplace_back(family.name, family_options(family.shape, cache));
    for (const auto& name : present)
        if (name != rocksdb::kDefaultColumnFamilyName && std::ranges::find(options.families, name, &Family::name) == options.families.end())
            old.emplace_back(name, family_options(FamilyShape::log, cache));
    rocksdb::DB* opened = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> made;
    auto status = rocksdb::DB::Open(db_options(options, *disk), options.path, old, &handles, &opened);
    db.reset(opened);
    if (!status.ok()) {
        handles.clear();
        return status;
    }
    if (!fresh.empty()) status = db->CreateColumnFamilies(fresh, &made);
    handles.insert(handles.end(), made.begin(), made.end());
    if (!status.ok()) {
        close();
        return status;
    }
    order_handles();
    have_something_to_flush();
    return status;
}

/// Resuming goes over to a new log by writing the memtables to files. When they are all empty there is nothing to write, the log that
/// failed stays in use, and RocksDB asserts on the next write to it; so then the store is opened again.
bool Store::Impl::holds_writes() const
{
    return std::ranges::any_of(handles, [this](auto* handle) {
        std::uint64_t entries = 0;
        return db->GetIntProperty(handle, rocksdb::DB::Properties::kNumEntriesActiveMemTable, &entries) && entries > 0;
    });
}

/// So that there is: one record that is in no log itself. Opening again, which readers wait for, is then seldom needed.
void Store::Impl::have_something_to_flush()
{
    rocksdb::WriteOptions unlogged;
    unlogged.disableWAL = true;
    static_cast<void>(db->Put(unlogged, handles.front(), "kept", "to be flushed"));
}

/// Default, then the options' families in their order, then others that exist.
void Store::Impl::order_handles()
{
    const auto rank = [&](const rocksdb::ColumnFamilyHandle* handle) {
        if (handle->GetName() == rocksdb::kDefaultColumnFamilyName) return std::ptrdiff_t{-1};
        return std::ranges::find(options.families, handle->GetName(), &Family::name) - options.families.begin();
    };
    std::ranges::stable_sort(handles, {}, rank);
}

void Store::Impl::close()
{
    if (!db) return;
    for (auto* handle : handles) static_cast<void>(db->DestroyColumnFamilyHandle(handle));
    handles.clear();
    static_cast<void>(db->Close());
    db.reset();
}

namespace {
Result<std::optional<std::string>> get_from(rocksdb::DB& db, const rocksdb::ReadOptions& options, rocksdb::ColumnFamilyHandle* handle,
                                            std::string_view key)
{
    std::string value;
    const auto status = db.Get(options, handle, slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return fault(status);
    return std::optional(std::move(value));
}

Result<void> range_from(rocksdb::DB& db, rocksdb::ReadOptions options, rocksdb::ColumnFamilyHandle* handle, std::string_view from,
                        std::string_view below, const Store::Each& each)
{
    const auto bound = slice(below);
    if (!below.empty()) options.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options, handle));
    for (at->Seek(slice(from)); at->Valid(); at->Next())
        if (!each(text(at->key()), text(at->value()))) return {};
    if (!at->status().ok()) return fault(at->status());
    return {};
}
} // namespace

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

Store::Batch::Batch(Store& store) : impl_(new Impl{*store.impl_, rocksdb::WriteBatch()}) {}
Store::Batch::~Batch() = default;

void Store::Batch::put(std::size_t family, std::string_view key, std::string_view value)
{
    if (auto* handle = impl_->handle(family)) static_cast<void>(impl_->batch.Put(handle, slice(key), slice(value)));
}

void Store::Batch::put(std::size_t family, std::string_view key, std::initializer_list<std::string_view> value)
{
    std::array<rocksdb::Slice, 8> parts;
    int count = 0;
    for (const auto part : value) parts.at(static_cast<std::size_t>(count++)) = slice(part);
    const auto whole = slice(key);
    if (auto* handle = impl_->handle(family))
        static_cast<void>(impl_->batch.Put(handle, rocksdb::SliceParts(&whole, 1), rocksdb::SliceParts(parts.data(), count)));
}

void Store::Batch::erase(std::size_t family, std::string_view key)
{
    if (auto* handle = impl_->handle(family)) static_cast<void>(impl_->batch.Delete(handle, slice(key)));
}

void Store::Batch::merge(std::size_t family, std::string_view key, std::string_view cell)
{
    if (auto* handle = impl_->handle(family)) static_cast<void>(impl_->batch.Merge(handle, slice(key), slice(cell)));
}

void Store::Batch::clear()
{
    constexpr std::size_t keep_bytes_max = 8u << 20;
    if (impl_->batch.GetDataSize() > keep_bytes_max) impl_->batch = rocksdb::WriteBatch();
    else impl_->batch.Clear();
    if (impl_->lock) impl_->lock.unlock();
    impl_->lock = {};
}

std::size_t Store::Batch::bytes() const
{
    return impl_->batch.GetDataSize();
}

struct Store::Snapshot::Impl {
    explicit Impl(Store::Impl& of) : store(of), lock(of.mutex)
    {
        if (store.db) options.snapshot = store.db->GetSnapshot();
    }
    ~Impl()
    {
        if (store.db) store.db->ReleaseSnapshot(options.snapshot);
    }
    Store::Impl& store;
    std::shared_lock<std::shared_mutex> lock;
    rocksdb::ReadOptions options;
};

Store::Snapshot::Snapshot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Snapshot::~Snapshot() = default;

Result<std::optional<std::string>> Store::Snapshot::get(std::size_t family, std::string_view key) const
{
    auto& store = impl_->store;
    if (!store.db) return store.absent();
    return get_from(*store.db, impl_->options, store.handles[family + 1], key);
}

Result<void> Store::Snapshot::scan(std::size_t family, std::string_view prefix, const Each& each) const
{
    return range(family, prefix, above(prefix), each);
}

Result<void> Store::Snapshot::range(std::size_t family, std::string_view from, std::string_view below, const Each& each) const
{
    auto& store = impl_->store;
    if (!store.db) return store.absent();
    return range_from(*store.db, impl_->options, store.handles[family + 1], from, below, each);
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

std::vector<std::string> Store::names(const std::string& path)
{
    std::vector<std::string> present;
    static_cast<void>(rocksdb::DB::ListColumnFamilies({}, path, &present)); // fails when there is no store yet
    return present;
}

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options)
{
    std::error_code error;
    std::filesystem::create_directories(options.path, error);
    if (error) return Fault{Errc::storage, "journal: cannot make " + options.path + ": " + error.message()};
    static_cast<void>(checksums_by_processor()); // so that it is linked in
    std::unique_ptr<Impl> impl(new Impl);
    impl->options = options;
    impl->cache = rocksdb::NewLRUCache(options.cache_bytes);
    impl->disk = guarded(static_cast<rocksdb::Env*>(options.disk), impl->wal);
    if (const auto status = impl->open(); !status.ok()) return fault(status);
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<std::optional<std::string>> Store::get(std::size_t family, std::string_view key)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    return get_from(*impl_->db, {}, impl_->handles[family + 1], key);
}

Result<void> Store::scan(std::size_t family, std::string_view prefix, const Each& each)
{
    return range(family, prefix, above(prefix), each);
}

Result<void> Store::range(std::size_t family, std::string_view from, std::string_view below, const Each& each)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    return range_from(*impl_->db, {}, impl_->handles[family + 1], from, below, each);
}

Result<std::optional<std::string>> Store::last_key(std::size_t family)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, impl_->handles[family + 1]));
    at->SeekToLast();
    if (!at->status().ok()) return fault(at->status());
    if (!at->Valid()) return std::optional<std::string>();
    return std::optional(std::string(text(at->key())));
}

Store::Snapshot Store::snapshot()
{
    return Snapshot(std::make_unique<Snapshot::Impl>(*impl_));
}

Result<void> Store::write(Batch& batch, bool sync)
{
    if (!batch.impl_->lock) return {};
    if (!impl_->db) {
        const auto why = impl_->absent();
        batch.clear();
        return why;
    }
    // Never WriteOptions::sync: a write that holds others back for its sync would wait for a sync that waits for it.
    const auto status = impl_->db->Write({}, &batch.impl_->batch);
    batch.clear();
    if (!status.ok()) return fault(status);
    if (sync) return this->sync();
    return {};
}

Result<void> Store::sync()
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const WalGuard::Sync allowed(*impl_->wal);
    if (!allowed) return Fault{Errc::storage, "journal: a write to the log has failed"};
    if (const auto status = impl_->db->SyncWAL(); !status.ok()) return fault(status);
    return {};
}

Result<void> Store::delete_files(std::size_t family, std::string_view from, std::string_view below)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const auto first = slice(from), last = slice(below);
    const auto status = rocksdb::DeleteFilesInRange(impl_->db.get(), impl_->handles[family + 1], &first, &last, false);
    if (!status.ok()) return fault(status);
    return {};
}

Result<void> Store::delete_range(std::size_t family, std::string_view from, std::string_view below)
{
    if (const auto dropped = delete_files(family, from, below); !dropped) return dropped;
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    auto* handle = impl_->handles[family + 1];
    const auto first = slice(from), last = slice(below);
    if (const auto status = impl_->db->DeleteRange({}, handle, first, last); !status.ok()) return fault(status);
    return {};
}

Result<void> Store::clear(std::size_t family)
{
    const auto last = last_key(family);
    if (!last) return last.error();
    if (!last.value()) return {};
    return delete_range(family, "", **last + '\0');
}

Result<void> Store::flush()
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    if (const auto status = impl_->db->Flush({}, impl_->handles); !status.ok()) return fault(status);
    return {};
}

Result<void> Store::compact(std::size_t family)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const auto status = impl_->db->CompactRange({}, impl_->handles[family + 1], nullptr, nullptr);
    if (!status.ok()) return fault(status);
    return {};
}

Result<void> Store::drop(std::size_t family)
{
    const std::unique_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const auto handle = impl_->handles.begin() + static_cast<std::ptrdiff_t>(family) + 1;
    if (const auto status = impl_->db->DropColumnFamily(*handle); !status.ok()) return fault(status);
    static_cast<void>(impl_->db->DestroyColumnFamilyHandle(*handle));
    impl_->handles.erase(handle);
    impl_->options.families.erase(impl_->options.families.begin() + static_cast<std::ptrdiff_t>(family));
    return {};
}

Result<Store::Recovery> Store::recover()
{
    {
        const std::shared_lock lock(impl_->mutex);
        if (impl_->db && impl_->holds_writes()) {
            const auto status = impl_->db->Resume(); // goes over to a new log
            if (status.ok()) {
                impl_->wal->mend();
                impl_->have_something_to_flush();
                return Recovery::resumed;
            }
            if (status.IsNoSpace() || status.IsBusy()) return fault(status);
        }
    }
    const std::unique_lock lock(impl_->mutex);
    if (impl_->closed) return impl_->absent();
    impl_->close();
    if (const auto status = impl_->open(); !status.ok()) return fault(status);
    impl_->wal->mend();
    return Recovery::reopened;
}

void Store::close()
{
    const std::unique_lock lock(impl_->mutex);
    impl_->closed = true;
    impl_->close();
}

std::size_t Store::disk_bytes()
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return 0;
    std::uint64_t bytes = 0;
    for (auto* handle : impl_->handles) {
        std::uint64_t one = 0;
        if (impl_->db->GetIntProperty(handle, rocksdb::DB::Properties::kTotalSstFilesSize, &one)) bytes += one;
    }
    return static_cast<std::size_t>(bytes);
}

} // namespace sluse
