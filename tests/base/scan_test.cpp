// tests/base/scan_test.cpp — looking through texts 16 bytes at a time finds what looking at each byte finds, and reads nothing outside.
#include "gateway/base/copy.hpp"
#include "gateway/base/scan.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace sluse {
namespace {

/// Texts of every length to 70, each in memory of its own size so that a sanitiser sees a byte too many, with few different letters.
template <class Use> void each_text(Use&& use)
{
    std::mt19937 random(7);
    for (std::size_t size = 0; size <= 70; ++size)
        for (int n = 0; n < 40; ++n) {
            const std::unique_ptr<char[]> memory(new char[size]);
            constexpr char letters[] = {'a', 'b', '^', '\r', '\n', '\0', '\xe6', ' '};
            for (std::size_t i = 0; i < size; ++i) memory[i] = letters[random() % (n % 8 + 1)];
            use(std::string_view(memory.get(), size), random() % (size + 1));
        }
}

TEST(Scan, FindsWhatLookingAtEachByteFinds)
{
    each_text([](std::string_view text, std::size_t from) {
        for (const char c : {'a', '^', '\0', '\xe6'}) EXPECT_EQ(find_char(text, c, from), text.find(c, from)) << text.size() << ' ' << from;
        EXPECT_EQ(find_line_end(text, from), text.find_first_of("\r\n", from)) << text.size() << ' ' << from;
    });
}

TEST(Scan, VisitsEachInOrderUntilToldToStop)
{
    each_text([](std::string_view text, std::size_t stop) {
        std::vector<std::size_t> wanted, found;
        for (std::size_t i = 0; i < text.size() && wanted.size() <= stop; ++i)
            if (text[i] == '^') wanted.push_back(i);
        each_char(text, '^', [&](std::size_t at) {
            found.push_back(at);
            return found.size() <= stop;
        });
        EXPECT_EQ(found, wanted) << text.size();
    });
}

TEST(Scan, GivesTheNthPart)
{
    each_text([](std::string_view text, std::size_t) {
        auto rest = text;
        for (unsigned n = 1; n < 80; ++n) {
            const auto end = rest.find('^');
            EXPECT_EQ(nth_part(text, '^', n), rest.substr(0, end)) << n;
            if (end == rest.npos) {
                EXPECT_TRUE(nth_part(text, '^', n + 1).empty());
                return;
            }
            rest.remove_prefix(end + 1);
        }
    });
}

TEST(Copy, CopiesAllAndNoMore)
{
    std::mt19937 random(9);
    for (std::size_t size = 0; size <= 300; ++size) {
        const std::unique_ptr<char[]> from(new char[size]), to(new char[size]);
        for (std::size_t i = 0; i < size; ++i) from[i] = static_cast<char>(random());
        copy_short(to.get(), from.get(), size);
        EXPECT_EQ(std::string_view(to.get(), size), std::string_view(from.get(), size));
    }
}

} // namespace
} // namespace sluse
