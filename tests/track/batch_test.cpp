// tests/track/batch_test.cpp — the stream's evaluation and the batch's agree on random patients, whatever was said in whatever order.
#include "gateway/track/batch.hpp"

#include "gateway/journal/cell_sum.hpp"
#include "gateway/track/cell_key.hpp"
#include "gateway/track/rollups.hpp"
#include "tests/track/fake_events.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

namespace sluse {
namespace {

/// Random sayings about a person: corrections, cancellations, equal times, open stays, moves, deaths, refuted diagnoses.
class Chance {
public:
    explicit Chance(unsigned seed) : random_(seed) {}

    std::vector<Fact> sayings(const std::string& name)
    {
        std::vector<Fact> out;
        visits_ = 1 + upto(6);
        if (one_in(8) == false) out.push_back(say(FactKind::person, "person", {{Attr::birth_day, std::int64_t{day_of({1925 + upto(75), 1 + upto(12), 1 + upto(28)})}}, {Attr::sex, std::string(upto(2) ? "male" : "female")}}));
        if (one_in(6)) out.push_back(say(FactKind::person, "person", {{Attr::death_ms, time()}}));
        for (int i = upto(3); i > 0; --i) out.push_back(residence());
        for (int i = 1 + upto(14); i > 0; --i) out.push_back(contact(name));
        for (int i = upto(8); i > 0; --i) out.push_back(diagnosis(name));
        for (int i = upto(8); i > 0; --i) out.push_back(result(name));
        return out;
    }
    template <class List> void shuffle(List& list) { std::ranges::shuffle(list, random_); }
    int upto(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
    bool one_in(int n) { return upto(n) == 0; }
    Version version() { return {1000 + upto(4), upto(2), ++position_}; }

private:
    using Said = std::vector<std::pair<Attr, FactValue>>;

    /// Around the spring and autumn nights, in half hours, so that borders of 4 h, 12 h and 30 days are met.
    Millis time()
    {
        // Often a window's border after the last time told.
        if (last_ != 0 && one_in(3)) return last_ += std::array<Millis, 5>{4 * hour_ms, 12 * hour_ms, 30 * 24 * hour_ms, 30 * 24 * hour_ms, 31 * 24 * hour_ms}[static_cast<std::size_t>(upto(5))] + (upto(5) - 2) * 30 * minute_ms;
        const auto base = Zone::copenhagen().to_instant(day_of({2026, one_in(2) ? 3 : 10, 1}), 0).value();
        return last_ = base + upto(48 * 45) * 30 * minute_ms;
    }
    Fact say(FactKind kind, const std::string& key, const Said& said)
    {
        Fact fact;
        fact.kind = kind;
        fact.key = key;
        const auto v = version();
        for (const auto& [attr, value] : said) fact.attributes.push_back({attr, value, v});
        std::ranges::sort(fact.attributes, {}, &Attribute::attr);
        return fact;
    }
    std::string pick(std::initializer_list<const char*> list) { return *(list.begin() + upto(static_cast<int>(list.size()))); }
    Fact residence()
    {
        const auto from = day_of({2026, 3 + upto(2), 1 + upto(28)});
        return say(FactKind::residence, std::to_string(from), {{Attr::municipality, pick({"0751", "0740", "0461", "9999"})}, {Attr::valid_from_day, std::int64_t{from}}});
    }
    Fact contact(const std::string& name)
    {
        const auto key = name + "V" + std::to_string(upto(visits_));
        if (one_in(9)) return say(FactKind::contact, key, {{Attr::cancelled, std::int64_t{upto(2)}}});
        if (one_in(9)) return say(FactKind::contact, key, {{Attr::end_ms, std::monostate{}}});
        const auto start = time();
        Said said{{Attr::encounter_class, pick({"IMP", "EMER", "AMB", "VR", ""})}, {Attr::priority, pick({"A", "A", "EL", ""})},
                  {Attr::unit, pick({"U1", "U2", "U3"})}, {Attr::specialty, pick({"somatic", "somatic", "psychiatric", ""})}};
        if (!one_in(6)) said.push_back({Attr::start_ms, start});
        if (!one_in(7)) said.push_back({Attr::end_ms, last_ = start + (upto(60) - 2) * 30 * minute_ms});
        return say(FactKind::contact, key, said);
    }
    Fact diagnosis(const std::string& name)
    {
        Said said{{Attr::code, pick({"DE869", "DN303", "DN309", "DJ440", "DJ189", "DK359", "de86 "})}, {Attr::contact_key, name + "V" + std::to_string(upto(visits_))}, {Attr::rank, std::int64_t{1 + upto(2)}}};
        if (one_in(4)) said.push_back({Attr::status, pick({"refuted", "confirmed", "entered-in-error"})});
        return say(FactKind::diagnosis, name + "D" + std::to_string(upto(5)), said);
    }
    Fact result(const std::string& name)
    {
        Said said{{Attr::code, pick({"94500-6", "NPU59142", "92142-9", "NPU03568"})}, {Attr::status, pick({"final", "amended", "preliminary", "cancelled"})}};
        if (one_in(4)) said.push_back({Attr::value_scaled, std::int64_t{upto(3)} * 500'000});
        else said.push_back({Attr::value_text, pick({"260373001", " Ikke påvist", "POS", "neg", "inkonklusiv", "?"})});
        if (!one_in(5)) said.push_back({Attr::sample_ms, time()});
        if (!one_in(3)) said.push_back({Attr::answer_ms, time()});
        return say(FactKind::result, name + "R" + std::to_string(upto(5)), said);
    }

    std::mt19937 random_;
    Millis last_{};
    int visits_{1};
    std::uint64_t position_{};
};

/// The stream's side: join in the order told, type, evaluate, sum.
void add_stream(BatchCells& cells, const std::vector<Fact>& sayings, const Packs& packs)
{
    std::map<std::pair<FactKind, std::string>, Fact> known;
    for (const auto& saying : sayings) {
        const auto [at, fresh] = known.try_emplace({saying.kind, saying.key}, saying);
        if (!fresh) join(at->second, saying);
    }
    std::vector<Fact> facts;
    for (auto& [key, fact] : known) facts.push_back(fact);
    const auto timeline = timeline_of(facts);
    for (std::size_t i = 0; i < packs.packs().size(); ++i) {
        for (const auto& c : packs.evaluate(i, timeline)) {
            auto key = cell_key(packs.packs()[i].id, packs.packs()[i].version, c);
            put_day(key, 0);
            std::string bytes;
            encode(cell_of(c, 1), bytes);
            sum_cell(cells, key, bytes);
        }
    }
}

void expect_equal(const BatchCells& stream, const BatchCells& batch, unsigned seed)
{
    const auto differences = verify(stream, batch);
    for (std::size_t i = 0; i < std::min<std::size_t>(differences.size(), 3); ++i)
        ADD_FAILURE() << "seed " << seed << ": " << differences[i].cell << ": stream " << differences[i].stream << ", batch " << differences[i].batch;
    EXPECT_EQ(stream.size(), batch.size()) << seed;
}

TEST(Batch, agrees_with_the_stream_on_random_patients)
{
    const auto packs = shipped_packs();
    ASSERT_TRUE(packs);
    std::map<std::string, int> met;
    for (unsigned seed = 1; seed <= 400; ++seed) {
        Chance chance(seed);
        BatchCells stream;
        std::vector<BatchNode> nodes;
        for (int person = 0; person < 5; ++person) {
            const auto name = "p" + std::to_string(person);
            auto sayings = chance.sayings(name);
            nodes.push_back({name, {}, sayings}); // the batch takes the sayings as they are
            chance.shuffle(sayings);
            add_stream(stream, sayings, *packs);
        }
        const auto batch = recompute(nodes, *packs);
        for (const auto& [key, value] : batch) ++met[parse_cell_key(key + "0000")->indicator];
        expect_equal(stream, batch, seed);
        if (HasFailure()) return;
    }
    for (const auto* id : {"G1.1", "G1.2", "G2.3", "G8.1", "PAN"}) EXPECT_GT(met[id], 10) << id << " was hardly met";
}

TEST(Batch, counts_those_linked_as_one_person_and_those_parted_as_two)
{
    const auto packs = shipped_packs();
    ASSERT_TRUE(packs);
    for (unsigned seed = 1; seed <= 200; ++seed) {
        Chance chance(seed);
        // a – b – c in a chain, then a link taken back, or an older saying that comes late.
        std::vector<BatchNode> nodes;
        for (const auto* name : {"a", "b", "c"}) nodes.push_back({name, {}, chance.sayings("")});
        const bool ab = chance.one_in(2), bc = chance.one_in(2);
        const Version early{1, 0, 1}, late{2, 0, 2};
        nodes[static_cast<std::size_t>(chance.upto(3))].links.push_back({"a", "b", ab, late});
        nodes[static_cast<std::size_t>(chance.upto(3))].links.push_back({"b", "a", !ab, early});
        nodes[static_cast<std::size_t>(chance.upto(3))].links.push_back({"c", "b", bc, late});
        std::vector<std::vector<Fact>> persons;
        const auto together = [&](std::initializer_list<std::size_t> members) {
            auto& all = persons.emplace_back();
            for (const auto i : members) all.insert(all.end(), nodes[i].facts.begin(), nodes[i].facts.end());
        };
        if (ab && bc) together({0, 1, 2});
        else if (ab) together({0, 1}), together({2});
        else if (bc) together({0}), together({1, 2});
        else together({0}), together({1}), together({2});
        BatchCells stream;
        for (auto& person : persons) {
            chance.shuffle(person);
            add_stream(stream, person, *packs);
        }
        expect_equal(stream, recompute(nodes, *packs), seed);
        if (HasFailure()) return;
    }
}

TEST(Batch, names_what_differs)
{
    const auto packs = shipped_packs();
    ASSERT_TRUE(packs);
    BatchCells batch;
    for (unsigned seed = 1; batch.empty(); ++seed) batch = recompute(std::vector<BatchNode>{{"p", {}, Chance(seed).sayings("p")}}, *packs);
    auto stream = batch;
    stream.erase(stream.begin());
    const auto differences = verify(stream, batch);
    ASSERT_EQ(differences.size(), 1u);
    EXPECT_EQ(differences[0].stream, "nothing");
    EXPECT_NE(differences[0].cell.find("version 1 on 2026-"), std::string::npos);
}

} // namespace
} // namespace sluse
