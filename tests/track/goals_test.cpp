// tests/track/goals_test.cpp — the eight goals as shipped: their live indicators exist, their planned ones do not pretend to.
#include "gateway/indicators/packs.hpp"
#include "gateway/track/goals.hpp"
#include "tests/temporary.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace sluse {
namespace {

const std::filesystem::path schemas = std::filesystem::path(SLUSE_SOURCE_DIR) / "schemas";

TEST(Goals, are_the_eight_and_agree_with_the_packs)
{
    Issues issues;
    const auto goals = load_goals(schemas, issues);
    const auto packs = Packs::load(schemas, issues);
    for (const auto& issue : issues) ADD_FAILURE() << issue.path << ": " << issue.text;
    ASSERT_TRUE(packs);
    ASSERT_EQ(goals.size(), 8u);
    for (const auto& goal : goals) {
        std::vector<std::string> live;
        for (const auto& pack : packs->packs())
            if (pack.goal == goal.id && std::ranges::find(live, pack.id) == live.end()) live.push_back(pack.id); // versions stand beside each other
        EXPECT_THAT(goal.indicators, testing::UnorderedElementsAreArray(live)) << goal.id;
        for (const auto& id : goal.planned)
            EXPECT_TRUE(std::ranges::find(packs->packs(), id, &Pack::id) == packs->packs().end()) << id << " is computed, so it is not planned";
        EXPECT_FALSE(goal.name.da.empty() || goal.name.en.empty());
        EXPECT_EQ(goal.planned.size(), goal.planned_indicators.size());
    }
}

TEST(Goals, tell_every_mistake_with_its_line)
{
    const TemporaryDirectory directory;
    const auto& folder = directory.path();
    std::filesystem::create_directories(folder / "goals");
    std::ofstream(folder / "goals" / "1.yaml") << "id: \"1\"\nname: {da: x, en: y, comment: z}\nlife: [G1.1]\nplanned: []\n";
    Issues issues;
    EXPECT_TRUE(load_goals(folder, issues).empty());
    std::vector<std::string> said;
    for (const auto& issue : issues) said.push_back(issue.path + ": " + issue.text);
    EXPECT_THAT(said, testing::UnorderedElementsAre("goals/1.yaml:2: 'comment' is not a key here", "goals/1.yaml:1: 'live' is missing",
                                                    "goals/1.yaml:3: 'life' is not a key here; did you mean 'live'?"));
}

} // namespace
} // namespace sluse
