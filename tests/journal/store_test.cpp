// tests/journal/store_test.cpp — the store's reads, batches, cell sums, range deletes, the lock on its directory.
#include "gateway/journal/cell_sum.hpp"
#include "gateway/journal/store.hpp"
#include "tests/journal/faulty_disk.hpp"
#include "tests/temporary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

namespace sluse {
namespace {

StoreOptions options(const TemporaryDirectory& directory)
{
    StoreOptions wanted;
    wanted.path = directory.path();
    wanted.families = {{"state", FamilyShape::state}, {"log", FamilyShape::log}, {"cells", FamilyShape::cells}};
    return wanted;
}

std::vector<std::string> keys(Store& store, std::size_t family, std::string_view prefix)
{
    std::vector<std::string> found;
    const auto read = store.scan(family, prefix, [&](std::string_view key, std::string_view) {
        found.emplace_back(key);
        return true;
    });
    EXPECT_TRUE(read);
    return found;
}

TEST(Store, scans_a_prefix_in_byte_order_up_to_its_end)
{
    const TemporaryDirectory directory;
    auto store = std::move(Store::open(options(directory)).value());
    Store::Batch batch(*store);
    for (const auto* key : {"a\xff", "a\xff\xff", "a\xff""b", "b", "a"}) batch.put(0, key, {"one", "two"});
    ASSERT_TRUE(store->write(batch, true));
    EXPECT_EQ(keys(*store, 0, "a\xff"), (std::vector<std::string>{"a\xff", "a\xff""b", "a\xff\xff"}));
    EXPECT_EQ(keys(*store, 0, "").size(), 5u);
    EXPECT_EQ(*store->get(0, "b"), "onetwo");
    EXPECT_EQ(*store->get(1, "b"), std::nullopt);
    EXPECT_EQ(*store->last_key(0), "b");
}

TEST(Store, keeps_a_snapshot_as_it_was)
{
    const TemporaryDirectory directory;
    auto store = std::move(Store::open(options(directory)).value());
    Store::Batch batch(*store);
    batch.put(0, "k", "old");
    ASSERT_TRUE(store->write(batch, false));
    const auto before = store->snapshot();
    batch.put(0, "k", "new");
    ASSERT_TRUE(store->write(batch, false));
    EXPECT_EQ(*before.get(0, "k"), "old");
    EXPECT_EQ(*store->get(0, "k"), "new");
}

TEST(Store, adds_cells_to_the_same_bytes_in_any_order)
{
    const TemporaryDirectory directory;
    auto store = std::move(Store::open(options(directory)).value());
    std::mt19937 random(3);
    std::vector<std::string> deltas;
    CellSum total;
    for (int i = 0; i < 60; ++i) {
        CellSum delta;
        for (int j = 0; j < static_cast<int>(random() % 4); ++j) delta.sums.push_back(static_cast<int>(random() % 7) - 3);
        for (int j = 0; j < static_cast<int>(random() % 3); ++j)
            delta.counts.emplace_back(random() % 4, static_cast<int>(random() % 3) - 1);
        total.add(delta);
        encode(delta, deltas.emplace_back());
    }
    std::string expected;
    encode(total, expected);
    for (const std::string key : {"x", "y", "z"}) {
        std::ranges::shuffle(deltas, random);
        for (std::size_t i = 0; i < deltas.size(); ++i) {
            Store::Batch batch(*store);
            batch.merge(2, key, deltas[i]);
            ASSERT_TRUE(store->write(batch, false));
            if (key == "y" && i % 10 == 0) { ASSERT_TRUE(store->flush()); }
        }
        if (key == "z") { ASSERT_TRUE(store->compact(2)); }
        EXPECT_EQ(*store->get(2, key), expected) << key;
    }
}

TEST(CellSum, refuses_bytes_that_are_no_cell)
{
    CellSum cell;
    EXPECT_TRUE(decode(std::string_view("\0\0", 2), cell));
    EXPECT_TRUE(cell.zero());
    EXPECT_FALSE(decode("", cell));
    EXPECT_FALSE(decode("\x05", cell));
    EXPECT_FALSE(decode(std::string_view("\0\0\0", 3), cell));
    EXPECT_FALSE(decode("\xff\xff\xff\xff\xff\xff\xff\xff\x7f", cell));
}

TEST(Store, deletes_a_range_and_keeps_the_rest)
{
    const TemporaryDirectory directory;
    auto store = std::move(Store::open(options(directory)).value());
    for (int round = 0; round < 5; ++round) {
        Store::Batch batch(*store);
        for (int i = 0; i < 100; ++i) batch.put(1, std::to_string(1000 + 100 * round + i), "v");
        ASSERT_TRUE(store->write(batch, false));
        ASSERT_TRUE(store->flush());
    }
    ASSERT_TRUE(store->delete_range(1, "1000", "1250"));
    const auto left = keys(*store, 1, "");
    EXPECT_EQ(left.size(), 250u);
    EXPECT_EQ(left.front(), "1250");
    ASSERT_TRUE(store->clear(1));
    EXPECT_TRUE(keys(*store, 1, "").empty());
}

TEST(Store, keeps_long_values_beside_the_keys_and_says_what_it_wrote)
{
    const TemporaryDirectory directory;
    auto store = std::move(Store::open(options(directory)).value());
    const auto value = [](int round, int i) { return std::to_string(round) + std::string(static_cast<std::size_t>(400 + i * 20), static_cast<char>('a' + i % 26)); };
    for (int round = 0; round < 6; ++round) {
        Store::Batch batch(*store);
        for (int i = 0; i < 200; ++i)
            if (round == 0 || i % 2 == 0) batch.put(0, std::to_string(1000 + i), value(round, i)); // from 512 bytes on beside them
        ASSERT_TRUE(store->write(batch, false));
        ASSERT_TRUE(store->flush());
    }
    EXPECT_GT(store->figures().flushed, 0u);
    ASSERT_TRUE(store->compact(0));
    const auto figures = store->figures();
    EXPECT_GT(figures.logged, 6u * 100 * 400);
    EXPECT_GT(figures.compacted, 0u);
    EXPECT_LT(figures.compacted, figures.logged / 2) << "long values stay where they are";
    EXPECT_GT(figures.files, 0u);
    EXPECT_GT(figures.file_bytes, 0u);
    for (int start = 0; start < 2; ++start) {
        EXPECT_EQ(keys(*store, 0, "1").size(), 200u);
        for (int i = 0; i < 200; ++i) EXPECT_EQ(*store->get(0, std::to_string(1000 + i)), value(i % 2 == 0 ? 5 : 0, i));
        store.reset();
        store = std::move(Store::open(options(directory)).value());
    }
}

/// RocksDB would end the process: it asserts when a log that was never synced is synced after a write to it failed.
TEST(Store, does_not_sync_a_log_whose_write_failed)
{
    for (const auto trouble : {FaultyDisk::Trouble::no_space, FaultyDisk::Trouble::io_error}) {
        const TemporaryDirectory directory;
        FaultyDisk disk;
        auto wanted = options(directory);
        wanted.disk = disk.env();
        auto store = std::move(Store::open(wanted).value());
        for (int round = 0; round < 3; ++round) {
            const auto name = std::to_string(round);
            Store::Batch batch(*store);
            batch.put(0, "before " + name, "v");
            ASSERT_TRUE(store->write(batch, false));
            disk.fail(1, 1L << 40, trouble);
            batch.put(0, "lost " + name, "v");
            ASSERT_FALSE(store->write(batch, false));
            EXPECT_FALSE(store->sync());
            disk.fail(1, 0, trouble);
            EXPECT_FALSE(store->sync()) << "not before recover()";
            ASSERT_TRUE(store->recover());
            EXPECT_TRUE(store->sync());
            batch.put(0, "after " + name, "v");
            ASSERT_TRUE(store->write(batch, true));
        }
        store.reset();
        store = std::move(Store::open(wanted).value());
        EXPECT_EQ(keys(*store, 0, ""), (std::vector<std::string>{"after 0", "after 1", "after 2", "before 0", "before 1", "before 2"}));
    }
}

TEST(Store, leaves_no_log_file_of_the_library)
{
    const TemporaryDirectory directory;
    auto store = std::move(Store::open(options(directory)).value());
    EXPECT_FALSE(std::filesystem::exists(directory.path() / "LOG")); // its writer asserts on a full disk
}

TEST(Store, refuses_a_directory_that_is_in_use)
{
    const TemporaryDirectory directory;
    const auto first = Store::open(options(directory));
    ASSERT_TRUE(first);
    const auto second = Store::open(options(directory));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::refused);
    EXPECT_NE(second.error().where.find("in use"), std::string::npos) << second.error().where;
}

} // namespace
} // namespace sluse
