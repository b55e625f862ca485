// tests/tools/simulate_mix_test.cpp — Denmark's mix of formats: valid letters, counted right, from one truth.
#include "adapters/adapter.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/tools/message_file.hpp"
#include "gateway/tools/simulate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

using namespace sluse;

namespace {

SimulateOptions mixed(std::uint64_t messages, SimulateFormats formats = SimulateFormats::all())
{
    SimulateOptions options;
    options.seed = 11;
    options.messages = messages;
    options.formats = formats;
    return options;
}

std::vector<SimulatedMessage> feed(const SimulateOptions& options)
{
    Simulator simulator(options);
    std::vector<SimulatedMessage> messages;
    for (SimulatedMessage message; simulator.next(message);) messages.push_back(message);
    return messages;
}

std::map<std::string_view, std::size_t> counts(const std::vector<SimulatedMessage>& messages)
{
    std::map<std::string_view, std::size_t> by_format;
    for (const auto& message : messages) ++by_format[message.format];
    return by_format;
}

std::size_t times(std::string_view text, std::string_view what)
{
    std::size_t n = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++n;
    return n;
}

} // namespace

TEST(SimulatedMix, is_mostly_letters_and_has_every_format)
{
    const auto by_format = counts(feed(mixed(20'000)));
    for (const auto format : {"hl7v2", "fhir", "medcom", "edifact", "oioxml", "cda", "vans"}) EXPECT_GT(by_format.contains(format) ? by_format.at(format) : 0, 100u) << format;
    const auto letters = by_format.at("edifact") + by_format.at("oioxml") + by_format.at("vans");
    EXPECT_GT(letters, 20'000u / 2);
}

TEST(SimulatedMix, gives_the_same_bytes_for_the_same_seed)
{
    std::string once, again;
    for (const auto& message : feed(mixed(3000))) once += message.bytes;
    for (const auto& message : feed(mixed(3000))) again += message.bytes;
    EXPECT_EQ(hex(view(sha256(once))), hex(view(sha256(again))));
}

TEST(SimulatedMix, passes_the_checks_of_each_format)
{
    const std::map<std::string_view, std::string_view> adapter_of{{"medcom", "fhir"}};
    std::map<std::string, std::size_t> types;
    for (const auto& message : feed(mixed(4000))) {
        const auto* adapter = adapter_for(message.bytes);
        ASSERT_TRUE(adapter) << message.bytes;
        const auto named = adapter_of.find(message.format);
        ASSERT_EQ(adapter->name, named == adapter_of.end() ? message.format : named->second);
        const auto checked = adapter->check(message.bytes, {});
        ASSERT_EQ(checked.answer, Answer::accepted) << message.bytes << '\n' << (checked.issues.empty() ? "" : checked.issues.front().path + ": " + checked.issues.front().text);
        const bool receipt = checked.type.starts_with("XCTL") || checked.type == "acknowledgement-message" || checked.type == "receipt";
        ASSERT_EQ(checked.persons.empty(), receipt) << message.bytes;
        ++types[checked.type];
    }
    for (const auto type : {"XDIS01", "XDIS02", "XDIS17", "XDIS20", "XDIS91", "XPRE01", "XREF01", "XREQ01", "XRPT01", "hospital-notification-message", "care-communication-message", "PHMR", "XCTL03", "acknowledgement-message"})
        EXPECT_GT(types[type], 0u) << type;
}

TEST(SimulatedMix, tells_of_leave_and_transfer_in_both_syntaxes_of_fhir)
{
    std::size_t leaves = 0, returns = 0, xml = 0, json = 0;
    for (const auto& message : feed(mixed(25'000, {SimulateFormat::hl7v2, SimulateFormat::medcom}))) {
        if (message.format != "medcom") continue;
        const auto says = [&](std::string_view what) { return message.bytes.find(what) != std::string::npos; };
        ++(message.bytes.starts_with('{') ? json : xml);
        leaves += says("start-leave-inpatient\"");
        returns += says("\"end-leave-inpatient\"");
        if (!says("leave-period-extension")) continue;
        EXPECT_EQ(adapter_named("fhir")->check(message.bytes, {}).answer, Answer::accepted) << message.bytes;
    }
    EXPECT_GT(leaves, 1u);
    EXPECT_GT(returns, 1u);
    EXPECT_GT(json, 2 * xml);
    EXPECT_GT(xml, 100u);
}

TEST(SimulatedMix, holds_the_receipts_of_what_asks_for_them)
{
    std::set<std::string> names, acknowledged;
    std::size_t refused = 0;
    for (const auto& message : feed(mixed(5000))) {
        const auto* adapter = adapter_named(message.format == "medcom" ? "fhir" : message.format);
        if (!adapter || !adapter->receipts || message.format == "hl7v2") continue;
        const auto receipts = adapter->receipts(adapter->check(message.bytes, {}));
        names.insert(receipts.names.begin(), receipts.names.end());
        for (const auto& said : receipts.acknowledged) {
            acknowledged.insert(said.id);
            refused += said.outcome == Verdict::refused;
        }
    }
    std::size_t known = 0;
    for (const auto& id : acknowledged) known += names.contains(id);
    EXPECT_GT(acknowledged.size(), 300u);
    EXPECT_GT(known, acknowledged.size() * 9 / 10) << "a message that is late may come after its receipt, or after the feed's end";
    EXPECT_GT(refused, 0u);
}

TEST(SimulatedMix, writes_only_the_formats_asked_for)
{
    for (const auto format : {SimulateFormat::hl7v2, SimulateFormat::fhir, SimulateFormat::medcom, SimulateFormat::edifact, SimulateFormat::oioxml, SimulateFormat::vans}) {
        const auto by_format = counts(feed(mixed(300, {format})));
        EXPECT_EQ(by_format.size(), 1u) << name(format);
        EXPECT_EQ(by_format.begin()->first, name(format));
    }
    EXPECT_EQ(counts(feed(mixed(2000, {SimulateFormat::hl7v2, SimulateFormat::edifact}))).size(), 2u);
}

TEST(SimulatedMix, reads_the_names_of_formats)
{
    EXPECT_TRUE(SimulateFormats::parse("hl7v2,edifact")->has(SimulateFormat::edifact));
    EXPECT_FALSE(SimulateFormats::parse("hl7v2,edifact")->has(SimulateFormat::fhir));
    EXPECT_TRUE(SimulateFormats::parse("all")->has(SimulateFormat::cda));
    EXPECT_FALSE(SimulateFormats::parse("mix")->letters());
    for (const auto wrong : {"", "hl7", "hl7v2,", ",fhir", "hl7v2 fhir"}) EXPECT_EQ(SimulateFormats::parse(wrong).has_value(), std::string_view(wrong) == "hl7v2,") << wrong;
}

TEST(SimulatedMix, counts_the_segments_and_escapes_what_people_wrote)
{
    std::size_t escaped = 0;
    for (const auto& message : feed(mixed(3000, {SimulateFormat::edifact}))) {
        const auto& bytes = message.bytes;
        ASSERT_TRUE(bytes.starts_with("UNA:+.? '"));
        ASSERT_EQ(bytes.find("\xc3"), bytes.npos) << "UTF-8 in ISO 8859-1";
        const auto unh = bytes.find("UNH+"), unt = bytes.find("UNT+");
        const auto declared = std::stoul(bytes.substr(unt + 4));
        const auto letter = bytes.substr(unh, unt - unh);
        ASSERT_EQ(declared, times(letter, "'") - times(letter, "?'") + 1);
        ASSERT_NE(bytes.find("UNZ+1+"), bytes.npos);
        escaped += times(letter, "?:") + times(letter, "?+");
    }
    EXPECT_GT(escaped, 0u);
}

TEST(SimulatedMix, tells_one_stay_by_one_number_in_every_format)
{
    std::map<std::string, std::set<std::string_view>> formats_of_stay;
    for (const auto& message : feed(mixed(20'000))) {
        auto at = message.bytes.find("^^^LPR3");
        if (at != std::string::npos) formats_of_stay[message.bytes.substr(at - 36, 36)].insert(message.format);
        at = message.bytes.find("Landspatientregisteret\",\"value\":\"urn:uuid:");
        if (at != std::string::npos) formats_of_stay[message.bytes.substr(at + 42, 36)].insert(message.format);
        at = message.bytes.find("RFF+REI:");
        if (at == std::string::npos) continue;
        auto hex = message.bytes.substr(at + 8, 32);
        for (const auto place : {8u, 13u, 18u, 23u}) hex.insert(place, 1, '-');
        formats_of_stay[hex].insert(message.format);
    }
    const auto told_thrice = std::ranges::count_if(formats_of_stay, [](const auto& stay) { return stay.second.contains("hl7v2") && stay.second.contains("medcom") && stay.second.contains("edifact"); });
    EXPECT_GT(told_thrice, 50);
}

TEST(SimulatedMix, writes_the_truth_a_line_for_each_thing_that_is_over)
{
    auto options = mixed(20'000);
    options.truth = "asked for";
    Simulator simulator(options);
    for (SimulatedMessage message; simulator.next(message);) {
    }
    const auto table = simulator.take_truth();
    EXPECT_TRUE(table.starts_with("kind\tid\tperson\t"));
    for (const auto kind : {"\ncontact\t", "\npcr\t", "\ntest\t", "\nprescription\t", "\nreferral\t"}) EXPECT_GT(times(table, kind), 100u) << kind;
    const auto columns = times(table.substr(0, table.find('\n')), "\t");
    EXPECT_EQ(times(table, "\t"), columns * times(table, "\n"));
    EXPECT_EQ(simulator.take_truth(), "");
    options.truth.clear();
    EXPECT_EQ(Simulator(options).take_truth(), "");
}
