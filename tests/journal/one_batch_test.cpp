// tests/journal/one_batch_test.cpp — one batch of a partition at a time, in order, each item exactly once.
#include "gateway/journal/one_batch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace sluse {
namespace {

using Pushed = OneBatch<int>::Pushed;

TEST(OneBatch, sends_the_first_at_once_and_lets_the_others_wait_for_its_answer)
{
    OneBatch<int> batches(2, 1000);
    int one = 1, two = 2, three = 3, other = 4;
    EXPECT_EQ(batches.push(0, one, 10), Pushed::send);
    EXPECT_EQ(batches.push(0, two, 10), Pushed::waits);
    EXPECT_EQ(batches.push(0, three, 10), Pushed::waits);
    EXPECT_EQ(batches.push(1, other, 10), Pushed::send) << "another partition does not wait for this one";
    EXPECT_TRUE(batches.next().empty()) << "its batch is still under way";
    EXPECT_TRUE(batches.landed(0));
    EXPECT_EQ(batches.next(), (std::vector{2, 3}));
    EXPECT_FALSE(batches.landed(0)) << "one of two";
    EXPECT_FALSE(batches.landed(0)) << "the last, but nothing waits";
    EXPECT_FALSE(batches.idle());
    EXPECT_FALSE(batches.landed(1));
    EXPECT_TRUE(batches.idle());
}

TEST(OneBatch, keeps_a_batch_below_its_bytes_but_lets_a_large_item_go_alone)
{
    OneBatch<int> batches(1, 100);
    int first = 0;
    ASSERT_EQ(batches.push(0, first, 1), Pushed::send);
    for (auto [item, bytes] : {std::pair{1, 60}, {2, 40}, {3, 500}, {4, 1}}) ASSERT_EQ(batches.push(0, item, static_cast<std::size_t>(bytes)), Pushed::waits);
    ASSERT_TRUE(batches.landed(0));
    EXPECT_EQ(batches.next(), (std::vector{1, 2}));
    EXPECT_FALSE(batches.landed(0));
    EXPECT_TRUE(batches.landed(0));
    EXPECT_EQ(batches.next(), (std::vector{3}));
    EXPECT_TRUE(batches.landed(0));
    EXPECT_EQ(batches.next(), (std::vector{4}));
}

TEST(OneBatch, hands_out_what_waits_when_it_cannot_be_sent_and_goes_on_after)
{
    OneBatch<int> batches(1, 100);
    int one = 1, two = 2, three = 3;
    ASSERT_EQ(batches.push(0, one, 1), Pushed::send);
    ASSERT_EQ(batches.push(0, two, 1), Pushed::waits);
    EXPECT_EQ(batches.drain(), (std::vector{2}));
    EXPECT_FALSE(batches.idle()) << "the first is under way";
    EXPECT_FALSE(batches.landed(0));
    EXPECT_EQ(batches.push(0, three, 1), Pushed::send);
}

TEST(OneBatch, lets_many_that_wait_overlap_but_overtake_nothing_that_its_caller_sends)
{
    using Batches = OneBatch<int>;
    Batches batches(1, 1'000'000);
    int item = 0;
    ASSERT_EQ(batches.push(0, item, 1), Pushed::send);
    for (std::size_t i = 0; i < 2 * Batches::many; ++i) ASSERT_EQ(batches.push(0, ++item, 1), Pushed::waits) << "the first may not have been sent yet";
    ASSERT_TRUE(batches.landed(0));
    EXPECT_EQ(batches.next().size(), 2 * Batches::many);
    for (std::size_t i = 1; i < Batches::many; ++i) ASSERT_EQ(batches.push(0, ++item, 1), Pushed::waits);
    ASSERT_EQ(batches.push(0, ++item, 1), Pushed::ready);
    EXPECT_EQ(batches.next().size(), Batches::many) << "beside the batch before it";
    for (std::size_t i = 0; i < Batches::many; ++i) batches.push(0, ++item, 1);
    EXPECT_EQ(batches.next().size(), Batches::many);
    for (std::size_t i = 0; i < 3 * Batches::many; ++i) ASSERT_EQ(batches.push(0, ++item, 1), Pushed::waits) << "enough is under way";
    EXPECT_TRUE(batches.next().empty());
    EXPECT_TRUE(batches.landed(0)) << "there is room for more";
    EXPECT_EQ(batches.next().size(), 3 * Batches::many);
}

TEST(OneBatch, keeps_the_order_of_a_partition_whatever_thread_answers)
{
    constexpr int count = 20'000;
    OneBatch<int> batches(3, 64);
    std::vector<std::vector<int>> sent(3);
    std::mutex mutex;
    std::vector<std::uint32_t> under_way;
    std::size_t landed = 0;
    const auto send = [&](int item) {
        const std::lock_guard lock(mutex);
        sent[static_cast<std::size_t>(item % 3)].push_back(item);
        under_way.push_back(static_cast<std::uint32_t>(item % 3));
    };
    std::thread broker([&] {
        while (landed < count) {
            std::vector<std::uint32_t> answers;
            {
                const std::lock_guard lock(mutex);
                answers.swap(under_way);
            }
            if (answers.empty()) std::this_thread::yield();
            for (const auto partition : answers) {
                ++landed;
                batches.landed(partition);
            }
            for (auto batch = batches.next(); !batch.empty(); batch = batches.next())
                for (const auto item : batch) send(item);
        }
    });
    for (int item = 0; item < count; ++item)
        if (auto mine = item; batches.push(static_cast<std::uint32_t>(item % 3), mine, 1) == Pushed::send) send(mine);
    broker.join();
    EXPECT_TRUE(batches.idle());
    std::size_t all = 0;
    for (const auto& partition : sent) {
        all += partition.size();
        EXPECT_TRUE(std::ranges::is_sorted(partition));
    }
    EXPECT_EQ(all, static_cast<std::size_t>(count));
}

} // namespace
} // namespace sluse
