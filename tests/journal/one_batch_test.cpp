// tests/journal/one_batch_test.cpp — one batch of a partition at a time, in order, each item exactly once.
#include "gateway/journal/one_batch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace sluse {
namespace {

using Pushed = OneBatch<int>::Pushed;

TEST(OneBatch, sends_the_first_at_once_and_the_others_together_when_it_has_its_answer)
{
    OneBatch<int> batches(2, 1000);
    int one = 1, two = 2, three = 3, other = 4, late = 5, last = 6;
    EXPECT_EQ(batches.push(0, one, 10), Pushed::send);
    EXPECT_EQ(batches.push(0, two, 10), Pushed::first);
    EXPECT_EQ(batches.push(1, other, 10), Pushed::waits) << "other partitions go with the next round too";
    EXPECT_EQ(batches.push(0, three, 10), Pushed::waits);
    EXPECT_TRUE(batches.next().empty()) << "the round is still under way";
    EXPECT_TRUE(batches.landed(0));
    EXPECT_EQ(batches.next(), (std::vector{2, 3}));
    EXPECT_EQ(batches.next(), (std::vector{4}));
    EXPECT_FALSE(batches.landed(0)) << "one of two";
    EXPECT_EQ(batches.push(0, late, 10), Pushed::first);
    EXPECT_FALSE(batches.landed(0)) << "the other partition's answer is not there";
    EXPECT_TRUE(batches.landed(1));
    EXPECT_EQ(batches.next(), (std::vector{5}));
    EXPECT_FALSE(batches.landed(0));
    EXPECT_TRUE(batches.idle());
    EXPECT_EQ(batches.push(1, last, 10), Pushed::send);
}

TEST(OneBatch, waits_for_other_partitions_no_longer_than_its_patience)
{
    OneBatch<int> batches(2, 1000);
    int one = 1, two = 2, three = 3;
    ASSERT_EQ(batches.push(0, one, 10), Pushed::send);
    EXPECT_FALSE(batches.waits());
    ASSERT_EQ(batches.push(0, two, 10), Pushed::first);
    ASSERT_EQ(batches.push(1, three, 10), Pushed::waits);
    EXPECT_TRUE(batches.waits());
    const auto later = OneBatch<int>::Clock::now() + batches.patience;
    batches.overdue(later - std::chrono::seconds(1));
    EXPECT_TRUE(batches.next().empty());
    batches.overdue(later);
    EXPECT_EQ(batches.next(), (std::vector{3}));
    EXPECT_TRUE(batches.next().empty()) << "a batch of its own partition is under way: it would be overtaken";
    EXPECT_FALSE(batches.landed(0)) << "the round goes on in the other";
    EXPECT_TRUE(batches.landed(1));
    EXPECT_EQ(batches.next(), (std::vector{2}));
}

TEST(OneBatch, keeps_a_batch_below_its_bytes_but_lets_a_large_item_go_alone)
{
    OneBatch<int> batches(1, 100);
    int first = 0;
    ASSERT_EQ(batches.push(0, first, 1), Pushed::send);
    for (auto [item, bytes] : {std::pair{1, 60}, {2, 40}, {3, 500}, {4, 1}}) ASSERT_NE(batches.push(0, item, static_cast<std::size_t>(bytes)), Pushed::send);
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
    ASSERT_EQ(batches.push(0, two, 1), Pushed::first);
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
    const auto push = [&](std::size_t count) {
        auto last = Pushed::waits;
        for (; count > 0; --count) last = batches.push(0, ++item, 1);
        return last;
    };
    ASSERT_EQ(push(1), Pushed::send);
    ASSERT_EQ(push(2 * Batches::many), Pushed::waits) << "the first may not have been sent yet";
    ASSERT_TRUE(batches.landed(0));
    EXPECT_EQ(batches.next().size(), 2 * Batches::many);
    ASSERT_EQ(push(Batches::many - 1), Pushed::waits);
    ASSERT_EQ(push(1), Pushed::ready);
    EXPECT_EQ(batches.next().size(), Batches::many) << "beside the batch before it";
    ASSERT_EQ(push(Batches::many), Pushed::ready);
    EXPECT_EQ(batches.next().size(), Batches::many);
    ASSERT_EQ(push(3 * Batches::many), Pushed::waits) << "enough is under way";
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
