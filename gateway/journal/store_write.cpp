// gateway/journal/store_write.cpp — writing to a store: batches, syncs, deletions. Compiled as store.cpp is.
#include "gateway/journal/store_impl.hpp"

#include <rocksdb/convenience.h>

#include <array>

namespace sluse {

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
    constexpr std::size_t keep_bytes_max = 32u << 20; ///< a unit of 512 messages writes 8 to 10 MB
    if (impl_->batch.GetDataSize() > keep_bytes_max) impl_->batch = rocksdb::WriteBatch();
    else impl_->batch.Clear();
    if (impl_->lock) impl_->lock.unlock();
    impl_->lock = {};
}

std::size_t Store::Batch::bytes() const
{
    return impl_->batch.GetDataSize();
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
    const auto bytes = batch.bytes();
    const auto status = impl_->db->Write({}, &batch.impl_->batch);
    batch.clear();
    if (!status.ok()) return fault_of(status);
    impl_->logged += bytes;
    if (sync) return this->sync();
    return {};
}

Result<void> Store::sync()
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const WalGuard::Sync allowed(*impl_->wal);
    if (!allowed) return Fault{Errc::storage, "journal: a write to the log has failed"};
    if (const auto status = impl_->db->SyncWAL(); !status.ok()) return fault_of(status);
    return {};
}

Result<void> Store::delete_files(std::size_t family, std::string_view from, std::string_view below)
{
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    const auto first = slice(from), last = slice(below);
    const auto status = rocksdb::DeleteFilesInRange(impl_->db.get(), impl_->handles[family + 1], &first, &last, false);
    if (!status.ok()) return fault_of(status);
    return {};
}

Result<void> Store::delete_range(std::size_t family, std::string_view from, std::string_view below)
{
    if (const auto dropped = delete_files(family, from, below); !dropped) return dropped;
    const std::shared_lock lock(impl_->mutex);
    if (!impl_->db) return impl_->absent();
    auto* handle = impl_->handles[family + 1];
    const auto first = slice(from), last = slice(below);
    if (const auto status = impl_->db->DeleteRange({}, handle, first, last); !status.ok()) return fault_of(status);
    return {};
}

Result<void> Store::clear(std::size_t family)
{
    const auto last = last_key(family);
    if (!last) return last.error();
    if (!last.value()) return {};
    return delete_range(family, "", **last + '\0');
}

} // namespace sluse
