// gateway/journal/store_options.hpp — RocksDB's settings for a store and for each shape of family. For store*.cpp alone.
#pragma once

#include "gateway/journal/store.hpp"

#include <rocksdb/options.h>

#include <atomic>

namespace sluse {

/// Counted as RocksDB tells of its work.
struct BytesWritten {
    std::atomic<std::uint64_t> flushed{}, compacted{};
};
constexpr std::size_t levels_max = 7;

rocksdb::ColumnFamilyOptions family_options(FamilyShape shape, const std::shared_ptr<rocksdb::Cache>& cache);
rocksdb::DBOptions db_options(const StoreOptions& wanted, rocksdb::Env& disk, std::shared_ptr<BytesWritten> written);

} // namespace sluse
