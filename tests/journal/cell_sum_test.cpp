// tests/journal/cell_sum_test.cpp — adding a little to a large sum gives what putting all of it in order gives.
#include "gateway/journal/cell_sum.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sluse {
namespace {

class RandomSums {
public:
    explicit RandomSums(unsigned seed) : random_(seed) {}
    CellSum next(int counts)
    {
        CellSum sum;
        for (int i = upto(4); i > 0; --i) sum.sums.push_back(upto(5) - 2);
        for (int i = upto(counts + 1); i > 0; --i) sum.counts.emplace_back(upto(60) - 30, upto(5) - 2);
        return sum;
    }
    int upto(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

private:
    std::mt19937 random_;
};

CellSum in_order(CellSum sum)
{
    canonicalise(sum);
    return sum;
}

TEST(CellSum, is_the_same_however_little_is_added_at_a_time)
{
    RandomSums random(1);
    CellSum sum, plain;
    for (int i = 0; i < 5'000; ++i) {
        const auto delta = in_order(random.next(random.upto(10) ? 3 : 60));
        const auto times = random.upto(3) ? 1 : -1;
        sum.add(delta, times);
        plain.append(delta, times);
        ASSERT_EQ(sum, in_order(plain)) << i;
    }
}

TEST(CellSum, without_what_was_added_is_what_it_was)
{
    RandomSums random(2);
    for (int i = 0; i < 1'000; ++i) {
        const auto before = in_order(random.next(60)), delta = in_order(random.next(5));
        auto sum = before;
        sum.add(delta);
        sum.add(delta, -1);
        ASSERT_EQ(sum, before) << i;
    }
}

} // namespace
} // namespace sluse
