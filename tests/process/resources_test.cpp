// tests/process/resources_test.cpp — a partial message blanks nothing, an older one overwrites nothing, what is deleted goes.
#include "gateway/process/resources.hpp"

#include "gateway/journal/memory_log.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

struct Saying {
    const char* json;
    Millis at;
    const char* deletes = nullptr;
};

/// The Encounter as it went out after each message; "-" when nothing did.
std::vector<std::string> written(std::initializer_list<Saying> sayings)
{
    MemoryState state;
    std::vector<std::string> out;
    ResourceWriter writer;
    std::uint64_t position = 0;
    for (const auto& s : sayings) {
        OverlayUnit unit(state, 0, 1);
        Normalised n;
        n.bundle = s.json;
        n.resources.push_back({"Encounter", "e", 0, n.bundle.size()});
        if (s.deletes) n.deleted.push_back({0, s.deletes});
        writer.write(n, {s.at, s.at, ++position}, "lane", unit);
        std::string seen = "-";
        for (const auto& sent : unit.sent()) {
            const auto from = sent.value.find("\"id\":\"e\"") + 8, to = sent.value.find(",\"request\"");
            seen = sent.value.substr(from, to - from);
        }
        out.push_back(seen);
        state.apply(unit);
    }
    return out;
}

using Lines = std::vector<std::string>;

TEST(ResourceWriter, keeps_what_a_later_message_does_not_say)
{
    EXPECT_EQ(written({{R"({"resourceType":"Encounter","id":"e","status":"in-progress","period":{"start":"S"},"a":[1,{"b":"}"}]})", 1},
                       {R"({"resourceType":"Encounter","id":"e","status":"finished","period":{"end":"E"}})", 2},
                       {R"({"resourceType":"Encounter","id":"e","status":"unknown","period":{"start":"S"}})", 3}}),
              (Lines{R"(,"status":"in-progress","period":{"start":"S"},"a":[1,{"b":"}"}]})", R"(,"status":"finished","period":{"start":"S","end":"E"},"a":[1,{"b":"}"}]})", "-"}));
}

TEST(ResourceWriter, lets_an_older_message_fill_but_not_overwrite)
{
    EXPECT_EQ(written({{R"({"resourceType":"Encounter","id":"e","x":2})", 2}, {R"({"resourceType":"Encounter","id":"e","x":1,"y":1})", 1}, {R"({"resourceType":"Encounter","id":"e","x":1})", 1}}),
              (Lines{R"(,"x":2})", R"(,"x":2,"y":1})", "-"}));
}

TEST(ResourceWriter, takes_away_what_is_deleted_until_it_is_said_again)
{
    EXPECT_EQ(written({{R"({"resourceType":"Encounter","id":"e","period":{"start":"S","end":"E"},"x":1})", 1},
                       {R"({"resourceType":"Encounter","id":"e"})", 3, "period.end"},
                       {R"({"resourceType":"Encounter","id":"e","period":{"end":"E"}})", 2},
                       {R"({"resourceType":"Encounter","id":"e","period":{"end":"F"}})", 4},
                       {R"({"resourceType":"Encounter","id":"e"})", 5, "period"}}),
              (Lines{R"(,"period":{"start":"S","end":"E"},"x":1})", R"(,"period":{"start":"S"},"x":1})", "-", R"(,"period":{"start":"S","end":"F"},"x":1})", R"(,"x":1})"}));
}

TEST(ResourceWriter, keeps_each_systems_own_numbers_and_extensions)
{
    EXPECT_EQ(written({{R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"cpr","value":"1"},{"system":"A","value":"7"}],"extension":[{"url":"x","valueCode":"1"}]})", 2},
                       {R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"cpr","value":"1"},{"system":"B","value":"7"}],"extension":[{"url":"y","valueCode":"2"}]})", 3},
                       {R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"cpr","value":"1"},{"system":"A","value":"7"}],"extension":[{"url":"y","valueCode":"old"}]})", 1},
                       {R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"A","value":"7"}],"extension":[{"url":"x","valueCode":"3"}]})", 4}}),
              (Lines{R"(,"identifier":[{"system":"cpr","value":"1"},{"system":"A","value":"7"}],"extension":[{"url":"x","valueCode":"1"}]})",
                     R"(,"identifier":[{"system":"cpr","value":"1"},{"system":"B","value":"7"},{"system":"A","value":"7"}],"extension":[{"url":"y","valueCode":"2"},{"url":"x","valueCode":"1"}]})", "-",
                     R"(,"identifier":[{"system":"cpr","value":"1"},{"system":"B","value":"7"},{"system":"A","value":"7"}],"extension":[{"url":"x","valueCode":"3"},{"url":"y","valueCode":"2"}]})"}));
}

TEST(ResourceWriter, bounds_a_list_that_grows_with_every_message)
{
    MemoryState state;
    ResourceWriter writer;
    std::size_t longest = 0;
    for (int i = 1; i <= 300; ++i) {
        OverlayUnit unit(state, 0, 1);
        Normalised n;
        n.bundle = R"({"resourceType":"Patient","id":"e","identifier":[{"system":"A","value":")" + std::to_string(i) + "\"}]}";
        n.resources.push_back({"Patient", "e", 0, n.bundle.size()});
        writer.write(n, {i, i, static_cast<std::uint64_t>(i)}, "lane", unit);
        for (const auto& sent : unit.sent()) longest = std::max(longest, sent.value.size());
        state.apply(unit);
    }
    EXPECT_LT(longest, 64u * 40 + 300);
}

TEST(ResourceWriter, takes_any_text_without_harm)
{
    for (const auto* json : {"", "{", "[]", "{\"a\"", "{\"a\":", "{\"a\":\"x", "{\"a\":1,", "{\"a\":[1}", "null", "{\"a\\\"b\":1}", "{\"a\":\"\\\\\"}"}) written({{json, 1}, {json, 2, ""}});
}

} // namespace
} // namespace sluse
