// bench/rocksdb_alone.cpp — rocksdb_alone MESSAGES BATCH: the records that the gateway writes, so many a synced batch, by RocksDB alone.
// A program of its own, so that it measures the library as it is shipped and not with the log's way to sum (gateway/journal/crc32c.hpp).
#include "bench/common.hpp"
#include "bench/measure.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include <cstdlib>
#include <memory>

namespace sluse::bench {
namespace {

int rocksdb_alone(std::uint64_t messages, std::size_t batch_records)
{
    const auto all = records_of(feed(messages), Keys::demonstration(), 8);
    const Folder folder;
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    if (!rocksdb::DB::Open(options, folder.path, &opened).ok()) return 74;
    const std::unique_ptr<rocksdb::DB> db(opened);
    rocksdb::WriteOptions sync;
    sync.sync = true;
    const Span span;
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < all.size();) {
        rocksdb::WriteBatch batch;
        for (std::size_t n = 0; n < batch_records && i < all.size(); ++n, ++i) {
            const auto key = fmt::format("{:016x}", offset++) + all[i].key;
            if (!batch.Put(key, all[i].value).ok()) return 74;
        }
        if (!db->Write(sync, &batch).ok()) return 74;
    }
    const auto wall = span.wall();
    fmt::print(R"({{"figure":"rocksdb","messages":{},"batch":{},"per_second":{:.0f},"cpu_us":{:.2f}}})" "\n", all.size(), batch_records,
               static_cast<double>(all.size()) / wall, span.cpu() / static_cast<double>(all.size()) * 1e6);
    return 0;
}

} // namespace
} // namespace sluse::bench

int main(int argc, char** argv)
{
    const auto number = [&](int i, std::uint64_t otherwise) { return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise; };
    return sluse::bench::rocksdb_alone(number(1, 100'000), number(2, 256));
}
