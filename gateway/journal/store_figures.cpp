// gateway/journal/store_figures.cpp — asking RocksDB what it takes; the stores of the process. Compiled as store.cpp is.
#include "gateway/journal/store_figures.hpp"

#include "gateway/journal/store_impl.hpp"

#include <rocksdb/cache.h>

#include <algorithm>
#include <mutex>

namespace sluse {
namespace {

/// A store is told of by whoever asks while it lives: it leaves under the same lock.
struct OpenStores {
    std::mutex mutex;
    std::vector<Store*> list;
};

OpenStores& open_stores()
{
    static OpenStores all;
    return all;
}

std::size_t sum_of(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, const std::string& property)
{
    std::uint64_t sum = 0, one = 0;
    for (auto* family : families)
        if (db.GetIntProperty(family, property, &one)) sum += one;
    return static_cast<std::size_t>(sum);
}

} // namespace

void Store::list()
{
    const std::lock_guard lock(open_stores().mutex);
    open_stores().list.push_back(this);
}

void Store::leave()
{
    const std::lock_guard lock(open_stores().mutex);
    std::erase(open_stores().list, this);
}

StoreFigures Store::figures()
{
    using Of = rocksdb::DB::Properties;
    const std::shared_lock lock(impl_->mutex);
    StoreFigures out;
    out.logged = impl_->logged;
    out.flushed = impl_->written->flushed;
    out.compacted = impl_->written->compacted;
    if (!impl_->db) return out;
    auto& db = *impl_->db;
    out.memtables = sum_of(db, impl_->handles, Of::kSizeAllMemTables);
    out.readers = sum_of(db, impl_->handles, Of::kEstimateTableReadersMem);
    out.file_bytes = sum_of(db, impl_->handles, Of::kTotalSstFilesSize) + sum_of(db, impl_->handles, Of::kTotalBlobFileSize);
    out.cache = impl_->cache->GetUsage();
    out.files = sum_of(db, impl_->handles, Of::kNumBlobFiles);
    for (std::size_t level = 0; level < levels_max; ++level)
        for (auto* family : impl_->handles)
            if (std::string count; db.GetProperty(family, Of::kNumFilesAtLevelPrefix + std::to_string(level), &count)) out.files += std::stoul(count);
    return out;
}

std::vector<std::pair<std::string, StoreFigures>> figures_of_stores()
{
    std::vector<std::pair<std::string, StoreFigures>> out;
    const std::lock_guard lock(open_stores().mutex);
    for (auto* store : open_stores().list) out.emplace_back(store->name(), store->figures());
    return out;
}

} // namespace sluse
