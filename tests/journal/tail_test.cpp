// tests/journal/tail_test.cpp — the newest records in memory: a run without a gap, bounded, each taken once.
#include "gateway/journal/tail.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace sluse {
namespace {

constexpr std::size_t any = 1u << 30;

Record record(std::uint64_t offset, std::size_t bytes = 10)
{
    return {0, offset, 0, "k", std::string(bytes, 'v')};
}

std::vector<std::uint64_t> taken(Tail& tail, std::uint64_t from, std::size_t count = any, std::size_t bytes = any)
{
    std::vector<Record> out;
    tail.take(from, count, bytes, out);
    std::vector<std::uint64_t> offsets;
    for (const auto& one : out) offsets.push_back(one.offset);
    return offsets;
}

TEST(Tail, gives_what_was_pushed_from_where_it_is_asked)
{
    Tail tail(any);
    for (std::uint64_t offset = 5; offset < 10; ++offset) tail.push(record(offset));
    EXPECT_TRUE(taken(tail, 4).empty()) << "that one is on disk";
    EXPECT_EQ(taken(tail, 5, 2), (std::vector<std::uint64_t>{5, 6}));
    tail.push(record(10));
    EXPECT_EQ(taken(tail, 8), (std::vector<std::uint64_t>{8, 9, 10})) << "7 was read elsewhere";
    EXPECT_TRUE(taken(tail, 11).empty());
}

TEST(Tail, takes_no_more_when_full_until_it_is_empty)
{
    Tail tail(3 * (sizeof(Record) + 11));
    for (std::uint64_t offset = 0; offset < 5; ++offset) tail.push(record(offset));
    EXPECT_EQ(taken(tail, 0, 1), (std::vector<std::uint64_t>{0}));
    tail.push(record(5));
    EXPECT_EQ(taken(tail, 1), (std::vector<std::uint64_t>{1, 2})) << "3 was refused, so 5 would leave a gap";
    tail.push(record(6));
    EXPECT_TRUE(taken(tail, 3).empty());
    EXPECT_EQ(taken(tail, 6), (std::vector<std::uint64_t>{6}));
}

TEST(Tail, stops_at_some_bytes_and_starts_again_after_clear)
{
    Tail tail(any);
    for (std::uint64_t offset = 0; offset < 9; ++offset) tail.push(record(offset, 99));
    EXPECT_EQ(taken(tail, 0, any, 250).size(), 3u);
    tail.clear();
    EXPECT_TRUE(taken(tail, 3).empty());
    tail.push(record(70));
    EXPECT_EQ(taken(tail, 70).size(), 1u);
}

TEST(Tail, loses_and_repeats_nothing_while_another_thread_pushes)
{
    constexpr std::uint64_t count = 50'000;
    Tail tail(20'000);
    std::atomic<std::uint64_t> end{0};
    std::thread appender([&] {
        for (std::uint64_t offset = 0; offset < count; ++offset) {
            tail.push(record(offset));
            end = offset + 1;
        }
    });
    std::mt19937 random(1);
    for (std::uint64_t next = 0; next < count;) {
        const auto until = end.load();
        const auto offsets = taken(tail, next, std::min<std::uint64_t>(1 + random() % 50, until - next));
        for (const auto offset : offsets) ASSERT_EQ(offset, next++);
        if (offsets.empty() && next < until) next = until; // as the log does: what is not here is on disk
    }
    appender.join();
}

} // namespace
} // namespace sluse
