// gateway/journal/store.cpp — RocksDB: opening, families, recovery after a failed disk. Compiled without RTTI, as Debian's library is: what
// derives from its classes finds no type information there.
#include "gateway/journal/store_impl.hpp"

#include "gateway/journal/crc32c.hpp"
#include "gateway/journal/store_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <filesystem>

namespace sluse {

Fault fault_of(const rocksdb::Status& status)
{
    if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit)
        return {Errc::storage_full, "journal: the disk is full"};
    const auto reason = status.ToString();
    if (status.IsIOError() && reason.find("LOCK") != reason.npos)
        return {Errc::refused, "journal: the directory is in use by another process (" + reason + ")"};
    return {Errc::storage, "journal: " + reason};
}

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
    auto status = rocksdb::DB::Open(db_options(options, *disk, written), options.path, old, &handles, &opened);
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

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl))
{
    list();
}

Store::~Store()
{
    leave();
}

const std::string& Store::name() const
{
    return impl_->options.name;
}

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
    if (const auto status = impl->open(); !status.ok()) return fault_of(status);
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<void> Store::flush()
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    if (const auto status = impl_->db->Flush({}, impl_->handles); !status.ok()) return fault_of(status);
    return {};
}

Result<void> Store::compact(std::size_t family)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const auto status = impl_->db->CompactRange({}, impl_->handles[family + 1], nullptr, nullptr);
    if (!status.ok()) return fault_of(status);
    return {};
}

Result<void> Store::drop(std::size_t family)
{
    const std::unique_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const auto handle = impl_->handles.begin() + static_cast<std::ptrdiff_t>(family) + 1;
    if (const auto status = impl_->db->DropColumnFamily(*handle); !status.ok()) return fault_of(status);
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
            if (status.IsNoSpace() || status.IsBusy()) return fault_of(status);
        }
    }
    const std::unique_lock lock(impl_->mutex);
    if (impl_->closed) return impl_->absent();
    impl_->close();
    if (const auto status = impl_->open(); !status.ok()) return fault_of(status);
    impl_->wal->mend();
    return Recovery::reopened;
}

void Store::close()
{
    const std::unique_lock lock(impl_->mutex);
    impl_->closed = true;
    impl_->close();
}

} // namespace sluse
