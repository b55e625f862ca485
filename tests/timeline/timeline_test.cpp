// tests/timeline/timeline_test.cpp — what of a person's facts counts, where they lived, and which contacts form a stay.
#include "gateway/timeline/timeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluse {
namespace {

Day day(const char* text)
{
    return parse_day(text).value();
}
Millis at(const char* text)
{
    return parse_instant(text).value();
}

Fact residence(const char* from, const char* municipality, Version v)
{
    const auto valid = day(from);
    return {FactKind::residence, std::to_string(valid) + '|' + municipality, {{Attr::municipality, std::string(municipality), v}, {Attr::valid_from_day, std::int64_t{valid}, v}}};
}

Fact contact(const char* key, const char* start, const char* end, const char* cls = "IMP", const char* priority = "A")
{
    Fact f{FactKind::contact, key, {{Attr::encounter_class, std::string(cls), {}}}};
    f.attributes.push_back({Attr::start_ms, at(start), {}});
    if (end) f.attributes.push_back({Attr::end_ms, at(end), {}});
    f.attributes.push_back({Attr::priority, std::string(priority), {}});
    f.attributes.push_back({Attr::unit, std::string("unit-") + key, {}});
    return f;
}

TEST(Timeline, takes_the_newest_of_the_residences_valid_on_a_day)
{
    // The move of 1 February is told late, on 22 February; a saying of 10 February still had the old address.
    const std::vector<Fact> facts{residence("2026-02-01", "0751", {300, 300, 3}), residence("2026-01-05", "0740", {100, 100, 1}), residence("2026-02-10", "0740", {200, 200, 2})};
    const auto t = timeline_of(facts);
    EXPECT_EQ(t.municipality_on(day("2026-01-31")), "0740");
    EXPECT_EQ(t.municipality_on(day("2026-02-01")), "0751");
    EXPECT_EQ(t.municipality_on(day("2026-02-15")), "0751") << "the later valid day of the older saying does not win";
    EXPECT_EQ(t.municipality_on(day("2025-06-01")), "0740") << "before the first valid day: the earliest";
    EXPECT_EQ(Timeline().municipality_on(day("2026-01-01")), "");
}

TEST(Timeline, leaves_out_what_is_cancelled_refuted_or_without_a_time)
{
    auto cancelled = contact("C", "2026-03-01T08:00:00Z", nullptr);
    cancelled.attributes.insert(cancelled.attributes.begin(), {Attr::cancelled, std::int64_t{1}, {}});
    auto cleared = contact("D", "2026-03-01T08:00:00Z", nullptr);
    cleared.attributes.insert(cleared.attributes.begin(), {Attr::cancelled, std::int64_t{0}, {}});
    const Fact without_start{FactKind::contact, "E", {{Attr::unit, std::string("x"), {}}}};
    const auto diagnosis = [](const char* key, const char* status) {
        return Fact{FactKind::diagnosis, key, {{Attr::code, std::string("DJ440"), {}}, {Attr::status, std::string(status), {}}}};
    };
    const auto t = timeline_of(std::vector<Fact>{cancelled, cleared, without_start, diagnosis("1", "refuted"), diagnosis("2", "confirmed"), diagnosis("3", "entered-in-error")});
    ASSERT_EQ(t.contacts.size(), 1u);
    EXPECT_EQ(t.contacts[0].key, "D");
    ASSERT_EQ(t.diagnoses.size(), 1u);
    EXPECT_EQ(t.diagnoses[0].key, "2");
}

TEST(Timeline, does_not_depend_on_the_order_of_facts)
{
    std::vector<Fact> facts{contact("B", "2026-03-01T08:00:00Z", nullptr), contact("A", "2026-03-01T08:00:00Z", nullptr), contact("C", "2026-02-01T08:00:00Z", nullptr)};
    std::ranges::sort(facts, {}, &Fact::key);
    do {
        const auto t = timeline_of(facts);
        EXPECT_EQ((std::vector{t.contacts[0].key, t.contacts[1].key, t.contacts[2].key}), (std::vector<std::string_view>{"C", "A", "B"}));
    } while (std::ranges::next_permutation(facts, {}, &Fact::key).found);
}

struct StayCase {
    const char* name;
    std::vector<Fact> contacts;
    std::string expected; ///< contacts of each stay; '+' after an admission, '…' when open
};

std::string describe(const Timeline& t)
{
    std::string out;
    for (const auto& s : stays_of(t)) {
        if (!out.empty()) out += ' ';
        for (const auto i : s.contacts) out += t.contacts[i].key;
        out += s.admission() ? "+" : s.end ? "" : "…";
    }
    return out;
}

TEST(Stays, join_contacts_at_most_four_hours_apart)
{
    const StayCase cases[] = {
        {"10 h is no admission", {contact("A", "2026-05-01T08:00:00Z", "2026-05-01T18:00:00Z")}, "A"},
        {"12 h is", {contact("A", "2026-05-01T08:00:00Z", "2026-05-01T20:00:00Z")}, "A+"},
        {"4 h gap joins", {contact("A", "2026-05-01T08:00:00Z", "2026-05-01T10:00:00Z"), contact("B", "2026-05-01T14:00:00Z", "2026-05-01T20:00:00Z")}, "AB+"},
        {"a minute more does not", {contact("A", "2026-05-01T08:00:00Z", "2026-05-01T10:00:00Z"), contact("B", "2026-05-01T14:01:00Z", "2026-05-01T20:00:00Z")}, "A B"},
        {"the longest contact decides", {contact("A", "2026-05-01T08:00:00Z", "2026-05-03T08:00:00Z"), contact("B", "2026-05-01T09:00:00Z", "2026-05-01T10:00:00Z"), contact("C", "2026-05-03T11:00:00Z", "2026-05-03T12:00:00Z")}, "ABC+"},
        {"telephone and video are no attendance", {contact("A", "2026-05-01T08:00:00Z", "2026-05-01T10:00:00Z"), contact("B", "2026-05-01T10:00:00Z", "2026-05-01T23:00:00Z", "VR")}, "A"},
        {"ambulatory and emergency join", {contact("A", "2026-05-01T08:00:00Z", "2026-05-01T10:00:00Z", "AMB"), contact("B", "2026-05-01T10:30:00Z", "2026-05-01T13:00:00Z", "EMER"), contact("C", "2026-05-01T13:00:00Z", "2026-05-02T13:00:00Z")}, "ABC+"},
        {"an open contact leaves the stay open", {contact("A", "2026-05-01T08:00:00Z", nullptr), contact("B", "2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z")}, "AB…"},
        {"an end before the start is the start", {contact("A", "2026-05-01T08:00:00Z", "2026-04-01T08:00:00Z"), contact("B", "2026-05-01T11:00:00Z", "2026-05-01T12:00:00Z")}, "AB"},
    };
    for (const auto& c : cases) EXPECT_EQ(describe(timeline_of(c.contacts)), c.expected) << c.name;
}

TEST(Stays, take_urgency_from_the_first_and_unit_from_the_last_contact)
{
    const auto t = timeline_of(std::vector<Fact>{contact("B", "2026-05-01T12:00:00Z", "2026-05-02T10:00:00Z", "IMP", "EL"), contact("A", "2026-05-01T08:00:00Z", "2026-05-01T10:00:00Z", "EMER", "A")});
    const auto stays = stays_of(t);
    ASSERT_EQ(stays.size(), 1u);
    EXPECT_TRUE(stays[0].acute);
    EXPECT_EQ(stays[0].unit, "unit-B");
    EXPECT_EQ(*stays[0].end - stays[0].start, 26 * hour_ms);
}

TEST(Timeline, drops_what_a_newer_list_of_the_contact_leaves_out)
{
    const auto diagnosis = [](const char* key, Millis said) {
        const Version v{said, said, 1};
        return Fact{FactKind::diagnosis, key, {{Attr::code, std::string("DJ440"), v}, {Attr::contact_key, std::string("A"), v}}};
    };
    auto listing = contact("A", "2026-03-01T08:00:00Z", nullptr);
    listing.attributes.push_back({Attr::diagnoses, std::string("d2\nd4"), {20, 20, 1}});
    const auto t = timeline_of(std::vector<Fact>{listing, diagnosis("d", 10), diagnosis("d2", 10), diagnosis("d3", 30), diagnosis("d4", 20)});
    std::vector<std::string> left;
    for (const auto& d : t.diagnoses) left.emplace_back(d.key);
    EXPECT_EQ(left, (std::vector<std::string>{"d2", "d3", "d4"})) << "d is older than the list and not in it; d3 was told after it";
}

TEST(Timeline, decides_a_specialty_that_nobody_said)
{
    const auto of = [](const char* unit, const char* said, const char* code, std::int64_t rank) {
        auto c = contact("A", "2026-03-01T08:00:00Z", nullptr);
        c.attributes.pop_back();
        c.attributes.push_back({Attr::unit, std::string(unit), {}});
        if (*said) c.attributes.push_back({Attr::specialty, std::string(said), {}});
        const Fact d{FactKind::diagnosis, "d", {{Attr::code, std::string(code), {}}, {Attr::rank, rank, {}}, {Attr::contact_key, std::string("A"), {}}}};
        return std::string(timeline_of(std::vector<Fact>{c, d}).contacts.at(0).specialty); // a view into the timeline
    };
    EXPECT_EQ(of("W1", "", "DJ440", 1), "somatic");
    EXPECT_EQ(of("PSY2", "", "DJ440", 1), "psychiatric");
    EXPECT_EQ(of("W1", "", "DF200", 1), "psychiatric");
    EXPECT_EQ(of("W1", "", "DF200", 0), "psychiatric");
    EXPECT_EQ(of("W1", "", "DF200", 2), "somatic") << "a secondary diagnosis does not decide";
    EXPECT_EQ(of("PSY2", "somatic", "DF200", 1), "somatic") << "what was said holds";
}

TEST(Stays, take_a_clinic_visit_without_an_end_for_the_moment_it_began)
{
    for (const auto* cls : {"AMB", "EMER"}) {
        const auto stays = stays_of(timeline_of(std::vector<Fact>{contact("A", "2026-03-01T08:00:00Z", nullptr, cls), contact("B", "2026-03-01T11:59:00Z", "2026-03-02T08:00:00Z"),
                                                                  contact("C", "2026-04-01T08:00:00Z", "2026-04-02T08:00:00Z")}));
        ASSERT_EQ(stays.size(), 2u);
        EXPECT_EQ(stays[0].start, at("2026-03-01T08:00:00Z"));
        EXPECT_EQ(stays[0].end, at("2026-03-02T08:00:00Z"));
        EXPECT_TRUE(stays[1].admission());
    }
    EXPECT_EQ(stays_of(timeline_of(std::vector<Fact>{contact("A", "2026-03-01T08:00:00Z", nullptr), contact("C", "2026-04-01T08:00:00Z", "2026-04-02T08:00:00Z")})).size(), 1u)
        << "a bed that nobody left is still taken";
}

} // namespace
} // namespace sluse
