// tests/serve/evaluate_test.cpp — Measure/$evaluate-measure: which cells a period asks for, what is masked, who is listed, and every refusal.
#include "gateway/serve/evaluate.hpp"
#include "tests/serve/fakes.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace sluse::serve {
namespace {

rapidjson::Document parsed(const std::string& text)
{
    rapidjson::Document document;
    document.Parse(text);
    EXPECT_FALSE(document.HasParseError()) << text;
    return document;
}

/// Answers with one row, and remembers what it was asked.
class OneRow : public FakeTracker {
public:
    Result<std::vector<CellRow>> query(const CellQuery& query) override
    {
        if (fail) return Fault{Errc::storage, "test"};
        asked = query;
        return std::vector<CellRow>{row};
    }
    CellRow row;
};

struct Evaluate : testing::Test {
    Evaluate()
    {
        context.sources = gateway.sources();
        context.sources.tracker = &tracker;
        context.sources.packs = [this] { return packs; };
        tracker.row.numerator = 12, tracker.row.denominator = 100, tracker.row.persons = 88, tracker.row.value = 12.0;
    }
    Call call(std::map<std::string, std::string, std::less<>> query, const char* id = "G1.1", Role role = Role::viewer)
    {
        Call call;
        call.id = id;
        call.query = std::move(query);
        call.caller = {"leader", role == Role::viewer ? static_cast<Roles>(Role::viewer) : all_roles};
        return call;
    }
    Reply ask(std::map<std::string, std::string, std::less<>> query, const char* id = "G1.1", Role role = Role::viewer) { return get_evaluation(context, call(std::move(query), id, role)); }
    Reply post(const std::string& body, const char* type = "application/fhir+json")
    {
        auto asked = call({});
        asked.body = body;
        asked.content_type = type;
        return post_evaluation(context, asked);
    }
    FakeGateway gateway;
    OneRow tracker;
    std::shared_ptr<const Packs> packs = std::make_shared<FakePacks>();
    Context context;
};

TEST_F(Evaluate, gives_the_published_number_of_the_period)
{
    const auto reply = ask({{"periodStart", "2026-03-01"}, {"periodEnd", "2026-03-31"}});
    ASSERT_EQ(reply.status, 200u) << reply.body;
    EXPECT_EQ(reply.type, fhir_json);
    EXPECT_FALSE(tracker.asked.authorised);
    EXPECT_EQ(reply.body,
              R"({"resourceType":"MeasureReport","id":"G1.1-v1-2026-03-01-2026-03-31","status":"complete","type":"summary","measure":"urn:sluse:measure:G1.1|1",)"
              R"("date":")" + rfc3339(gateway.clock.now()) + R"(","period":{"start":"2026-03-01","end":"2026-03-31"},)"
              R"("improvementNotation":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-improvement-notation","code":"decrease"}]},)"
              R"("group":[{"population":[{"code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-population","code":"numerator"}]},"count":12},)"
              R"({"code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-population","code":"denominator"}]},"count":100}],"measureScore":{"value":12.0,"unit":"%"}}]})");
}

TEST_F(Evaluate, asks_for_the_period_that_is_published)
{
    struct Case {
        const char *start, *end;
        PeriodKind kind;
        Date from, to;
    };
    for (const auto& c : {Case{"2026", "2026", PeriodKind::year, {2026, 1, 1}, {2027, 1, 1}}, Case{"2026-01", "2026-03", PeriodKind::quarter, {2026, 1, 1}, {2026, 4, 1}},
                          Case{"2024-02", "2024-02-29", PeriodKind::month, {2024, 2, 1}, {2024, 3, 1}}, Case{"2026-03-02", "2026-03-08", PeriodKind::week, {2026, 3, 2}, {2026, 3, 9}},
                          Case{"2026-03-05", "2026-03-05", PeriodKind::day, {2026, 3, 5}, {2026, 3, 6}}, Case{"2026-01-01", "2026-06-30", PeriodKind::all, {2026, 1, 1}, {2026, 7, 1}},
                          Case{"2025", "2026", PeriodKind::all, {2025, 1, 1}, {2027, 1, 1}}}) {
        EXPECT_EQ(ask({{"periodStart", c.start}, {"periodEnd", c.end}}).status, 200u) << c.start;
        EXPECT_EQ(tracker.asked.period, c.kind) << c.start;
        EXPECT_EQ(tracker.asked.from, day_of(c.from)) << c.start;
        EXPECT_EQ(tracker.asked.to, day_of(c.to)) << c.start;
    }
    for (const auto& [start, end] : {std::pair{"2026-03-02", "2026-03-31"}, {"2026-03-03", "2026-03-09"}, {"2026-03-01", "2026-04-29"}})
        EXPECT_EQ(ask({{"periodStart", start}, {"periodEnd", end}}).status, 422u) << start << ": a difference of two such numbers would tell what each hides";
}

TEST_F(Evaluate, masks_a_small_number)
{
    tracker.row = {};
    tracker.row.suppressed = true;
    const auto report = parsed(ask({{"periodStart", "2026-03"}, {"periodEnd", "2026-03"}}).body);
    const auto& group = report["group"][0];
    EXPECT_FALSE(group.HasMember("population"));
    EXPECT_FALSE(group["measureScore"].HasMember("value"));
    EXPECT_STREQ(group["measureScore"]["extension"][0]["valueCode"].GetString(), "masked");
}

TEST_F(Evaluate, refuses_with_an_outcome_that_says_what_to_do)
{
    using Query = std::map<std::string, std::string, std::less<>>;
    const auto refused = [&](Query query, unsigned status, const char* code, const char* id = "G1.1") {
        const auto reply = ask(query, id);
        EXPECT_EQ(reply.status, status) << reply.body;
        const auto outcome = parsed(reply.body);
        EXPECT_STREQ(outcome["resourceType"].GetString(), "OperationOutcome");
        EXPECT_STREQ(outcome["issue"][0]["code"].GetString(), code) << reply.body;
    };
    const Query march{{"periodStart", "2026-03"}, {"periodEnd", "2026-03"}};
    const auto with = [&](const char* name, const char* value) {
        auto query = march;
        query.insert_or_assign(name, value);
        return query;
    };
    refused({}, 400, "invalid");
    refused({{"periodStart", "2026-03"}}, 400, "invalid");
    for (const auto* date : {"2026-Q1", "2026-W10", "26-03", "2026-13", "2026-02-30", "2026-03-01T00:00:00Z", "March"}) refused(with("periodStart", date), 400, "invalid");
    refused(with("periodEnd", "2026-02"), 400, "invalid");
    refused(with("reportType", "x"), 400, "invalid");
    refused(with("region", "DK-84"), 400, "invalid");
    refused(with("reportType", "subject"), 501, "not-supported");
    refused(with("subject", "Patient/1"), 501, "not-supported");
    refused(with("practitioner", "Practitioner/1"), 501, "not-supported");
    refused(with("lastReceivedOn", "2026-03-01"), 501, "not-supported");
    refused(march, 404, "not-found", "G9.9");
    refused(with("measure", "urn:sluse:measure:G9.9"), 404, "not-found", "");
    refused(march, 400, "invalid", "");
    refused(with("measure", "urn:sluse:measure:G8.1"), 400, "invalid");
    refused(with("measure", "urn:sluse:measure:G1.1|7"), 400, "invalid");
    tracker.fail = true;
    refused(march, 503, "transient");
}

TEST_F(Evaluate, finds_the_measure_by_any_of_its_names)
{
    const std::map<std::string, std::string, std::less<>> march{{"periodStart", "2026-03"}, {"periodEnd", "2026-03"}};
    for (const auto* name : {"urn:sluse:measure:G1.1", "urn:sluse:measure:G1.1|1", "Measure/G1.1-v1", "G1.1", "G1.1-v1"}) {
        auto query = march;
        query.emplace("measure", name);
        EXPECT_EQ(ask(query, "").status, 200u) << name;
        EXPECT_EQ(tracker.asked.indicator, "G1.1") << name;
    }
    EXPECT_EQ(ask(march, "G1.1-v1").status, 200u);
}

/// Two pages: one person counted twice, one in the denominator only.
Result<CellExplanation> two_pages(const CellQuestion& question)
{
    CellExplanation page;
    auto one = FakeGateway::standing();
    if (question.after.empty()) {
        page.contributions = {one};
        page.next = "more";
        one.person = "b7";
        one.contribution.numerator = 0;
        page.contributions.push_back(one);
    } else {
        one.contribution.numerator = 0;
        page.contributions = {one};
    }
    return page;
}

TEST_F(Evaluate, lists_subjects_by_pseudonym_for_a_content_viewer_only)
{
    const std::map<std::string, std::string, std::less<>> query{{"periodStart", "2026-03"}, {"periodEnd", "2026-03"}, {"reportType", "subject-list"}};
    context.sources.explain_cell = [](const CellQuestion&) -> Result<CellExplanation> { throw std::logic_error("asked without the role"); };
    EXPECT_EQ(ask(query).status, 403u);
    context.sources.explain_cell = two_pages;
    const auto reply = ask(query, "G1.1", Role::content_viewer);
    ASSERT_EQ(reply.status, 200u) << reply.body;
    EXPECT_TRUE(tracker.asked.authorised) << "the number behind a list of persons hides nothing";
    const auto report = parsed(reply.body);
    EXPECT_STREQ(report["type"].GetString(), "subject-list");
    const auto& contained = report["contained"];
    ASSERT_EQ(contained.Size(), 4u) << reply.body; // two lists, two persons
    EXPECT_STREQ(contained[0]["id"].GetString(), "numerator");
    ASSERT_EQ(contained[0]["entry"].Size(), 1u);
    EXPECT_STREQ(contained[0]["entry"][0]["item"]["reference"].GetString(), "#subject-1");
    EXPECT_EQ(contained[1]["entry"].Size(), 2u);
    EXPECT_STREQ(contained[2]["type"].GetString(), "individual");
    EXPECT_STREQ(contained[2]["subject"]["identifier"]["value"].GetString(), "a3f0");
    EXPECT_EQ(contained[2]["group"][0]["population"][1]["count"].GetInt(), 2);
    EXPECT_STREQ(contained[3]["subject"]["identifier"]["value"].GetString(), "b7");
    EXPECT_STREQ(report["group"][0]["population"][0]["subjectResults"]["reference"].GetString(), "#numerator");
}

TEST_F(Evaluate, says_why_there_is_no_subject_list)
{
    const std::map<std::string, std::string, std::less<>> query{{"periodStart", "2026-03"}, {"periodEnd", "2026-03"}, {"reportType", "subject-list"}};
    context.sources.explain_cell = [](const CellQuestion&) -> Result<CellExplanation> {
        CellExplanation page;
        page.contributions.assign(500, FakeGateway::standing());
        page.next = "more";
        return page;
    };
    EXPECT_EQ(ask(query, "G1.1", Role::content_viewer).status, 422u) << "it ends by itself";
    context.sources.explain_cell = nullptr;
    const auto outcome = parsed(ask(query, "G1.1", Role::content_viewer).body);
    EXPECT_STREQ(outcome["issue"][0]["code"].GetString(), "not-supported");
}

TEST_F(Evaluate, takes_parameters_as_a_resource)
{
    const std::string head = R"({"resourceType":"Parameters","parameter":[)";
    EXPECT_EQ(post(head + R"({"name":"periodStart","valueDate":"2026-01"},{"name":"periodEnd","valueDate":"2026-03"},{"name":"reportType","valueCode":"population"},)"
                          R"({"name":"measure","valueReference":{"reference":"Measure/G1.1-v1"}}]})").status, 200u);
    EXPECT_EQ(tracker.asked.period, PeriodKind::quarter);
    for (const auto* body : {"", "x", "[]", "{}", R"({"resourceType":"Bundle"})", R"({"resourceType":"Parameters"})", R"({"resourceType":"Parameters","parameter":{}})"}) EXPECT_EQ(post(body).status, 400u) << body;
    for (const auto* parameter : {"1", "{}", R"({"name":1})", R"({"name":"periodStart"})", R"({"name":"periodStart","valueDate":2026})", R"({"name":"measure","valueReference":{"reference":1}})"})
        EXPECT_EQ(post(head + parameter + "]}").status, 400u) << parameter;
    EXPECT_EQ(post(head + R"({"name":"periodStart","valueDate":"2026-01"},{"name":"periodStart","valueDate":"2026-02"},{"name":"periodEnd","valueDate":"2026-03"}]})").status, 400u) << "given twice";
    EXPECT_EQ(post(head + "]}", "text/plain").status, 415u);
}

TEST_F(Evaluate, is_named_in_the_capability_statement)
{
    const auto statement = parsed(get_capability(context, {}).body);
    bool found = false;
    for (const auto& resource : statement["rest"][0]["resource"].GetArray())
        if (std::string_view(resource["type"].GetString()) == "Measure") {
            found = true;
            EXPECT_STREQ(resource["operation"][0]["name"].GetString(), "evaluate-measure");
            EXPECT_STREQ(resource["operation"][0]["definition"].GetString(), "http://hl7.org/fhir/OperationDefinition/Measure-evaluate-measure");
        }
    EXPECT_TRUE(found);
}

} // namespace
} // namespace sluse::serve
