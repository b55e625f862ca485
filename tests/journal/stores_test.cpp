// tests/journal/stores_test.cpp — a directory made when raw records lay among the state is moved over, whole, also after an interruption.
#include "gateway/journal/embedded_keys.hpp"
#include "tests/journal/rig.hpp"
#include "tests/temporary.hpp"

#include <algorithm>
#include <filesystem>

namespace sluse {
namespace {

constexpr std::uint32_t partitions = 2;
constexpr int records = 300; ///< a partition
constexpr std::uint64_t processed = 120;

EmbeddedOptions options_for(const std::string& path)
{
    EmbeddedOptions options;
    options.path = path;
    options.partitions = partitions;
    return options;
}

std::string value_of(std::uint32_t partition, std::uint64_t offset)
{
    return "message " + std::to_string(partition) + '/' + std::to_string(offset) + std::string(40'000, '.'); // more than one step of the move
}

/// As the gateway wrote it: raw.N beside facts.N in one store, `processed` records committed in each partition.
void write_old_layout(const std::string& path)
{
    StoreOptions wanted;
    wanted.path = path;
    wanted.families = {{"meta", FamilyShape::state}, {"state", FamilyShape::state}};
    for (const auto topic : {Topic::raw, Topic::facts, Topic::fhir, Topic::events, Topic::quarantine})
        for (std::uint32_t p = 0; p < partitions; ++p) wanted.families.push_back({std::string(name(topic)) + '.' + std::to_string(p), FamilyShape::log});
    const auto store = std::move(Store::open(wanted).value());
    Store::Batch batch(*store);
    batch.put(meta_family, "partitions", std::to_string(partitions));
    std::string head, key;
    for (std::uint32_t p = 0; p < partitions; ++p) {
        for (std::uint64_t offset = 0; offset < records; ++offset) {
            encode_head(static_cast<Millis>(1000 + offset), "lane", head);
            batch.put(2 + p, offset_key(offset), {head, value_of(p, offset)});
        }
        batch.put(meta_family, partition_key('c', p), offset_key(processed) + offset_key(0));
        key.clear();
        put_be(key, p, 2);
        batch.put(state_family, key + "raw", std::to_string(processed));
    }
    ASSERT_TRUE(store->write(batch, true));
}

void expect_all_records(Log& log)
{
    for (std::uint32_t p = 0; p < partitions; ++p) {
        const auto all = everything(log, Topic::raw, p);
        ASSERT_EQ(all.size(), static_cast<std::size_t>(records));
        for (std::uint64_t offset = 0; offset < records; ++offset) {
            EXPECT_EQ(all[offset].offset, offset);
            EXPECT_EQ(all[offset].timestamp, static_cast<Millis>(1000 + offset));
            EXPECT_EQ(all[offset].key, "lane");
            EXPECT_EQ(all[offset].value, value_of(p, offset));
        }
    }
}

bool has_raw_among_state(const std::string& path)
{
    return std::ranges::any_of(Store::names(path), [](const auto& name) { return name.starts_with("raw."); });
}

TEST(EmbeddedStores, moves_raw_records_out_of_a_directory_of_the_old_layout)
{
    const TemporaryDirectory directory;
    write_old_layout(directory.path());
    for (int start = 0; start < 2; ++start) { // the second finds the new layout
        auto log = open_embedded_log(options_for(directory.path()));
        ASSERT_TRUE(log) << log.error().where;
        EXPECT_FALSE(has_raw_among_state(directory.path()));
        EXPECT_EQ((*log)->stats().at(1).committed, processed + (start ? records - processed : 0));
        expect_all_records(**log);
        ASSERT_TRUE((*log)->start(counting(), 1));
        EXPECT_TRUE(eventually([&] { return total(**log, "raw") == partitions * records; })) << total(**log, "raw");
    }
}

TEST(EmbeddedStores, goes_on_with_a_move_that_was_interrupted)
{
    const TemporaryDirectory directory, moved;
    write_old_layout(directory.path());
    write_old_layout(moved.path());
    { // what an interrupted move leaves: some records in the new place, all in the old
        ASSERT_TRUE(open_embedded_log(options_for(moved.path())));
        std::filesystem::rename(moved.path() / "raw", directory.path() / "raw");
        StoreOptions wanted;
        wanted.path = directory.path() / "raw";
        wanted.families = {{"raw.0", FamilyShape::log}, {"raw.1", FamilyShape::log}, {"meta", FamilyShape::state}};
        const auto raw = std::move(Store::open(wanted).value());
        Store::Batch batch(*raw);
        batch.erase(2, "moved");
        for (std::uint64_t offset = 50; offset < records; ++offset) batch.erase(0, offset_key(offset));
        for (std::uint64_t offset = 0; offset < records; ++offset) batch.erase(1, offset_key(offset));
        ASSERT_TRUE(raw->write(batch, true));
    }
    const auto log = open_embedded_log(options_for(directory.path()));
    ASSERT_TRUE(log) << log.error().where;
    expect_all_records(**log);
    EXPECT_FALSE(has_raw_among_state(directory.path()));
}

TEST(EmbeddedStores, moves_nothing_for_another_number_of_partitions)
{
    const TemporaryDirectory directory;
    write_old_layout(directory.path());
    auto options = options_for(directory.path());
    options.partitions = 4;
    const auto log = open_embedded_log(options);
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, Errc::bad_config);
    EXPECT_TRUE(has_raw_among_state(directory.path()));
    const auto right = open_embedded_log(options_for(directory.path()));
    ASSERT_TRUE(right) << right.error().where;
    expect_all_records(**right);
}

} // namespace
} // namespace sluse
