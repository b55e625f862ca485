// tests/fhir/json_test.cpp — the flat JSON table: strict, with the place of each mistake, digits kept.
#include "adapters/fhir/json.hpp"

#include <gtest/gtest.h>

namespace sluse::fhir {
namespace {

std::string fault_of(std::string_view text)
{
    const auto json = Json::parse(text);
    return json ? "no fault" : json.error().where;
}

TEST(Json, keeps_views_and_digits)
{
    const std::string_view text = R"({"a":[1,{"b":4.10},"x\u00e6\n"],"c":null,"d":{}})";
    const auto json = Json::parse(text).value();
    const auto a = json.find(0, "a");
    const auto second = json.next_child(a, json.first_child(a));
    EXPECT_EQ(json[json.find(second, "b")].text, "4.10");
    EXPECT_EQ(json.text(json.next_child(a, second)), "xæ\n");
    EXPECT_EQ(json[second].text, R"({"b":4.10})");
    EXPECT_EQ(json[json.find(0, "c")].kind, JsonKind::null);
    EXPECT_EQ(json.first_child(json.find(0, "d")), Json::none);
    EXPECT_EQ(json.find(0, "b"), Json::none) << "a grandchild is no member";
    EXPECT_EQ(json.path(json.find(second, "b"), "Root"), "Root.a[1].b");
}

TEST(Json, reads_pairs_of_surrogates)
{
    const auto json = Json::parse(R"("\ud83d\ude00\u20ac")").value();
    EXPECT_EQ(json.text(0u), "😀€");
}

TEST(Json, names_the_line_and_column_of_a_mistake)
{
    EXPECT_EQ(fault_of("{\n  \"a\": 1,\n  \"b\" 2}"), "line 3 column 7: expected a colon after the member's name");
    EXPECT_EQ(fault_of("{\"a\":1 \"b\":2}"), "line 1 column 8: expected a comma or }");
    EXPECT_EQ(fault_of("[1,]"), "line 1 column 4: expected a value");
    EXPECT_EQ(fault_of("{\"a\""), "line 1 column 5: expected a colon after the member's name");
    EXPECT_EQ(fault_of(""), "line 1 column 1: the text ends too early");
    EXPECT_EQ(fault_of("{}x"), "line 1 column 3: text follows the end of the value");
    EXPECT_EQ(fault_of("\"a\xff\""), "line 1 column 3: bytes that are not UTF-8");
    EXPECT_EQ(fault_of("\"a\nb\""), "line 1 column 3: a control character in a string");
    EXPECT_EQ(fault_of(R"("\ud800")"), "line 1 column 8: an escape that JSON does not know");
    EXPECT_EQ(fault_of(R"({"a":1,"a":2})"), "line 1 column 14: a member stands twice in this object");
    EXPECT_EQ(fault_of(R"({"\u0061":1})"), "line 1 column 10: an escape in a member's name");
    for (const char* number : {"01", "1.", ".5", "-", "1e", "+1", "0x1", "NaN"}) EXPECT_NE(fault_of(number), "no fault") << number;
    for (const char* number : {"0", "-0.50", "1e5", "1E-5", "123.4500"}) EXPECT_EQ(fault_of(number), "no fault") << number;
}

TEST(Json, bounds_nesting)
{
    EXPECT_EQ(fault_of(std::string(64, '[') + std::string(64, ']')), "no fault");
    EXPECT_EQ(fault_of(std::string(65, '[') + std::string(65, ']')), "line 1 column 65: nested deeper than 64 levels");
    EXPECT_NE(fault_of(std::string(1'000'000, '[')), "no fault");
}

} // namespace
} // namespace sluse::fhir
