// tests/fhir/tree_test.cpp — one table from both syntaxes: written again it says the same, and what is made of it is the same.
#include "adapters/fhir/json_write.hpp"
#include "tests/fhir/cases.hpp"

#include <filesystem>

namespace sluse::fhir {
namespace {

std::string written(const Json& json, std::uint32_t node = 0)
{
    std::string out = "before";
    append_json(json, node, out);
    return out.substr(6);
}

TEST(FhirTree, is_written_on_one_line_with_its_digits_and_escapes)
{
    const auto json = Json::parse("{ \"a\" : [ 1.50 , { } , [ ] , null ],\n\"b\":\"x \\u00e6\\n\" , \"\" : {\"c\":true} }").value();
    EXPECT_EQ(written(json), R"({"a":[1.50,{},[],null],"b":"x \u00e6\n","":{"c":true}})");
    EXPECT_EQ(written(json, json.find(0, "a")), "[1.50,{},[],null]");
    EXPECT_EQ(written(json, json.find(0, "b")), R"("x \u00e6\n")");
}

TEST(FhirTree, is_written_with_what_was_changed)
{
    const auto json = Json::parse(R"({"id":"1","list":[{"a":1},{"a":2}],"system":"old","more":{"x":{"y":1},"z":2},"last":[3]})").value();
    Changes changes;
    const auto more = json.find(0, "more");
    changes.replace(json.find(0, "system"), "new \"one\"", ",\"value\":1");
    changes.leave_out(json.find(0, "id"));
    changes.leave_out(json.find(json.find(more, "x"), "y")); // goes with x
    changes.leave_out(json.find(more, "x"));
    changes.leave_out(json.first_child(json.find(0, "list")));
    changes.rename(json.find(0, "last"), "end");
    changes.sort();
    std::string out;
    append_members(json, 0, changes, out);
    EXPECT_EQ(out, R"(,"list":[{"a":2}],"system":"new \"one\"","value":1,"more":{"z":2},"end":[3])");
    changes.clear();
    out.clear();
    append_members(json, 0, changes, out);
    EXPECT_EQ('{' + out.substr(1) + '}', written(json));
}

TEST(FhirTree, escapes_what_xml_says_otherwise)
{
    Issues issues;
    const auto tree = tree_of_xml("<Patient xmlns=\"http://hl7.org/fhir\"><name><text value=\"a &quot;b&quot; \\ &#10;\x01 &amp; \xc3\xa6\"/></name></Patient>", issues);
    const auto name = tree.first_child(tree.find(0, "name"));
    EXPECT_EQ(tree.text(name, "text"), "a \"b\" \\ \n & æ");
    EXPECT_EQ(written(tree, name), R"({"text":"a \"b\" \\ \n & æ"})");
}

TEST(FhirTree, lives_on_when_the_xml_is_gone)
{
    Issues issues;
    auto text = std::make_unique<std::string>("<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"a\"/><text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">x</div></text></Patient>");
    auto tree = tree_of_xml(*text, issues);
    text.reset();
    const auto moved = std::move(tree);
    EXPECT_EQ(written(moved), R"({"resourceType":"Patient","id":"a","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}})");
}

TEST(FhirTree, refuses_in_xml_what_it_refuses_in_json)
{
    const auto deep = [](unsigned levels) {
        std::string open, close;
        for (unsigned i = 0; i < levels; ++i) open += "<extension url=\"http://x\">", close += "</extension>";
        return "<Basic xmlns=\"http://hl7.org/fhir\">" + open + "<valueCode value=\"c\"/>" + close + "</Basic>";
    };
    EXPECT_NE(check(deep(20), case_settings()).decoded, nullptr);
    const auto refused = check(deep(40), case_settings());
    EXPECT_EQ(refused.answer, Answer::content_error);
    ASSERT_FALSE(refused.issues.empty());
    EXPECT_EQ(refused.issues.front().text, "is nested deeper than 64 levels");
    EXPECT_EQ(refused.issues.front().path.substr(0, 30), "Basic.extension[0].extension[0");

    const auto twice = check("<Patient xmlns=\"http://hl7.org/fhir\"><name id=\"a\"><id value=\"b\"/><family value=\"B\"/></name></Patient>", case_settings());
    EXPECT_EQ(twice.answer, Answer::content_error);
    ASSERT_FALSE(twice.issues.empty());
    EXPECT_EQ(twice.issues.front().path, "Patient.name[0].id");
    EXPECT_EQ(twice.issues.front().text, "stands here more than once; FHIR R4 allows one");
}

/// The same message in both syntaxes: persons, warnings, bundle.
TEST(FhirTree, of_either_syntax_gives_the_same_bytes)
{
    std::size_t compared = 0;
    for (const auto& file : std::filesystem::directory_iterator(SLUSE_SOURCE_DIR "/tests/fhir/cases")) {
        if (file.path().extension() != ".json") continue;
        const auto json = case_text(file.path().stem().string());
        const auto xml = xml_of_json(json);
        const auto a = normalised_case(json), b = normalised_case(xml);
        EXPECT_EQ(a.bundle, b.bundle) << file.path();
        EXPECT_EQ(a.persons.size(), b.persons.size());
        EXPECT_EQ(a.coverage.mapped, b.coverage.mapped);
        ++compared;
    }
    EXPECT_GE(compared, 10u);
}

/// A Provenance whose Organization is not in the message and which is named beside: one display, never two.
TEST(FhirTree, keeps_the_name_of_an_agent_that_is_not_there)
{
    auto text = case_text("notification_leave");
    const auto at = text.find("\"who\"");
    ASSERT_NE(at, text.npos);
    const auto open = text.find('{', at);
    text.replace(open, text.find('}', open) + 1 - open, R"({"reference":"Organization/elsewhere","display":"Klinik"})");
    const auto out = normalised_case(text);
    EXPECT_EQ(count(out.bundle, R"("who":{"display":"Klinik"})"), 1u);
    EXPECT_EQ(count(out.bundle, "Organization/elsewhere"), 0u);
}

} // namespace
} // namespace sluse::fhir
