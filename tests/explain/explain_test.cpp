// tests/explain/explain_test.cpp — a readmission led down from its cell to the bytes of PV1-44, and a message to all it changed.
#include "gateway/base/files.hpp"
#include "gateway/explain/explainer.hpp"
#include "gateway/explain/retell.hpp"
#include "gateway/process/where_counted.hpp"
#include "tests/process/message_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluse {
namespace {

using namespace message_log;

const std::string story = SLUSE_SOURCE_DIR "/tests/process/cases/correction_3_thirty_days.hl7";

/// A gateway in memory that has worked on the first `most` messages of the story.
struct Told {
    explicit Told(std::size_t most = SIZE_MAX, bool noted = true) : log(4)
    {
        const auto messages = messages_in(bytes_of(story));
        EXPECT_TRUE(log.start([] { return make_gateway_processor(options()); }, 1));
        for (std::uint32_t p = 0; noted && p < log.partitions(); ++p) EXPECT_TRUE(log.execute(p, [](Unit& unit, Processor&) { begin_where_counted(unit); }));
        for (std::size_t i = 0; i < std::min(most, messages.size()); ++i) {
            envelopes.push_back(append(log, messages[i], static_cast<int>(i)));
            log.run();
        }
    }
    ExplainWith with()
    {
        const auto o = options();
        return {log, o.packs, {o.maps, keys, o.system_settings}};
    }
    CellQuestion readmissions(std::string by = "", std::string group = "") const { return {"G1.1", "", *parse_day("2026-03-01"), *parse_day("2026-04-01"), std::move(by), std::move(group), "", 50}; }

    MemoryLog log;
    Keys keys = Keys::demonstration();
    std::vector<Envelope> envelopes;
};

const ExplainedAttribute* attribute(const ExplainedFact& fact, std::string_view name)
{
    const auto found = std::ranges::find(fact.attributes, name, &ExplainedAttribute::name);
    return found == fact.attributes.end() ? nullptr : &*found;
}

TEST(Explain, a_cell_lists_the_contributions_it_is_the_sum_of)
{
    Told told(4);
    const auto cell = explain_cell(told.with(), told.readmissions());
    ASSERT_TRUE(cell) << cell.error().where;
    ASSERT_EQ(cell->contributions.size(), 1u);
    EXPECT_EQ(cell->numerator, 1);
    EXPECT_EQ(cell->denominator, 1);
    EXPECT_EQ(cell->file, "indicators/G1.1.yaml");
    ASSERT_EQ(cell->rule.size(), 3u);
    EXPECT_EQ(cell->rule[0].text, "specialty: somatic");
    EXPECT_EQ(cell->rule[0].place.substr(0, 21), "indicators/G1.1.yaml:");
    EXPECT_TRUE(explain_cell(told.with(), told.readmissions("region", "DK-84"))->contributions.empty());
    EXPECT_EQ(explain_cell(told.with(), told.readmissions("municipality", "0751"))->contributions.size(), 1u);
}

/// All pages of one contribution each.
std::vector<std::string> refs_of(const ExplainWith& with, CellQuestion question)
{
    std::vector<std::string> out;
    for (question.limit = 1;;) {
        const auto page = explain_cell(with, question);
        if (!page) return out;
        for (const auto& c : page->contributions) out.push_back(c.ref);
        if (page->next.empty()) return out;
        question.after = page->next;
    }
}

TEST(Explain, a_cell_of_a_state_without_notes_of_where_lists_the_same)
{
    Told noted, read_whole(SIZE_MAX, false);
    std::size_t listed = 0;
    const auto with = noted.with(), without = read_whole.with();
    for (const auto& pack : with.packs->packs())
        for (const auto& [from, to] : {std::pair("2026-03-01", "2026-04-01"), std::pair("1900-01-01", "2100-01-01"), std::pair("2026-03-31", "2026-03-31")}) {
            const CellQuestion question{pack.id, pack.version, *parse_day(from), *parse_day(to), "", "", "", 1};
            const auto found = refs_of(with, question);
            EXPECT_EQ(found, refs_of(without, question)) << pack.id << " from " << from;
            listed += found.size();
        }
    EXPECT_GT(listed, 10u);
}

TEST(Explain, a_readmission_is_led_down_to_the_field_that_began_it)
{
    Told told(4);
    const auto cell = explain_cell(told.with(), told.readmissions());
    ASSERT_TRUE(cell);
    ASSERT_EQ(cell->contributions.size(), 1u);
    const auto found = explain_contribution(told.with(), cell->contributions[0].ref);
    ASSERT_TRUE(found) << found.error().where;
    ASSERT_EQ(found->accounts.size(), 1u);
    ASSERT_EQ(found->accounts[0].outcomes.size(), 1u);
    EXPECT_TRUE(found->accounts[0].outcomes[0].holds);
    ASSERT_FALSE(found->events.empty());
    EXPECT_EQ(found->events.back().sign, 1);

    bool reached = false;
    for (const auto& fact : found->facts) {
        const auto* start = attribute(fact, "start");
        if (fact.kind != "contact" || !start || start->value.substr(0, 10) != "2026-03-31") continue;
        reached = true;
        EXPECT_TRUE(start->needed);
        ASSERT_EQ(start->origins.size(), 1u);
        const auto& origin = start->origins[0];
        EXPECT_NE(origin.element.find(": period.start"), std::string::npos);
        EXPECT_EQ(origin.source.substr(0, 9), "PV1[1]-44");
        EXPECT_EQ(origin.bytes, "20260331235900");
        ASSERT_TRUE(origin.offset);
        const auto message = std::ranges::find(told.envelopes, *start->message, &Envelope::id);
        ASSERT_NE(message, told.envelopes.end());
        EXPECT_EQ(message->bytes.substr(*origin.offset, origin.bytes.size()), origin.bytes);
        EXPECT_EQ(origin.row.substr(0, 5), "maps/");
    }
    EXPECT_TRUE(reached);
}

TEST(Explain, only_facts_that_matter_are_listed)
{
    Told told(4);
    const auto cell = explain_cell(told.with(), told.readmissions());
    const auto found = explain_contribution(told.with(), cell->contributions.at(0).ref);
    ASSERT_TRUE(found);
    std::map<std::string, int> kinds;
    for (const auto& fact : found->facts) ++kinds[fact.kind];
    EXPECT_EQ(kinds, (std::map<std::string, int>{{"contact", 2}, {"person", 1}, {"residence", 1}}));
}

TEST(Explain, a_message_says_all_it_changed)
{
    Told told;
    const auto last = explain_message(told.with(), told.envelopes.back().id, "G1.1");
    ASSERT_TRUE(last) << last.error().where;
    int net = 0;
    for (const auto& e : last->events)
        if (e.indicator == "G1.1") net += static_cast<int>(e.sign * e.contribution.numerator);
    EXPECT_EQ(net, -1); // two minutes later it is no readmission any more
    ASSERT_EQ(last->accounts.size(), 2u); // the index that looked for it, and itself
    EXPECT_FALSE(last->accounts[0].second.outcomes.at(0).holds);
    const auto& readmitted = last->accounts[1].second;
    EXPECT_EQ(readmitted.contributions.size(), 1u);

    const auto earlier = explain_message(told.with(), told.envelopes[2].id, {});
    ASSERT_TRUE(earlier);
    bool overtaken = false;
    for (const auto& fact : earlier->facts)
        if (const auto* start = attribute(fact, "start"); fact.kind == "contact" && start) {
            overtaken = true;
            EXPECT_FALSE(start->holds);
            EXPECT_EQ(start->message, told.envelopes.back().id);
        }
    EXPECT_TRUE(overtaken);
}

TEST(Explain, why_an_index_is_not_followed_by_a_readmission)
{
    Told told;
    const auto cell = explain_cell(told.with(), told.readmissions());
    ASSERT_EQ(cell->contributions.size(), 1u);
    const auto found = explain_contribution(told.with(), cell->contributions[0].ref);
    ASSERT_EQ(found->accounts.size(), 1u);
    const auto& outcomes = found->accounts[0].outcomes;
    ASSERT_EQ(outcomes.size(), 1u);
    EXPECT_FALSE(outcomes[0].holds);
    EXPECT_FALSE(outcomes[0].clauses.front().holds); // the window
    EXPECT_TRUE(outcomes[0].clauses.back().holds);
}

TEST(Explain, pages_go_on_where_the_last_one_ended)
{
    Told told;
    auto question = told.readmissions();
    question.indicator = "G8.1";
    question.to = *parse_day("2027-01-01");
    const auto all = explain_cell(told.with(), question);
    ASSERT_EQ(all->contributions.size(), 2u);
    question.limit = 1;
    const auto first = explain_cell(told.with(), question);
    ASSERT_FALSE(first->next.empty());
    question.after = first->next;
    const auto second = explain_cell(told.with(), question);
    EXPECT_TRUE(second->next.empty());
    EXPECT_EQ(first->contributions.at(0).ref, all->contributions[0].ref);
    EXPECT_EQ(second->contributions.at(0).ref, all->contributions[1].ref);
}

TEST(Explain, what_stands_no_more_is_said_to)
{
    Told told(4);
    const auto cell = explain_cell(told.with(), told.readmissions());
    const auto ref = cell->contributions.at(0).ref;
    append(told.log, messages_in(bytes_of(story)).at(4), 4);
    told.log.run();
    const auto gone = explain_contribution(told.with(), ref);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, Errc::not_found);
    for (const auto* text : {"", "~~~", "9~00~G1.1@1~0", "0~zz~x~y", "4294967295~00000000000000000000000000000000~G1.1@1~00"}) EXPECT_FALSE(explain_contribution(told.with(), text)) << text;
}

TEST(Explain, a_field_is_found_by_its_name)
{
    const std::string message = "MSH|^~\\&|EPJ|RH\rPID|1||010150^^^CPR~77^^^X&Y\rOBX|1||A\rOBX|2||B^C\r";
    const auto at = [&](std::string_view source) {
        const auto place = hl7_place(message, source);
        return place ? message.substr(place->offset, place->length) : "(none)";
    };
    EXPECT_EQ(at("MSH[1]-3"), "EPJ");
    EXPECT_EQ(at("PID[1]-3[2].4.2"), "Y");
    EXPECT_EQ(at("PID[1]-3.1"), "010150");
    EXPECT_EQ(at("OBX[2]-3.2"), "C");
    for (const auto* none : {"OBX[3]-3", "PID[1]-9", "$event", "PID", "PID[1]-", "PID[1]-3[3]", "PID-0"}) EXPECT_EQ(at(none), "(none)") << none;
}

} // namespace
} // namespace sluse
