// tests/tools/simulate_test.cpp — the synthetic feed is reproducible, well-formed, as disorderly as asked for, and about no one.
#include "gateway/base/ids.hpp"
#include "gateway/tools/simulate.hpp"
#include "gateway/tools/simulate_people.hpp"
#include "gateway/tools/simulate_write.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <set>

using namespace sluse;

namespace {

std::vector<SimulatedMessage> feed(SimulateOptions options)
{
    Simulator simulator(options);
    std::vector<SimulatedMessage> messages;
    for (SimulatedMessage message; simulator.next(message);) messages.push_back(message);
    return messages;
}

SimulateOptions small(std::uint64_t messages = 20'000)
{
    SimulateOptions options;
    options.seed = 7;
    options.messages = messages;
    options.formats = SimulateFormats::hospitals();
    return options;
}

std::string digest(const std::vector<SimulatedMessage>& messages)
{
    std::string all;
    for (const auto& message : messages) (all += message.system) += message.bytes;
    return hex(view(sha256(all)));
}

std::vector<std::string_view> split(std::string_view text, char at)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == text.npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// Field n of the first segment named so; MSH counted as the standard counts it.
std::string_view field(std::string_view message, std::string_view segment, std::size_t n)
{
    for (const auto line : split(message, '\r')) {
        if (!line.starts_with(segment)) continue;
        const auto fields = split(line, '|');
        const auto index = segment == "MSH" ? n - 1 : n;
        return index < fields.size() ? fields[index] : std::string_view{};
    }
    return {};
}

std::map<std::string, int> by_type(const std::vector<SimulatedMessage>& messages)
{
    std::map<std::string, int> counts;
    for (const auto& message : messages) {
        if (message.format == "hl7v2") ++counts[std::string(field(message.bytes, "MSH", 9)).substr(0, 7)];
    }
    return counts;
}

} // namespace

TEST(Simulator, gives_the_same_bytes_for_the_same_seed_and_others_for_another)
{
    const auto once = feed(small());
    EXPECT_EQ(once.size(), 20'000u);
    EXPECT_EQ(digest(once), digest(feed(small())));
    auto other = small();
    other.seed = 8;
    EXPECT_NE(digest(once), digest(feed(other)));
}

TEST(Simulator, gives_the_bytes_recorded_once_for_every_machine)
{
    auto options = small(5'000);
    EXPECT_EQ(digest(feed(options)), "fe732aec8f4520a4e162e0ee444bb3ecded48abdf860d7ba035aca6bfdf135a2");
}

TEST(Simulator, writes_well_formed_hl7_whose_header_names_the_sender)
{
    auto options = small();
    options.formats = {SimulateFormat::hl7v2};
    for (const auto& message : feed(options)) {
        ASSERT_TRUE(message.bytes.starts_with("MSH|^~\\&|"));
        ASSERT_EQ(message.bytes.back(), '\r');
        ASSERT_EQ(std::string(field(message.bytes, "MSH", 3)) + '|' + std::string(field(message.bytes, "MSH", 4)), message.system);
        ASSERT_EQ(field(message.bytes, "MSH", 12), "2.5.1");
        ASSERT_FALSE(field(message.bytes, "MSH", 10).empty());
        ASSERT_EQ(split(field(message.bytes, "PID", 3), '^')[0].size(), 10u);
        if (field(message.bytes, "MSH", 9).starts_with("ADT")) {
            ASSERT_EQ(field(message.bytes, "EVN", 1), field(message.bytes, "MSH", 9).substr(4, 3));
        }
    }
}

TEST(Simulator, puts_each_thing_into_the_field_where_hl7_has_it)
{
    auto options = small(50'000);
    options.formats = {SimulateFormat::hl7v2};
    const auto messages = feed(options);
    const auto discharge = std::ranges::find_if(messages, [](const auto& m) {
        return field(m.bytes, "MSH", 9).starts_with("ADT^A03") && field(m.bytes, "PV1", 2) == "I";
    });
    ASSERT_NE(discharge, messages.end());
    const auto& bytes = discharge->bytes;
    EXPECT_TRUE(field(bytes, "PV1", 3).starts_with("99"));
    EXPECT_EQ(split(field(bytes, "PV1", 19), '^')[4], "VN");
    EXPECT_FALSE(field(bytes, "PV1", 44).empty());
    EXPECT_FALSE(field(bytes, "PV1", 45).empty());
    EXPECT_LT(field(bytes, "PV1", 44).substr(0, 12), field(bytes, "PV1", 45).substr(0, 12));
    EXPECT_TRUE(field(bytes, "PV2", 25) == "A" || field(bytes, "PV2", 25) == "EL");
    EXPECT_EQ(split(field(bytes, "DG1", 3), '^')[2], "SKS");
    EXPECT_EQ(field(bytes, "DG1", 15), "1");
    EXPECT_EQ(split(field(bytes, "PID", 11), '^')[8].size(), 4u) << "municipality in XAD.9";
    EXPECT_EQ(split(field(bytes, "PID", 11), '^')[12].size(), 8u) << "valid from in XAD.13";
    const auto merge = std::ranges::find_if(messages, [](const auto& m) { return field(m.bytes, "MSH", 9).starts_with("ADT^A40"); });
    ASSERT_NE(merge, messages.end());
    EXPECT_NE(split(field(merge->bytes, "PID", 3), '^')[0], split(field(merge->bytes, "MRG", 1), '^')[0]);
}

TEST(Simulator, tells_of_every_event_the_gateway_must_know)
{
    auto options = small(200'000);
    options.formats = {SimulateFormat::hl7v2};
    const auto counts = by_type(feed(options));
    for (const auto* type : {"ADT^A01", "ADT^A02", "ADT^A03", "ADT^A04", "ADT^A05", "ADT^A06", "ADT^A08", "ADT^A11", "ADT^A12", "ADT^A13",
                             "ADT^A28", "ADT^A31", "ADT^A37", "ADT^A40", "ORU^R01"}) {
        EXPECT_GT(counts.contains(type) ? counts.at(type) : 0, 0) << type;
    }
}

TEST(Simulator, writes_bundles_that_are_json_and_whose_references_resolve)
{
    auto options = small();
    options.formats = {SimulateFormat::fhir};
    for (const auto& message : feed(options)) {
        rapidjson::Document bundle;
        ASSERT_FALSE(bundle.Parse(message.bytes).HasParseError()) << message.bytes;
        std::set<std::string> known;
        for (const auto& entry : bundle["entry"].GetArray()) known.insert(entry["fullUrl"].GetString());
        ASSERT_EQ(known.size(), bundle["entry"].Size());
        for (auto at = message.bytes.find("\"reference\":\""); at != std::string::npos; at = message.bytes.find("\"reference\":\"", at + 1)) {
            ASSERT_TRUE(known.contains(message.bytes.substr(at + 13, 45))) << message.bytes;
        }
    }
}

TEST(Simulator, repeats_and_delays_as_much_as_asked)
{
    auto options = small(100'000);
    options.duplicates = 100;
    options.late = 500;
    std::size_t duplicates = 0, early = 0;
    Millis newest = 0;
    std::set<std::string> seen;
    for (const auto& message : feed(options)) {
        if (message.duplicate) {
            ++duplicates;
            continue;
        }
        if (message.sent + minute_ms < newest) ++early;
        newest = std::max(newest, message.sent);
    }
    EXPECT_NEAR(static_cast<double>(duplicates), 1000, 200);
    EXPECT_NEAR(static_cast<double>(early), 5000, 1000);
    options.duplicates = options.late = 0;
    for (const auto& message : feed(options)) EXPECT_FALSE(message.duplicate);
}

TEST(Simulator, sends_no_character_its_declared_set_lacks)
{
    bool latin1 = false, utf8 = false;
    for (const auto& message : feed(small())) {
        const auto declared = message.format == "hl7v2" ? field(message.bytes, "MSH", 18) : "UNICODE UTF-8";
        const auto has_c3 = message.bytes.find("\xc3") != std::string::npos;
        if (declared == "UNICODE UTF-8") utf8 = utf8 || has_c3;
        else {
            ASSERT_FALSE(has_c3) << "UTF-8 in a message of ISO 8859-1";
            latin1 = latin1 || message.bytes.find('\xf8') != std::string::npos;
        }
    }
    EXPECT_TRUE(latin1);
    EXPECT_TRUE(utf8);
}

TEST(Simulator, spreads_the_feed_over_the_months_asked_for)
{
    auto options = small(100'000);
    const auto messages = feed(options);
    Millis newest = 0;
    for (const auto& message : messages) newest = std::max(newest, message.sent);
    const auto days = (newest - Millis{options.start} * 24 * hour_ms) / (24 * hour_ms);
    EXPECT_NEAR(static_cast<double>(days), 90, 14);
}

TEST(Simulator, works_with_one_system_and_with_many)
{
    for (const unsigned systems : {1u, 2u, 150u, 999u}) {
        auto options = small(3'000);
        options.systems = systems;
        Simulator simulator(options);
        EXPECT_EQ(simulator.systems().size(), systems);
        SimulatedMessage message;
        std::size_t n = 0;
        while (simulator.next(message)) ++n;
        EXPECT_EQ(n, 3'000u);
    }
}

TEST(Population, has_a_different_well_formed_number_for_everyone_and_none_that_could_be_issued)
{
    const simulated::Population population(3, 400'000, 20454);
    std::set<std::string> seen;
    for (std::uint32_t i = 0; i < population.size(); ++i) {
        const auto person = population.person(i, 0);
        const std::string cpr(person.cpr_text());
        ASSERT_TRUE(seen.insert(cpr).second) << i;
        ASSERT_NE(simulated::modulus_11(cpr), 0) << i;
        ASSERT_NE(cpr.substr(0, 4), "0101");
        ASSERT_EQ((cpr[9] - '0') % 2 == 1, person.male);
        const auto date = date_of(person.birth);
        const auto century = cpr[6] >= '4' ? 2000 : 1900;
        ASSERT_EQ(date.year, century + std::stoi(cpr.substr(4, 2)));
        ASSERT_EQ(date.day, std::stoi(cpr.substr(0, 2)));
        ASSERT_EQ(date.month, std::stoi(cpr.substr(2, 2)));
    }
}

TEST(WallClock, agrees_with_the_zone_database_around_both_changes)
{
    const auto& zone = Zone::copenhagen();
    const simulated::WallClock clock(20454);
    for (const auto day : {day_of({2026, 3, 29}), day_of({2026, 10, 25}), day_of({2027, 3, 28}), day_of({2025, 12, 31}), day_of({2026, 7, 1})}) {
        for (Millis at = Millis{day - 1} * 24 * hour_ms; at < Millis{day + 1} * 24 * hour_ms; at += 30 * minute_ms) {
            ASSERT_EQ(clock.offset_s(at), zone.offset_at(at)) << rfc3339(at);
        }
    }
}
