// tests/track/touch_test.cpp — what a change need not ask is derived from the rules: asking all the same changes nothing.
#include "gateway/indicators/evaluate.hpp"
#include "gateway/indicators/inputs.hpp"
#include "tests/track/chance.hpp"
#include "tests/track/fake_events.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sluse {
namespace {

using Facts = std::map<std::pair<FactKind, std::string>, Fact>;

std::vector<Fact> list_of(const Facts& known)
{
    std::vector<Fact> facts;
    for (const auto& [key, fact] : known) facts.push_back(fact);
    return facts;
}

std::vector<Contribution> counted(PackReading& reading, std::size_t pack, Part part)
{
    std::vector<ContributionView> out;
    reading.evaluate(pack, part, out);
    return sorted(out);
}

/// What one more saying can change, by the facts before and after it.
PartSet reached(Touch& touch, Facts& known, const Fact& saying, std::size_t packs)
{
    PartSet parts(packs);
    const auto [at, fresh] = known.try_emplace({saying.kind, saying.key}, saying);
    if (!fresh) {
        parts.add(touch.of(at->second));
        join(at->second, saying);
    }
    parts.add(touch.of(at->second));
    return parts;
}

TEST(Touch, parts_that_a_change_does_not_reach_count_as_before)
{
    const auto packs = shipped_packs();
    ASSERT_TRUE(packs);
    const auto count = packs->packs().size();
    Touch touch(*packs);
    std::size_t asked = 0, spared = 0;
    for (std::size_t of = 0; of < count; ++of)
        for (unsigned seed = 1; seed <= 6; ++seed) {
            Chance chance(seed * 1000 + static_cast<unsigned>(of), &packs->definition(of));
            auto sayings = chance.sayings("p");
            chance.shuffle(sayings);
            std::vector<std::size_t> watched{of};
            for (int i = 0; i < 6; ++i) watched.push_back(static_cast<std::size_t>(chance.upto(static_cast<int>(count))));
            Facts known;
            auto before = timeline_of(std::vector<Fact>());
            const auto was = packs->read(before), is = packs->read(before);
            for (const auto& saying : sayings) {
                const auto parts = reached(touch, known, saying, count);
                auto after = timeline_of(list_of(known));
                was->turn(before);
                is->turn(after);
                for (const auto pack : watched)
                    for (const auto part : {Part::counted, Part::steps}) {
                        ++(parts.has(pack, part) ? asked : spared);
                        if (parts.has(pack, part)) continue;
                        ASSERT_EQ(counted(*was, pack, part), counted(*is, pack, part))
                            << packs->packs()[pack].id << " of " << packs->packs()[of].id << ", seed " << seed << ", a fact of kind " << static_cast<int>(saying.kind);
                    }
                before = std::move(after);
            }
        }
    EXPECT_GT(spared, asked); // or the filter would be of no use
}

TEST(Touch, a_result_reaches_only_who_speaks_of_its_code)
{
    const auto packs = shipped_packs();
    ASSERT_TRUE(packs);
    Touch touch(*packs);
    const Fact potassium{FactKind::result, "r", {{Attr::code, std::string("NPU03230"), {}}}};
    EXPECT_TRUE(touch.of(potassium).empty());
    EXPECT_FALSE(touch.of(FactKind::result).empty()); // somebody speaks of results
}

TEST(Touch, a_residence_reaches_every_pack_that_counts_messages)
{
    const auto packs = shipped_packs();
    ASSERT_TRUE(packs);
    Touch touch(*packs);
    for (std::size_t i = 0; i < packs->packs().size(); ++i) {
        const auto kind = packs->definition(i).kind;
        if (kind == Definition::Kind::imported) continue;
        EXPECT_TRUE(touch.of(FactKind::residence).has(i, kind == Definition::Kind::level ? Part::steps : Part::counted)) << packs->packs()[i].id;
    }
}

} // namespace
} // namespace sluse
