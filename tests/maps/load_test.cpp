// tests/maps/load_test.cpp — the maps that ship compile without a word, and mistakes are told with place and the nearest right name.
#include "gateway/normalise/maps.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace sluse {
namespace {

TEST(Maps, that_ship_compile_without_a_word)
{
    Issues issues;
    const auto maps = Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
    for (const auto& issue : issues) ADD_FAILURE() << issue.path << ": " << issue.text;
    ASSERT_TRUE(maps);
    EXPECT_EQ(maps->hash().size(), 64u);
}

} // namespace
} // namespace sluse
