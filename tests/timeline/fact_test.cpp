// tests/timeline/fact_test.cpp — the join of facts and their stored form.
#include "gateway/model/fact.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace sluse {
namespace {

Fact contact(std::initializer_list<Attribute> attributes)
{
    return {FactKind::contact, "EPJ|V1", attributes};
}

TEST(FactJoin, keeps_the_newer_saying_of_each_attribute)
{
    auto known = contact({{Attr::start_ms, std::int64_t{100}, {10, 10, 1}}, {Attr::end_ms, std::int64_t{200}, {20, 20, 2}}});
    const auto news = contact({{Attr::start_ms, std::int64_t{150}, {15, 15, 3}}, {Attr::end_ms, std::int64_t{250}, {15, 15, 3}}, {Attr::unit, std::string("A"), {15, 15, 3}}});
    EXPECT_TRUE(join(known, news));
    EXPECT_EQ(known.number(Attr::start_ms), 150);
    EXPECT_EQ(known.number(Attr::end_ms), 200) << "an older message does not overwrite a newer";
    EXPECT_EQ(known.text(Attr::unit), "A");
}

TEST(FactJoin, tells_a_newer_saying_of_the_same_value_from_a_change)
{
    auto known = contact({{Attr::unit, std::string("A"), {10, 10, 1}}});
    EXPECT_FALSE(join(known, contact({{Attr::unit, std::string("A"), {20, 20, 2}}})));
    EXPECT_EQ(known.attributes[0].version.recorded_ms, 20) << "joined all the same: a saying from 15 is now stale";
    EXPECT_FALSE(join(known, contact({{Attr::unit, std::string("B"), {15, 15, 3}}})));
}

TEST(FactJoin, breaks_ties_by_journal_position_and_counts_them)
{
    std::uint64_t ties = 0;
    auto known = contact({{Attr::unit, std::string("A"), {10, 10, 5}}});
    EXPECT_FALSE(join(known, contact({{Attr::unit, std::string("B"), {10, 10, 4}}}), &ties));
    EXPECT_TRUE(join(known, contact({{Attr::unit, std::string("C"), {10, 10, 6}}}), &ties));
    EXPECT_FALSE(join(known, contact({{Attr::unit, std::string("C"), {10, 10, 7}}}), &ties));
    EXPECT_EQ(ties, 2u);
}

TEST(FactJoin, keeps_an_explicit_deletion_as_a_saying)
{
    auto known = contact({{Attr::end_ms, std::int64_t{200}, {10, 10, 1}}});
    EXPECT_TRUE(join(known, contact({{Attr::end_ms, std::monostate{}, {20, 20, 2}}})));
    EXPECT_FALSE(known.number(Attr::end_ms));
    EXPECT_FALSE(join(known, contact({{Attr::end_ms, std::int64_t{200}, {15, 15, 3}}}))) << "the deletion is newer";
}

TEST(FactJoin, gives_one_result_for_every_order_and_repetition)
{
    std::mt19937 random(7);
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int round = 0; round < 500; ++round) {
        std::vector<Fact> sayings;
        for (int i = 0; i < 6; ++i) {
            Fact f = contact({});
            for (const auto attr : {Attr::start_ms, Attr::end_ms, Attr::unit}) {
                if (pick(2) == 0) continue;
                const FactValue value = pick(4) == 0 ? FactValue{} : FactValue{std::int64_t{pick(3)}};
                f.attributes.push_back({attr, value, {pick(3), pick(2), static_cast<std::uint64_t>(i)}});
            }
            sayings.push_back(f);
        }
        Fact first = contact({});
        for (const auto& s : sayings) join(first, s);
        for (int again = 0; again < 4; ++again) {
            std::ranges::shuffle(sayings, random);
            Fact second = contact({});
            for (const auto& s : sayings) join(second, s);
            for (const auto& s : sayings) EXPECT_FALSE(join(second, s)) << "a repetition changes nothing";
            EXPECT_EQ(first, second);
        }
    }
}

TEST(FactCodec, reads_back_what_was_written_and_refuses_damage)
{
    const auto fact = contact({{Attr::cancelled, std::int64_t{1}, {10, 12, 1}}, {Attr::start_ms, std::int64_t{-5}, {1, 0, 9}}, {Attr::end_ms, std::monostate{}, {10, 12, 1}},
                               {Attr::unit, std::string("265161000016000"), {10, 12, 300}}});
    std::string record;
    encode(fact, record);
    EXPECT_EQ(decode_fact(record), fact);
    for (std::size_t cut = 0; cut < record.size(); ++cut) EXPECT_FALSE(decode_fact(std::string_view(record).substr(0, cut))) << cut;
    EXPECT_FALSE(decode_fact(record + "x"));
    std::mt19937 random(3);
    for (int i = 0; i < 5000; ++i) { // damage is refused or read as another fact, never worse
        auto damaged = record;
        damaged[random() % damaged.size()] = static_cast<char>(random());
        if (const auto read = decode_fact(damaged)) {
            std::string again;
            encode(*read, again);
            EXPECT_EQ(decode_fact(again), read);
        }
    }
}

} // namespace
} // namespace sluse
