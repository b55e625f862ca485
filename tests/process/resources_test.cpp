// tests/process/resources_test.cpp — a partial message blanks nothing, an older one overwrites nothing, what is deleted goes.
#include "gateway/process/resources.hpp"

#include "gateway/base/codec.hpp"
#include "gateway/journal/memory_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

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

/// What goes out when every saying is merged with all that was known: no shortcut for what is said again.
class Plain {
public:
    std::string say(std::string_view json, const Version& version, const std::string& deletes)
    {
        std::vector<ElementSaying> news;
        const auto& kept = texts_.emplace_back(json);
        split_elements("Encounter", kept, news);
        for (auto& e : news) e.version = e.name == "status" && e.text == "\"unknown\"" ? Version{0, 0, version.position} : version;
        const bool fresh = known_.empty();
        for (const auto& k : known_)
            if (!deletes.empty() && k.name.starts_with(deletes) && std::ranges::find(news, k.name, &ElementSaying::name) == news.end()) news.push_back({k.name, {}, version});
        if (!merge_elements(known_, news, texts_) && !fresh) return "-";
        std::string out;
        render_resource("Encounter", "e", known_, out);
        return out.substr(out.find("\"id\":\"e\"") + 8);
    }

private:
    std::deque<std::string> texts_;
    std::vector<ElementSaying> known_;
};

TEST(ResourceWriter, shows_the_same_whether_a_saying_is_merged_or_known_to_be_said_again)
{
    std::mt19937 random(7);
    const auto one_of = [&](auto... all) { return std::array{std::string(all)...}[random() % sizeof...(all)]; };
    for (int history = 0; history < 400; ++history) {
        MemoryState state;
        ResourceWriter writer;
        Plain plain;
        std::vector<std::string> said;
        for (std::uint64_t position = 1; position <= 14; ++position) {
            auto json = R"({"resourceType":"Encounter","id":"e")" + one_of("", R"(,"status":"unknown")", R"(,"status":"planned")") + one_of("", R"(,"x":1)", R"(,"x":2)") +
                        one_of("", R"(,"identifier":[{"system":"A","value":"1"}])", R"(,"identifier":[{"system":"B","value":"1"},{"system":"A","value":"1"}])") +
                        one_of("", R"(,"extension":[{"url":"u","valueCode":"1"}])", R"(,"extension":[{"url":"u","valueCode":"2"},{"url":"u","valueCode":"1"}])") +
                        one_of("", R"(,"period":{"start":"S"})", R"(,"period":{"end":"E"})", R"(,"period":{"start":"S","end":"F"})") + "}";
            if (!said.empty() && random() % 2) json = said[random() % said.size()];
            said.push_back(json);
            const auto at = static_cast<Millis>(1 + random() % 6);
            const Version version{at, at, position};
            const auto deletes = one_of("", "", "", "period", "period.end", "x");
            OverlayUnit unit(state, 0, 1);
            Normalised n;
            n.bundle = json + json;
            n.resources.push_back({"Encounter", "e", 0, json.size()});
            if (random() % 8 == 0) n.resources.push_back({"Encounter", "e", json.size(), json.size()}); // twice in one message
            if (!deletes.empty()) n.deleted.push_back({0, deletes});
            writer.write(n, version, "lane", unit);
            std::string seen;
            for (const auto& sent : unit.sent())
                for (std::size_t from = 0; (from = sent.value.find("\"id\":\"e\"", from)) != std::string::npos; ++from) seen += sent.value.substr(from + 8, sent.value.find(",\"request\"", from) - from - 8);
            std::string wanted;
            for (std::size_t i = 0; i < n.resources.size(); ++i)
                if (const auto out = plain.say(json, version, i == 0 ? deletes : ""); out != "-") wanted += out;
            ASSERT_EQ(seen, wanted) << "history " << history << ", message " << position << ": " << json;
            state.apply(unit);
        }
    }
}

/// What an older gateway stored: what was said last under a key of its own.
void store_apart(MemoryState& state)
{
    OverlayUnit unit(state, 0, 1);
    const auto stored = unit.get("REncounter/e").value();
    Reader r(stored);
    r.u8();
    unit.put("VEncounter/e", r.bytes());
    unit.put("REncounter/e", '\1' + std::string(r.rest()));
    state.apply(unit);
}

TEST(ResourceWriter, goes_on_from_what_an_older_gateway_stored)
{
    MemoryState state;
    ResourceWriter writer;
    const auto say = [&](std::string json, Millis at) {
        OverlayUnit unit(state, 0, 1);
        Normalised n;
        n.bundle = std::move(json);
        n.resources.push_back({"Encounter", "e", 0, n.bundle.size()});
        const auto written = writer.write(n, {at, at, static_cast<std::uint64_t>(at)}, "lane", unit);
        state.apply(unit);
        return written;
    };
    const std::string planned = R"({"resourceType":"Encounter","id":"e","status":"planned","x":[1,2,3]})";
    EXPECT_EQ(say(planned, 1), 1u);
    store_apart(state);
    EXPECT_EQ(say(planned, 3), 0u);
    EXPECT_FALSE(state.get("VEncounter/e"));
    EXPECT_EQ(say(R"({"resourceType":"Encounter","id":"e","status":"finished"})", 2), 0u) << "older than what was said again";
    EXPECT_EQ(say(R"({"resourceType":"Encounter","id":"e","status":"finished"})", 4), 1u);
}

TEST(ResourceWriter, takes_any_text_without_harm)
{
    for (const auto* json : {"", "{", "[]", "{\"a\"", "{\"a\":", "{\"a\":\"x", "{\"a\":1,", "{\"a\":[1}", "null", "{\"a\\\"b\":1}", "{\"a\":\"\\\\\"}"}) written({{json, 1}, {json, 2, ""}});
}

} // namespace
} // namespace sluse
