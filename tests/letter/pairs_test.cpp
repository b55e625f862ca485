// tests/letter/pairs_test.cpp — one letter in EDIFACT and in OIOXML must become the same FHIR: our own pairs, and
// letters made of each schema.
#include "adapters/edifact/adapter.hpp"
#include "adapters/oioxml/adapter.hpp"
#include "gateway/base/files.hpp"
#include "tests/letter/made_letter.hpp"
#include "tests/shipped_maps.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace sluse {
namespace {

namespace fs = std::filesystem;
using rapidjson::Value;

std::string fhir(const std::string& bytes)
{
    const auto* adapter = adapter_for(bytes);
    const SystemSettings system;
    const auto checked = adapter->check(bytes, system);
    if (!checked.decoded) return "not decoded";
    if (checked.answer != Answer::accepted) return checked.issues.empty() ? "refused" : "refused: " + checked.issues.front().path + ": " + checked.issues.front().text;
    const auto keys = Keys::demonstration();
    Normalised out;
    const auto done = adapter->normalise(bytes, checked, {shipped_maps(), system, keys.resource, {}, 0}, out);
    return done ? out.bundle : done.error().where;
}

/// Every value by its path; a resource goes by its type and its number among its like, since ids follow from content.
void flatten(const Value& value, const std::string& path, std::map<std::string, std::string>& out)
{
    if (value.IsObject()) {
        for (const auto& member : value.GetObject()) flatten(member.value, path + '.' + member.name.GetString(), out);
    } else if (value.IsArray()) {
        for (rapidjson::SizeType i = 0; i < value.Size(); ++i) flatten(value[i], path + '[' + std::to_string(i) + ']', out);
    } else {
        rapidjson::StringBuffer text;
        rapidjson::Writer<rapidjson::StringBuffer> writer(text);
        value.Accept(writer);
        out[path] = text.GetString();
    }
}

std::map<std::string, std::string> values(const std::string& bundle)
{
    rapidjson::Document document;
    std::map<std::string, std::string> out;
    if (document.Parse<rapidjson::kParseNumbersAsStringsFlag>(bundle.c_str()).HasParseError())
        return {
            {bundle, ""}
        };
    std::map<std::string, unsigned> count;
    for (const auto& entry : document["entry"].GetArray()) {
        const auto& resource = entry["resource"];
        const std::string type = resource["resourceType"].GetString();
        flatten(resource, type + '#' + std::to_string(++count[type]), out);
    }
    return out;
}

/// "Observation.valueQuantity.value", without the numbers that tell its like apart.
std::string kind_of(const std::string& path)
{
    std::string out;
    bool skipping = false;
    for (const char c : path) {
        if (c == '[' || c == '#') skipping = true;
        if (!skipping || c == '.') out += c, skipping = false;
        if (c == ']') skipping = false;
    }
    return out;
}

/// The kinds of places where two bundles differ.
std::set<std::string> differences(const std::string& a, const std::string& b, std::string* told = nullptr)
{
    std::set<std::string> out;
    const auto one = values(a), other = values(b);
    const auto look = [&](const auto& mine, const auto& theirs, const char* side) {
        for (const auto& [path, value] : mine) {
            const auto found = theirs.find(path);
            if (found != theirs.end() && found->second == value) continue;
            out.insert(kind_of(path));
            if (told) *told += std::string(side) + path + " = " + value.substr(0, 100) + '\n';
        }
    };
    look(one, other, "  edifact ");
    look(other, one, "  oioxml  ");
    return out;
}

void expect_recorded(const fs::path& file, const std::string& actual)
{
    const auto recorded = bytes_of(file);
    EXPECT_EQ(recorded, actual) << file;
    if (recorded != actual && std::getenv("GOLDEN_UPDATE")) std::ofstream(file, std::ios::binary) << actual;
}

std::string line_of(const std::string& name, const std::set<std::string>& kinds)
{
    auto out = name + (kinds.empty() ? "\tequal" : "\t");
    for (const auto& kind : kinds) out += (kind == *kinds.begin() ? "" : " ") + kind;
    return out + '\n';
}

/// Why a letter has no EDIFACT: the list without a code for its word, or its consent.
std::string reason_of(const std::string& fault)
{
    const auto list = fault.find("of the list ");
    return list != fault.npos ? fault.substr(list + 12, fault.find(';', list) - list - 12) : fault.find("/Consent/Given") != fault.npos ? "consent" : fault;
}

TEST(Pairs, become_the_same_fhir)
{
    std::set<fs::path> names;
    for (const auto& entry : fs::directory_iterator(SLUSE_SOURCE_DIR "/tests/edifact/letters"))
        if (entry.path().extension() == ".edi") names.insert(entry.path());
    std::string out = "# Our pairs of one letter in EDIFACT and OIOXML, and the elements of FHIR in which they differ.\n";
    for (auto name : names) out += line_of(name.stem().string(), differences(fhir(bytes_of(name)), fhir(bytes_of(name.replace_extension(".xml")))));
    expect_recorded(SLUSE_SOURCE_DIR "/tests/letter/pairs.tsv", out);
}

/// A bundle has one entry for one resource, however many letters of an Emessage speak of it.
TEST(Pairs, several_letters_of_one_message_share_their_resources)
{
    const auto xml = bytes_of(SLUSE_SOURCE_DIR "/tests/edifact/letters/DIS20.xml");
    const auto from = xml.find("<NotificationOfAdmission>"), to = xml.find("</Emessage>");
    auto second = xml.substr(from, to - from);
    for (auto at = second.find("B2001"); at != second.npos; at = second.find("B2001")) second.replace(at, 5, "B2002");
    second.replace(second.find("Eksempel Sygehus"), 16, "Andet Sygehus");
    const auto bundle = fhir(xml.substr(0, to) + second + xml.substr(to));
    rapidjson::Document document;
    ASSERT_FALSE(document.Parse(bundle.c_str()).HasParseError()) << bundle;
    std::map<std::string, unsigned> types;
    std::set<std::string> urls;
    for (const auto& entry : document["entry"].GetArray()) {
        EXPECT_TRUE(urls.insert(entry["fullUrl"].GetString()).second) << entry["fullUrl"].GetString();
        ++types[entry["resource"]["resourceType"].GetString()];
    }
    EXPECT_EQ(types["MessageHeader"], 2u);
    EXPECT_EQ(types["Patient"], 1u);
    EXPECT_EQ(types["Organization"], 2u);
}

/// dk-core has one CPR number for a relative, whatever a letter of a version without a schema repeats.
TEST(Pairs, a_relative_has_one_number)
{
    auto xml = bytes_of(SLUSE_SOURCE_DIR "/tests/edifact/letters/DIS01.xml");
    xml.replace(xml.find("XD0133L"), 7, "XD0134L");
    const auto surname = xml.find("<PersonSurnameName>", xml.find("<Relative>"));
    ASSERT_NE(surname, xml.npos);
    xml.insert(surname, "<PersonIdentifier>0101500001</PersonIdentifier><PersonIdentifier>0101500001</PersonIdentifier>");
    const auto bundle = fhir(xml);
    const auto first = bundle.find("0101500001");
    EXPECT_NE(first, bundle.npos) << bundle;
    EXPECT_EQ(bundle.find("0101500001", first + 1), bundle.npos);
}

constexpr unsigned variants = 9;

TEST(Pairs, made_of_the_schemas_become_the_same_fhir)
{
    std::string out = "# Letters made of each version's schema, nine variants of each: written as EDIFACT, both forms "
                      "to FHIR, and the elements in which these differ.\n"
                      "# Why: docs/formats/edifact.md.\n";
    const char* const keep = std::getenv("MADE_LETTERS"); // a folder for a closer look
    unsigned equal = 0, refused = 0, all = 0;
    for (const auto& [version, table] : edifact::tables().by_version) {
        if (table->acknowledgement) continue;
        std::set<std::string> kinds;
        for (unsigned variant = 0; variant < variants; ++variant, ++all) {
            // A word that EDIFACT has no code for refuses the letter: the next throw of the dice may do without it.
            auto xml = letter::MadeLetter(*table, variant).text();
            Issues left_out;
            auto edi = edifact::from_oioxml(xml, &left_out);
            for (unsigned again = 1; !edi && again < 20; ++again) {
                xml = letter::MadeLetter(*table, variant + again * variants).text();
                edi = edifact::from_oioxml(xml, &left_out);
            }
            std::string told;
            const auto found = edi ? differences(fhir(*edi), fhir(xml), &told) : std::set<std::string>{"refused:" + reason_of(edi.error().where)};
            equal += found.empty();
            refused += !edi;
            kinds.insert(found.begin(), found.end());
            if (!keep) continue;
            const auto file = std::string(keep) + '/' + version + '-' + std::to_string(variant);
            std::ofstream(file + ".xml") << xml;
            if (edi) std::ofstream(file + ".edi", std::ios::binary) << *edi;
            for (const auto& issue : left_out) told += "  left out: " + issue.path + '\n';
            std::ofstream(file + ".txt") << (edi ? told : edi.error().where + '\n');
        }
        out += line_of(version, kinds);
    }
    expect_recorded(SLUSE_SOURCE_DIR "/tests/letter/made_pairs.tsv",
                    out + "equal\t" + std::to_string(equal) + " of " + std::to_string(all) + ", refused " + std::to_string(refused) + '\n');
}

} // namespace
} // namespace sluse
