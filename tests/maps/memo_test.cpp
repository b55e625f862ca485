// tests/maps/memo_test.cpp — what is remembered from earlier messages changes nothing: not the bundle, not what travels beside it.
#include "adapters/hl7v2/adapter.hpp"
#include "gateway/normalise/maps.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace sluse {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const Maps> maps()
{
    Issues issues;
    auto out = Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
    EXPECT_TRUE(out);
    return out;
}

std::vector<std::string> inputs()
{
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(SLUSE_SOURCE_DIR "/tests/maps/cases")) {
        if (entry.path().extension() != ".hl7") continue;
        std::ifstream in(entry.path(), std::ios::binary);
        out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        std::ranges::replace(out.back(), '\n', '\r');
    }
    std::ranges::sort(out);
    return out;
}

struct Run {
    SystemSettings system;
    Keys keys;
};

/// Two systems that read the same text otherwise: keys, zone, identifier and code systems differ.
std::vector<Run> runs()
{
    Run plain{{}, Keys::demonstration()}, other{{}, Keys::from_secret("another", "x")};
    other.system.zone = *Zone::find("America/New_York");
    other.system.identifier_systems = {{"RH", "urn:example:rh"}, {"NSH", "urn:example:nsh"}, {"EPJ", "urn:example:epj"}};
    other.system.code_systems = {{"SKS", "urn:example:sks"}, {"L", "urn:example:local"}};
    return {plain, other};
}

std::string all_of(const Maps& maps, const Run& run, const std::string& message)
{
    const auto checked = adapter_named("hl7v2")->check(message, run.system);
    Normalised n;
    if (!checked.decoded || !adapter_named("hl7v2")->normalise(message, checked, {maps, run.system, run.keys.resource, {}, 0}, n)) return "refused";
    std::string out = n.bundle + '\n';
    for (const auto& r : n.resources) out += r.type + '/' + r.id + ' ' + n.bundle.substr(r.offset, r.length) + '\n';
    for (const auto& issue : n.issues) out += issue.path + ": " + issue.text + '\n';
    for (const auto& d : n.deleted) out += std::to_string(d.resource) + ' ' + d.path + '\n';
    for (const auto& path : n.coverage.unmapped) out += path + '\n';
    return out + std::to_string(n.coverage.mapped) + '\n';
}

/// On a thread of its own, so that nothing is remembered.
std::string fresh(const Maps& maps, const Run& run, const std::string& message)
{
    std::string out;
    std::thread([&] { out = all_of(maps, run, message); }).join();
    return out;
}

TEST(Memo, GivesWhatAFirstRenderingGives)
{
    const auto set = maps(), again = maps();
    const auto messages = inputs();
    ASSERT_GT(messages.size(), 20u);
    std::vector<std::string> expected;
    for (const auto& message : messages)
        for (const auto& run : runs()) expected.push_back(fresh(*set, run, message));
    const auto all = runs();
    for (int round = 0; round < 4; ++round)
        for (std::size_t i = 0; i < messages.size(); ++i)
            for (std::size_t r = 0; r < all.size(); ++r)
                EXPECT_EQ(all_of(round % 2 ? *again : *set, all[r], messages[i]), expected[i * all.size() + r]) << "round " << round << ", message " << i;
}

/// The message with its nth filled field (behind MSH) saying `text`; empty when there are not so many.
std::string changed(const std::string& message, std::size_t nth, std::string_view text)
{
    auto at = message.find('\r');
    for (; nth > 0 && at != message.npos; --nth) {
        do at = message.find('|', at + 1);
        while (at != message.npos && at + 1 < message.size() && (message[at + 1] == '|' || message[at + 1] == '\r'));
    }
    if (at == message.npos || at + 1 >= message.size()) return {};
    auto out = message;
    return out.replace(at + 1, message.find_first_of("|\r", at + 1) - at - 1, text);
}

// The same fields are filled, and so the way through the maps begins like the one that is remembered; then a value comes to something else.
TEST(Script, PartsWhereAValueComesToSomethingElse)
{
    const auto set = maps();
    const auto run = runs().front();
    std::size_t n = 0;
    for (const auto& message : inputs()) {
        const auto own = fresh(*set, run, message);
        for (int round = 0; round < 3; ++round) EXPECT_EQ(all_of(*set, run, message), own);
        for (std::size_t nth = 1 + n++ % 13;; nth += 13) {
            const auto other = changed(message, nth, std::array{" ", "\"\"", "X", "20261301", "~", "7"}[(nth + n) % 6]);
            if (other.empty()) break;
            const auto expected = fresh(*set, run, other);
            for (int round = 0; round < 2; ++round) EXPECT_EQ(all_of(*set, run, other), expected) << other;
            EXPECT_EQ(all_of(*set, run, message), own) << message;
        }
    }
}

/// A name with a byte of the character set that MSH-18 names.
std::string named_in(std::string_view set)
{
    return "MSH|^~\\&|APP|RH|SLUSE|DK|20260101120000||ADT^A08|1|P|2.5.1||||||" + std::string(set) + "\rPID|1||4711^^^RH^PI||S\\XE6\\rby^Anna\r";
}

TEST(Memo, ReadsEscapedBytesInEachMessagesOwnSet)
{
    const auto set = maps();
    const auto run = runs().front();
    for (int round = 0; round < 4; ++round) // long enough for the name to be remembered, were it
        for (const auto& [charset, family] : {std::pair{"8859/1", "Særby"}, {"8859/2", "Sćrby"}, {"8859/5", "Sцrby"}})
            EXPECT_NE(all_of(*set, run, named_in(charset)).find("\"family\":\"" + std::string(family) + '"'), std::string::npos) << charset;
}

TEST(Memo, KeepsResourceSpansWhole)
{
    const auto set = maps();
    const auto run = runs().front();
    for (int round = 0; round < 3; ++round)
        for (const auto& message : inputs()) {
            const auto checked = adapter_named("hl7v2")->check(message, run.system);
            Normalised n;
            if (!checked.decoded || !adapter_named("hl7v2")->normalise(message, checked, {*set, run.system, run.keys.resource, {}, 0}, n)) continue;
            for (const auto& r : n.resources) {
                const auto json = std::string_view(n.bundle).substr(r.offset, r.length);
                EXPECT_TRUE(json.starts_with("{\"resourceType\":\"" + r.type + "\",\"id\":\"" + r.id + '"')) << json;
                EXPECT_TRUE(json.ends_with('}') && n.bundle.substr(r.offset + r.length).starts_with(",\"request\"")) << json;
            }
        }
}

} // namespace
} // namespace sluse
