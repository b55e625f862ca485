// gateway/journal/store_options.hpp — RocksDB's settings for a store and for each shape of family. For store.cpp alone.
#pragma once

#include "gateway/journal/store.hpp"

#include <rocksdb/options.h>

namespace sluse {

rocksdb::ColumnFamilyOptions family_options(FamilyShape shape, const std::shared_ptr<rocksdb::Cache>& cache);
rocksdb::DBOptions db_options(const StoreOptions& wanted, rocksdb::Env& disk);

} // namespace sluse
