// tests/track/long_timelines_test.cpp — looking things up in a long series finds what looking at all of them finds.
#include "gateway/indicators/evaluate.hpp"
#include "gateway/indicators/reading.hpp"
#include "tests/track/chance.hpp"
#include "tests/track/fake_events.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>

namespace sluse {
namespace {

/// What several patients' sayings come to if they are one person's: longer than any one of them.
std::vector<Fact> facts_of(Chance& chance, int patients)
{
    std::map<std::pair<FactKind, std::string>, Fact> known;
    for (int i = 0; i < patients; ++i)
        for (const auto& saying : chance.sayings("p" + std::to_string(i))) {
            const auto [at, fresh] = known.try_emplace({saying.kind, saying.key}, saying);
            if (!fresh) join(at->second, saying);
        }
    std::vector<Fact> facts;
    for (auto& [key, fact] : known) facts.push_back(std::move(fact));
    return facts;
}

std::vector<Contribution> counted(const Definition& rule, const Regions& regions, const Timeline& timeline, std::size_t few)
{
    Reading reading(timeline);
    reading.few(few);
    std::vector<ContributionView> views;
    for (const auto part : {Part::counted, Part::steps}) evaluate(rule, regions, reading, part, views);
    return sorted(views);
}

TEST(LongTimelines, count_the_same_in_every_pack)
{
    const auto packs = shipped_packs();
    ASSERT_TRUE(packs);
    std::size_t met = 0;
    for (std::size_t pack = 0; pack < packs->packs().size(); ++pack) {
        const auto& rule = packs->definition(pack);
        for (unsigned seed = 1; seed <= 60; ++seed) {
            Chance chance(seed, &rule);
            const auto facts = facts_of(chance, static_cast<int>(1 + seed % 12));
            const auto timeline = timeline_of(facts);
            const auto all_looked_at = counted(rule, packs->regions(), timeline, std::numeric_limits<std::size_t>::max());
            for (const std::size_t few : {0, 3}) ASSERT_EQ(all_looked_at, counted(rule, packs->regions(), timeline, few)) << packs->packs()[pack].id << ", seed " << seed << ", few " << few;
            met += all_looked_at.size();
        }
    }
    EXPECT_GT(met, 10'000u);
}

} // namespace
} // namespace sluse
