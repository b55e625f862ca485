// tests/timeline/notification_test.cpp — MedCom's notifications and an ADT feed about one stay: one stay on the timeline.
#include "gateway/timeline/extract.hpp"
#include "gateway/timeline/timeline.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sluse {
namespace {

/// What a feed has said so far, joined as the gateway joins it.
class Person {
public:
    void hear(std::string_view recorded, std::string_view event, std::string_view patient, std::string_view encounter)
    {
        Normalised n;
        n.event = event;
        n.recorded_ms = *parse_instant(recorded);
        n.persons = {{std::string(cpr_system), "2512489996"}};
        for (const auto& [type, id, json] : {std::array{std::string_view("Patient"), std::string_view("p"), patient}, {"Encounter", "e", encounter}}) {
            n.resources.push_back({std::string(type), std::string(id), n.bundle.size(), json.size()});
            n.bundle += json;
        }
        std::vector<Said> said;
        extractor_.extract(n, {"test", &Zone::copenhagen(), ++position_, n.recorded_ms}, said);
        for (auto& s : said) {
            const auto [known, fresh] = facts_.try_emplace({s.fact.kind, s.fact.key}, s.fact);
            if (!fresh) join(known->second, s.fact);
        }
    }

    Timeline timeline() const
    {
        std::vector<Fact> facts;
        for (const auto& [key, fact] : facts_) facts.push_back(fact);
        return timeline_of(std::move(facts));
    }

    /// "start–end" of each stay, Danish time.
    std::string stays() const
    {
        const auto t = timeline();
        std::string out;
        for (const auto& stay : stays_of(t)) {
            if (!out.empty()) out += ", ";
            out += rfc3339(stay.start).substr(5, 11) + "–" + (stay.end ? rfc3339(*stay.end).substr(5, 11) : "");
        }
        return out;
    }

private:
    Extractor extractor_;
    std::map<std::pair<FactKind, std::string>, Fact> facts_;
    std::uint64_t position_{};
};

constexpr std::string_view alive = R"({"resourceType":"Patient","id":"p","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2512489996"}]})";
constexpr std::string_view dead = R"({"resourceType":"Patient","id":"p","deceasedBoolean":true})";
constexpr std::string_view not_dead = R"({"resourceType":"Patient","id":"p","deceasedBoolean":false})";
constexpr std::string_view notification = "hospital-notification-message";

std::string stay(std::string_view status, std::string_view encounter_class, std::string_view period)
{
    return R"({"resourceType":"Encounter","id":"e","status":")" + std::string(status) + R"(","class":{"code":")" + std::string(encounter_class) +
           R"("},"subject":{"reference":"Patient/p"},"episodeOfCare":[{"identifier":{"system":"https://sor2.sum.dsdn.dk/#id=1","value":"x"}},)"
           R"({"identifier":{"system":"https://www.esundhed.dk/Registre/Landspatientregisteret","value":"urn:uuid:5e1f8c7a-3b2d-5c4e-9f00-0123456789ab"}}],"period":)" + std::string(period) + "}";
}

constexpr std::string_view open_stay = R"({"start":"2026-03-02T10:00:00Z"})";
constexpr std::string_view whole_stay = R"({"start":"2026-03-02T10:00:00Z","end":"2026-03-06T14:00:00Z"})";

TEST(Notification, opens_leaves_returns_and_ends_one_stay)
{
    Person p;
    p.hear("2026-03-02T10:00:00Z", notification, alive, stay("in-progress", "IMP", open_stay));
    EXPECT_EQ(p.stays(), "03-02T10:00–");
    p.hear("2026-03-03T12:00:00Z", notification, alive, stay("onleave", "IMP", open_stay));
    p.hear("2026-03-04T12:00:00Z", notification, alive, stay("in-progress", "IMP", open_stay));
    EXPECT_EQ(p.stays(), "03-02T10:00–");
    p.hear("2026-03-06T14:00:00Z", notification, alive, stay("finished", "IMP", whole_stay));
    EXPECT_EQ(p.stays(), "03-02T10:00–03-06T14:00");
}

std::string with_leave(std::string_view stay, std::string_view period)
{
    return R"({"extension":[{"url":"http://medcomfhir.dk/ig/hospitalnotification/StructureDefinition/medcom-hospitalnotifiation-leave-period-extension","valuePeriod":)" + std::string(period) +
           "}]," + std::string(stay.substr(1));
}

TEST(Notification, tells_a_leave_from_its_start_to_its_end)
{
    Person p;
    p.hear("2026-03-02T10:00:00Z", notification, alive, stay("in-progress", "IMP", open_stay));
    p.hear("2026-03-03T12:00:00Z", notification, alive, with_leave(stay("onleave", "IMP", open_stay), R"({"start":"2026-03-03T12:00:00Z"})"));
    auto t = p.timeline();
    ASSERT_EQ(t.of(FactKind::pause).size(), 1u);
    EXPECT_EQ(t.of(FactKind::pause)[0].contact_key, t.contacts.at(0).key);
    EXPECT_FALSE(t.of(FactKind::pause)[0].end) << "still away";
    p.hear("2026-03-04T12:00:00Z", notification, alive, with_leave(stay("in-progress", "IMP", open_stay), R"({"start":"2026-03-03T12:00:00Z","end":"2026-03-04T11:00:00Z"})"));
    p.hear("2026-03-06T14:00:00Z", notification, alive, stay("finished", "IMP", whole_stay));
    t = p.timeline();
    ASSERT_EQ(t.of(FactKind::pause).size(), 1u);
    EXPECT_EQ(t.of(FactKind::pause)[0].end, parse_instant("2026-03-04T11:00:00Z"));
}

TEST(Notification, takes_back_a_discharge_and_an_admission)
{
    Person p;
    p.hear("2026-03-02T10:00:00Z", notification, alive, stay("in-progress", "IMP", open_stay));
    p.hear("2026-03-06T14:00:00Z", notification, alive, stay("finished", "IMP", whole_stay));
    p.hear("2026-03-06T15:00:00Z", notification, alive, stay("in-progress", "IMP", open_stay));
    EXPECT_EQ(p.stays(), "03-02T10:00–");
    p.hear("2026-03-06T16:00:00Z", notification, alive, stay("in-progress", "IMP", R"({"start":"2026-03-02T09:00:00Z"})"));
    EXPECT_EQ(p.stays(), "03-02T09:00–") << "revised";
    p.hear("2026-03-06T17:00:00Z", notification, alive, stay("entered-in-error", "IMP", open_stay));
    EXPECT_EQ(p.stays(), "");
    p.hear("2026-03-06T14:00:00Z", notification, alive, stay("finished", "IMP", whole_stay));
    EXPECT_EQ(p.stays(), "") << "an older saying that arrives late";
}

TEST(Notification, keeps_the_acute_part_before_an_admission)
{
    Person p;
    p.hear("2026-03-02T04:00:00Z", notification, alive, stay("in-progress", "EMER", R"({"start":"2026-03-02T04:00:00Z"})"));
    p.hear("2026-03-02T10:00:00Z", notification, alive, stay("in-progress", "IMP", open_stay));
    EXPECT_EQ(p.stays(), "03-02T04:00–") << "six hours in the emergency department and the admission are one stay";
    p.hear("2026-03-06T14:00:00Z", notification, alive, stay("finished", "IMP", whole_stay));
    EXPECT_EQ(p.stays(), "03-02T04:00–03-06T14:00");
}

TEST(Notification, tells_a_death_and_takes_it_back)
{
    Person p;
    p.hear("2026-03-02T10:00:00Z", notification, alive, stay("in-progress", "IMP", open_stay));
    p.hear("2026-03-06T14:00:00Z", notification, dead, stay("finished", "IMP", whole_stay));
    ASSERT_TRUE(p.timeline().death);
    EXPECT_EQ(rfc3339(*p.timeline().death).substr(0, 16), "2026-03-06T14:00");
    p.hear("2026-03-06T15:00:00Z", notification, not_dead, stay("in-progress", "IMP", open_stay));
    EXPECT_FALSE(p.timeline().death);
}

TEST(Notification, counts_a_stay_once_that_an_adt_feed_tells_as_well)
{
    constexpr std::string_view other_number = R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"urn:sluse:id:EPJ:visit","value":"V1"}],"status":"in-progress","class":{"code":"IMP"},"period":{"start":"2026-03-02T10:20:00Z"}})";
    constexpr std::string_view same_number = R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"https://www.esundhed.dk/Registre/Landspatientregisteret","value":"5e1f8c7a-3b2d-5c4e-9f00-0123456789ab"}],"status":"finished","class":{"code":"IMP"},"period":{"start":"2026-03-02T10:00:00Z","end":"2026-03-06T13:55:00Z"}})";
    Person p;
    p.hear("2026-03-02T10:00:00Z", notification, alive, stay("in-progress", "IMP", open_stay));
    p.hear("2026-03-02T10:25:00Z", "A01", alive, other_number);
    p.hear("2026-03-06T14:00:00Z", notification, alive, stay("finished", "IMP", whole_stay));
    EXPECT_EQ(stays_of(p.timeline()).size(), 1u);
    Person q;
    q.hear("2026-03-02T10:00:00Z", notification, alive, stay("in-progress", "IMP", open_stay));
    q.hear("2026-03-06T14:00:00Z", "A03", alive, same_number);
    EXPECT_EQ(q.timeline().contacts.size(), 1u) << "the national register's number names one contact in both";
    EXPECT_EQ(q.stays(), "03-02T10:00–03-06T13:55");
}

} // namespace
} // namespace sluse
