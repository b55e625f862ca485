// tests/track/audit_test.cpp — which hidden rows are determined: against plain elimination of a full matrix, over random lines of sums.
#include "gateway/track/audit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace sluse {
namespace {

/// Fractions of 64-bit integers modulo a prime unlike the one in use; a full matrix, reduced to the end.
class Full {
public:
    static constexpr std::int64_t prime = 998'244'353;

    Full(const std::vector<bool>& hidden, std::span<const SumLine> lines)
    {
        for (const auto& line : lines) {
            std::vector<std::int64_t> row(hidden.size());
            if (hidden[line.parent]) row[line.parent] = prime - 1;
            for (const auto child : line.children)
                if (hidden[child]) row[child] = 1;
            rows_.push_back(row);
        }
    }
    std::vector<bool> determined()
    {
        const auto columns = rows_.empty() ? 0 : rows_[0].size();
        std::vector<bool> out(columns);
        std::size_t rank = 0;
        for (std::size_t c = 0; c < columns; ++c) rank += pivot(rank, c);
        for (const auto& row : rows_) {
            const auto zero = static_cast<std::size_t>(std::ranges::count(row, 0));
            if (zero + 1 == columns) out[static_cast<std::size_t>(std::ranges::find_if(row, [](auto v) { return v != 0; }) - row.begin())] = true;
        }
        return out;
    }

private:
    bool pivot(std::size_t rank, std::size_t c)
    {
        auto found = rank;
        while (found < rows_.size() && rows_[found][c] == 0) ++found;
        if (found == rows_.size()) return false;
        std::swap(rows_[found], rows_[rank]);
        const auto scale = power(rows_[rank][c], prime - 2);
        for (auto& v : rows_[rank]) v = v * scale % prime;
        for (std::size_t r = 0; r < rows_.size(); ++r) {
            const auto factor = rows_[r][c];
            if (r == rank || factor == 0) continue;
            for (std::size_t k = 0; k < rows_[r].size(); ++k) rows_[r][k] = (rows_[r][k] + (prime - factor) * rows_[rank][k]) % prime;
        }
        return true;
    }
    static std::int64_t power(std::int64_t base, std::int64_t exponent)
    {
        std::int64_t out = 1;
        for (; exponent > 0; exponent >>= 1, base = base * base % prime)
            if (exponent & 1) out = out * base % prime;
        return out;
    }
    std::vector<std::vector<std::int64_t>> rows_;
};

std::vector<bool> determined(const std::vector<bool>& hidden, const SumLines& lines)
{
    return Audit(hidden, lines).determined();
}

TEST(Audit, a_hidden_part_of_a_shown_sum_is_determined_and_two_are_not)
{
    const std::vector<SumLine> lines{{0, {1, 2, 3}}};
    EXPECT_EQ(determined({false, true, false, false}, SumLines(4, lines)), (std::vector<bool>{false, true, false, false}));
    EXPECT_EQ(determined({false, true, true, false}, SumLines(4, lines)), (std::vector<bool>{false, false, false, false}));
}

TEST(Audit, two_lines_together_determine_what_neither_does)
{
    // 1 + 2 and 1 + 2 + 3 are known, so 3 is; 1 and 2 are not.
    const std::vector<SumLine> lines{{0, {1, 2}}, {4, {1, 2, 3}}};
    EXPECT_EQ(determined({false, true, true, true, false}, SumLines(5, lines)), (std::vector<bool>{false, false, false, true, false}));
}

std::vector<SumLine> some_lines(std::size_t rows, std::mt19937& random)
{
    const auto upto = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    std::vector<SumLine> lines(1 + upto(rows));
    for (auto& line : lines) {
        line.parent = upto(rows);
        for (std::size_t i = 0; i < rows; ++i)
            if (i != line.parent && upto(rows) < 4) line.children.push_back(i);
    }
    return lines;
}

TEST(Audit, says_what_plain_elimination_says)
{
    std::mt19937 random(7);
    for (int run = 0; run < 3000; ++run) {
        std::vector<bool> hidden(2 + random() % 24);
        for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] = random() % 4 != 0;
        const auto lines = some_lines(hidden.size(), random);
        ASSERT_EQ(determined(hidden, SumLines(hidden.size(), lines)), Full(hidden, lines).determined()) << "run " << run;
    }
}

TEST(Audit, says_the_same_when_rows_are_hidden_one_after_another)
{
    std::mt19937 random(8);
    for (int run = 0; run < 600; ++run) {
        std::vector<bool> hidden(2 + random() % 24);
        const auto seldom = 1 + random() % 5;
        for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] = random() % seldom != 0;
        const auto lines = some_lines(hidden.size(), random);
        const SumLines flat(hidden.size(), lines);
        Audit audit(hidden, flat);
        std::vector<std::uint32_t> order;
        for (std::uint32_t i = 0; i < hidden.size(); ++i)
            if (!hidden[i]) order.push_back(i);
        std::ranges::shuffle(order, random);
        for (const auto row : order) {
            hidden[row] = true;
            audit.hide(row);
            ASSERT_EQ(audit.determined(), Full(hidden, lines).determined()) << "run " << run << " row " << row;
        }
    }
}

} // namespace
} // namespace sluse
