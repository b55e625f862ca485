// tests/process/packed_nodes_test.cpp — persons in memory as bytes: whatever is put in and taken out, they are found, the oldest goes first.
#include "gateway/process/packed_nodes.hpp"

#include "gateway/base/codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace sluse {
namespace {

std::string packed(const std::string& name, std::size_t rest)
{
    std::string out;
    Writer(out).bytes(name);
    return out + std::string(rest, 'x');
}

TEST(PackedNodes, are_found_and_dropped_as_a_plain_list_would)
{
    std::mt19937 random(7);
    PackedNodes nodes;
    std::deque<std::pair<std::string, std::string>> plain; // oldest first
    for (int step = 0; step < 60'000; ++step) {
        const auto name = "person " + std::to_string(random() % 900);
        const auto at = std::ranges::find(plain, name, [](const auto& one) -> const std::string& { return one.first; });
        ASSERT_EQ(nodes.contains(name), at != plain.end());
        if (at != plain.end()) {
            ASSERT_EQ(nodes.take(name), at->second);
            plain.erase(at);
        } else {
            const auto bytes = packed(name, random() % 100);
            nodes.put(bytes);
            plain.emplace_back(name, bytes);
        }
        if (plain.size() > (step < 30'000 ? 700u : 20u)) {
            nodes.drop_oldest();
            plain.pop_front();
        }
        ASSERT_EQ(nodes.empty(), plain.empty());
    }
    EXPECT_FALSE(plain.empty());
    while (!plain.empty()) {
        EXPECT_GT(nodes.bytes(), plain.size() * 100);
        nodes.drop_oldest();
        EXPECT_FALSE(nodes.contains(plain.front().first));
        plain.pop_front();
    }
    EXPECT_TRUE(nodes.empty());
    EXPECT_EQ(nodes.bytes(), 0u);
    nodes.clear();
    EXPECT_EQ(nodes.take("person 1"), "");
}

} // namespace
} // namespace sluse
