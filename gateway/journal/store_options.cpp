// gateway/journal/store_options.cpp — how RocksDB is set up: options by shape, sums of cells, its own log lines. Compiled as store.cpp is.
#include "gateway/journal/store_options.hpp"

#include "gateway/base/log_lines.hpp"
#include "gateway/journal/cell_sum.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <deque>

namespace sluse {
namespace {

std::string_view text(const rocksdb::Slice& slice)
{
    return {slice.data(), slice.size()};
}

/// All that was merged into a key is added in one go: taken one by one, each would cost what the whole sum does.
class AddCells final : public rocksdb::MergeOperator {
public:
    const char* Name() const override { return "sluse.cells.1"; }
    bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override
    {
        CellSum sum;
        if (in.existing_value && !decode(text(*in.existing_value), sum)) return false;
        return add_all(sum, in.operand_list, out->new_value);
    }
    bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands, std::string* merged, rocksdb::Logger*) const override
    {
        CellSum sum;
        return add_all(sum, operands, *merged);
    }

private:
    template <class Operands> static bool add_all(CellSum& sum, const Operands& operands, std::string& out)
    {
        CellSum delta;
        for (const auto& operand : operands) {
            if (!decode(text(operand), delta)) return false;
            sum.append(delta);
        }
        out.clear();
        encode(std::move(sum), out);
        return true;
    }
};

/// RocksDB would look for free space every five seconds; recover() is asked sooner, and by one caller only. Counts what is written.
class Listener final : public rocksdb::EventListener {
public:
    explicit Listener(std::shared_ptr<BytesWritten> written) : written_(std::move(written)) {}
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override { *automatic = false; }
    void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo& info) override
    {
        const auto& table = info.table_properties;
        written_->flushed += table.data_size + table.index_size + table.filter_size;
        for (const auto& file : info.blob_file_addition_infos) written_->flushed += file.total_blob_bytes;
    }
    void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) override
    {
        if (info.stats.num_input_records > 0) written_->compacted += info.stats.total_output_bytes + info.stats.total_output_bytes_blob; // else files were only moved
    }

private:
    std::shared_ptr<BytesWritten> written_;
};

/// RocksDB's own log file cannot stand a full disk: a line that finds no room makes the next one an assertion of its writer, which
/// Debian's packages leave switched on. So its lines join ours; they name files and reasons, never keys or values.
class LinesToOurLog final : public rocksdb::Logger {
public:
    LinesToOurLog() : Logger(rocksdb::WARN_LEVEL) {}
    void LogHeader(const char*, va_list) override {} // every option of every family, at each start
    using Logger::Logv;
    void Logv(const char* format, va_list arguments) override
    {
        std::array<char, 400> line;
        if (std::vsnprintf(line.data(), line.size(), format, arguments) > 0) log_lines().warn("journal.rocksdb", {{"line", line.data()}});
    }
};

/// Files never overlap, so compaction only moves them: each record is written twice in its life, WAL and file.
void set_up_log(rocksdb::ColumnFamilyOptions& options, rocksdb::BlockBasedTableOptions& table)
{
    table.block_size = 32 * 1024;
    options.num_levels = 2;
    options.max_bytes_for_level_base = 1ull << 50;
    options.write_buffer_size = 16u << 20;
    options.max_write_buffer_number = 4;
    // Offsets only grow, so each record goes behind the one before it without a search from the top.
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(4));
}

/// Indexes and filters of a few hundred megabytes of files are as large as the cache: read and evicted in pieces of some kilobytes, not by the file.
void set_up_table(rocksdb::ColumnFamilyOptions& options, rocksdb::BlockBasedTableOptions& table)
{
    options.num_levels = levels_max;
    options.write_buffer_size = 4u << 20;
    options.level_compaction_dynamic_level_bytes = true;
    table.block_size = 8 * 1024;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
}

/// What is long (a resource, a trace) goes to files of its own when it leaves the memtable and stays there: compaction rewrites the keys and what is
/// short, and of the long values those in the oldest tenth of these files.
void set_up_state(rocksdb::ColumnFamilyOptions& options, rocksdb::BlockBasedTableOptions& table, const std::shared_ptr<rocksdb::Cache>& cache)
{
    set_up_table(options, table);
    options.write_buffer_size = 32u << 20; // as much of the disk is set aside for each new log, and a tenth
    // A file that a memtable becomes is small without its long values. Each time so many have come, all the keys of the first level below, up to 256 MB,
    // are rewritten: the more at once, the less for each. Filters tell a reader which of them to look into. Writers are held up as far behind as by default.
    options.level0_file_num_compaction_trigger = 8;
    options.level0_slowdown_writes_trigger = 24;
    options.level0_stop_writes_trigger = 40;
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.05;
    options.enable_blob_files = true;
    options.min_blob_size = 512;
    options.blob_file_size = 64u << 20;
    options.blob_compression_type = rocksdb::kLZ4Compression;
    options.blob_cache = cache;
    options.enable_blob_garbage_collection = true;
    options.blob_garbage_collection_age_cutoff = 0.1;
    options.blob_garbage_collection_force_threshold = 0.5;
}

} // namespace

rocksdb::ColumnFamilyOptions family_options(FamilyShape shape, const std::shared_ptr<rocksdb::Cache>& cache)
{
    rocksdb::ColumnFamilyOptions options;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    options.compression = rocksdb::kLZ4Compression;
    options.arena_block_size = 256 * 1024; // there are some fifty families, most of them with little in memory
    switch (shape) {
    case FamilyShape::log: set_up_log(options, table); break;
    case FamilyShape::table: set_up_table(options, table); break;
    case FamilyShape::state: set_up_state(options, table, cache); break;
    case FamilyShape::cells:
        set_up_table(options, table);
        options.write_buffer_size = 32u << 20;
        options.merge_operator = std::make_shared<AddCells>();
        break;
    }
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

rocksdb::DBOptions db_options(const StoreOptions& wanted, rocksdb::Env& disk, std::shared_ptr<BytesWritten> written)
{
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.db_write_buffer_size = wanted.memtable_bytes;
    options.max_total_wal_size = wanted.wal_bytes_max;
    options.max_background_jobs = 2;
    options.avoid_flush_during_shutdown = true; // the log has it all; only the record of have_something_to_flush() is in no log
    options.bytes_per_sync = 1u << 20;
    options.wal_bytes_per_sync = wanted.wal_bytes_per_sync;
    // Few files open and none read at start: a restart takes as long with a year's backlog as with a day's.
    options.max_open_files = 512;
    options.skip_stats_update_on_db_open = true;
    options.skip_checking_sst_file_sizes_on_db_open = true;
    // A torn tail is an unfinished write; damage before the tail is refused, because what lies behind it was acknowledged.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.info_log = std::make_shared<LinesToOurLog>();
    options.listeners.push_back(std::make_shared<Listener>(std::move(written)));
    options.env = &disk;
    return options;
}

} // namespace sluse
