// tests/timeline/acts_test.cpp — what requests, procedures, answers and published numbers say as facts, and how the timeline shows them.
#include "gateway/timeline/extract.hpp"
#include "gateway/timeline/timeline.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

std::vector<Fact> facts_of(std::initializer_list<std::array<std::string_view, 3>> resources)
{
    Normalised n;
    n.recorded_ms = *parse_instant("2026-03-01T10:00:00Z");
    n.persons = {{std::string(cpr_system), "2512489996"}};
    for (const auto& [type, id, json] : resources) {
        n.resources.push_back({std::string(type), std::string(id), n.bundle.size(), json.size()});
        n.bundle += json;
    }
    Extractor extractor;
    std::vector<Said> said;
    extractor.extract(n, {"EPJ|RH", &Zone::copenhagen(), 7, n.recorded_ms}, said);
    std::vector<Fact> facts;
    for (auto& s : said) facts.push_back(std::move(s.fact));
    return facts;
}

constexpr std::string_view request = R"({"resourceType":"ServiceRequest","id":"h","identifier":[{"system":"urn:h","value":"H1"}],"status":"active","category":[{"coding":[{"code":"psykiatri"}]}],"code":{"coding":[{"code":"udredning"}]},"authoredOn":"2026-02-01"})";
constexpr std::string_view procedure = R"({"resourceType":"Procedure","id":"p","status":"completed","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4","code":"AFV02"}]},"performedPeriod":{"start":"2026-02-20T09:00:00+01:00","end":"2026-02-20T10:00:00+01:00"},"basedOn":[{"reference":"ServiceRequest/h"}]})";

TEST(Acts, follow_from_a_request_by_its_business_key)
{
    const auto t = timeline_of(facts_of({{"ServiceRequest", "h", request}, {"Procedure", "p", procedure}}));
    ASSERT_EQ(t.of(FactKind::referral).size(), 1u);
    ASSERT_EQ(t.of(FactKind::procedure).size(), 1u);
    EXPECT_EQ(t.of(FactKind::referral)[0].key, "urn:h|H1");
    EXPECT_EQ(t.of(FactKind::referral)[0].category, "psykiatri");
    EXPECT_EQ(t.of(FactKind::procedure)[0].based_on, "urn:h|H1");
    EXPECT_EQ(t.of(FactKind::procedure)[0].code, "AFV02");
    EXPECT_EQ(*t.of(FactKind::procedure)[0].end - t.of(FactKind::procedure)[0].start, hour_ms);
}

TEST(Acts, of_a_questionnaire_are_its_answers)
{
    constexpr std::string_view response = R"({"resourceType":"QuestionnaireResponse","id":"q","questionnaire":"lup","status":"completed","authored":"2026-02-01","item":[{"linkId":"g","item":[{"linkId":"LUP1","answer":[{"valueInteger":4}]},{"linkId":"LUP2","answer":[{"valueString":"meget"}]}]}]})";
    const auto t = timeline_of(facts_of({{"QuestionnaireResponse", "q", response}}));
    const auto answers = t.of(FactKind::answers);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(answers[0].code, "LUP1");
    EXPECT_EQ(answers[0].category, "lup");
    EXPECT_EQ(answers[0].value_scaled, 4'000'000);
    EXPECT_EQ(answers[1].value_text, "meget");
    EXPECT_FALSE(answers[1].value_scaled);
}

TEST(Acts, that_were_not_done_are_not_there)
{
    for (const std::string status : {"not-done", "entered-in-error"}) {
        const auto json = R"({"resourceType":"Procedure","id":"p","status":")" + status + R"(","code":{"coding":[{"code":"K1"}]},"performedDateTime":"2026-02-20"})";
        EXPECT_TRUE(timeline_of(facts_of({{"Procedure", "p", json}})).acts.empty()) << status;
    }
}

TEST(Figures, come_from_a_report_a_group_and_a_stratum_each)
{
    constexpr std::string_view report = R"({"resourceType":"MeasureReport","id":"m","status":"complete","type":"summary","measure":"http://example.org/Measure/G7.2|2024","period":{"start":"2023-01-01","end":"2023-12-31"},"group":[{"measureScore":{"value":13.1},"stratifier":[{"code":[{"text":"municipality"}],"stratum":[{"value":{"text":"751"},"measureScore":{"value":12.5}}]}]}]})";
    const auto t = timeline_of(facts_of({{"MeasureReport", "m", report}}));
    ASSERT_EQ(t.figures.size(), 2u);
    EXPECT_EQ(t.figures[0].indicator, "G7.2");
    EXPECT_EQ(t.figures[0].from, day_of({2023, 1, 1}));
    EXPECT_EQ(t.figures[0].until, day_of({2024, 1, 1}));
    EXPECT_EQ(t.figures[0].value_scaled, 13'100'000);
    EXPECT_EQ(t.figures[1].municipality, "0751");
    EXPECT_EQ(t.figures[1].value_scaled, 12'500'000);
}

TEST(Figures, are_taken_back_by_a_report_that_holds_none)
{
    constexpr std::string_view report = R"({"resourceType":"MeasureReport","id":"m","status":"error","type":"summary","measure":"http://example.org/Measure/G7.2","period":{"start":"2023-01-01","end":"2023-12-31"}})";
    const auto facts = facts_of({{"MeasureReport", "m", report}});
    ASSERT_EQ(facts.size(), 1u) << "its period and that it is an error replace what was reported before";
    EXPECT_TRUE(timeline_of(facts).figures.empty());
}

Fact said_figure(std::string region, std::int64_t value, Millis recorded, std::string reporter = {}, std::string status = "final")
{
    const Version v{recorded, recorded, 1};
    Fact f{FactKind::figure, "2023|" + region + reporter, {}};
    f.attributes = {{Attr::valid_from_day, std::int64_t{day_of({2023, 1, 1})}, v}, {Attr::status, std::move(status), v}, {Attr::value_scaled, value, v}, {Attr::category, std::move(reporter), v},
                    {Attr::indicator, std::string("G7.2"), v}, {Attr::until_day, std::int64_t{day_of({2024, 1, 1})}, v}, {Attr::region, std::move(region), v}};
    return f;
}

TEST(Figures, of_a_period_are_replaced_whole_by_the_newest_report)
{
    const std::vector<Fact> facts{said_figure("DK-81", 1, 10), said_figure("DK-82", 2, 10), said_figure("DK-83", 3, 20), said_figure("DK-84", 4, 10, "SST")};
    const auto t = timeline_of(facts);
    ASSERT_EQ(t.figures.size(), 2u);
    EXPECT_EQ(t.figures[0].region, "DK-83") << "the first report had other rows, which are no more";
    EXPECT_EQ(t.figures[1].region, "DK-84") << "another reporter's";
}

TEST(Figures, of_a_period_are_gone_when_its_newest_report_is_in_error)
{
    EXPECT_TRUE(timeline_of(std::vector<Fact>{said_figure("DK-81", 1, 10), said_figure("", 0, 20, {}, "entered-in-error")}).figures.empty());
    EXPECT_EQ(timeline_of(std::vector<Fact>{said_figure("DK-81", 1, 30), said_figure("", 0, 20, {}, "entered-in-error")}).figures.size(), 1u);
}

} // namespace
} // namespace sluse
