// tests/tools/maps_test.cpp — `sluse maps`: explanations, the examples beside the maps, and what a change would change.
#include "gateway/tools/bundle_elements.hpp"
#include "gateway/tools/maps.hpp"
#include "tests/temporary.hpp"

#include <rapidjson/document.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/mman.h>
#include <unistd.h>

namespace sluse {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path schemas = fs::path(SLUSE_SOURCE_DIR) / "schemas";

std::string contents(int descriptor)
{
    std::string out;
    char buffer[65536];
    lseek(descriptor, 0, SEEK_SET);
    for (ssize_t n; (n = read(descriptor, buffer, sizeof buffer)) > 0;) out.append(buffer, static_cast<std::size_t>(n));
    close(descriptor);
    return out;
}

struct Told {
    int code;
    std::string out, err;
};

Told run(int (*act)(const MapsOptions&), MapsOptions options)
{
    if (options.schemas.empty()) options.schemas = schemas;
    options.out = memfd_create("out", 0);
    options.err = memfd_create("err", 0);
    const int code = act(options);
    return {code, contents(options.out), contents(options.err)};
}

class MapTools : public testing::Test {
protected:
    std::string file(const fs::path& name, std::string_view bytes)
    {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << bytes;
        return (folder_ / name).string();
    }
    std::string admission()
    {
        return file("adt.hl7", "MSH|^~\\&|EPJ|RH|SLUSE|REG|20260301101500||ADT^A01^ADT_A01|M1|P|2.5\rPID|1||2512489996^^^CPR||Eksempel^Bo\r"
                               "PV1|1|I||||||||Q17|||||||||V1\rZPI|1|farsi\r");
    }
    /// An overlay that maps ZPI-2 and gives PV1-10 another table.
    fs::path overlay()
    {
        file("epj/resources/Patient.tsv", "map\tPatient\tPatient\nZPI-2\t\textension[i].url\t\t\turn:example:interpreter\nZPI-2\t\textension[i].valueString!\n");
        file("epj/ignore.tsv", "set-id\tZPI-1\tposition only\n");
        return folder_ / "epj";
    }
    TemporaryDirectory directory_;
    const fs::path& folder_ = directory_.path();
};

TEST_F(MapTools, explain_names_value_source_bytes_and_row)
{
    MapsOptions options;
    options.files = {admission()};
    const auto told = run(run_maps_explain, options);
    EXPECT_EQ(told.code, 0) << told.err;
    EXPECT_THAT(told.out, testing::ContainsRegex("name\\[0\\]\\.family +Eksempel +PID\\[1\\]-5\\.1\\.1 +Eksempel +maps/hl7v2/types/people\\.tsv:[0-9]+ < "
                                                 "maps/hl7v2/resources/Patient\\.tsv:[0-9]+"));
    EXPECT_THAT(told.out, testing::ContainsRegex("PID\\[1\\]-1 +1 +ignored: set-id +maps/hl7v2/ignore\\.tsv:[0-9]+"));
    EXPECT_THAT(told.out, testing::ContainsRegex("ZPI\\[1\\]-2 +farsi +NOT MAPPED"));
}

TEST_F(MapTools, explain_as_json_covers_every_element)
{
    MapsOptions options;
    options.files = {admission()};
    options.json = true;
    const auto told = run(run_maps_explain, options);
    rapidjson::Document document;
    document.Parse(told.out.c_str());
    ASSERT_FALSE(document.HasParseError());
    for (const auto& element : document["elements"].GetArray()) {
        if (std::string_view(element["resource"].GetString()) == "Bundle") continue;
        EXPECT_TRUE(element.HasMember("row")) << element["resource"].GetString() << ' ' << element["path"].GetString();
    }
    std::size_t unmapped = 0;
    for (const auto& field : document["fields"].GetArray()) unmapped += std::string_view(field["fate"].GetString()) == "unmapped";
    EXPECT_GE(unmapped, 1u);
}

TEST_F(MapTools, explain_says_which_message_cannot_be_converted)
{
    MapsOptions options;
    options.files = {file("bad.hl7", "MSH|^~\\&|EPJ|RH|||20260301||ADT^A01|M1|P|2.5\rPV1|1|I\r")};
    const auto told = run(run_maps_explain, options);
    EXPECT_EQ(told.code, 1);
    EXPECT_THAT(told.err, HasSubstr("bad.hl7:1: PID"));
}

TEST_F(MapTools, the_examples_beside_the_maps_become_what_is_expected)
{
    const auto told = run(run_maps_test, {});
    EXPECT_EQ(told.code, 0) << told.out << told.err;
    EXPECT_THAT(told.out, HasSubstr("all become what is expected"));
}

TEST_F(MapTools, test_shows_path_expected_and_got)
{
    const auto example = folder_ / "examples" / "a01.hl7";
    fs::create_directories(example.parent_path());
    fs::copy_file(admission(), example);
    MapsOptions options;
    options.files = {folder_.string()};
    EXPECT_THAT(run(run_maps_test, options).out, HasSubstr("has no a01.fhir.json beside it"));
    options.update = true;
    EXPECT_EQ(run(run_maps_test, options).code, 0);
    options.update = false;
    EXPECT_EQ(run(run_maps_test, options).code, 0);
    std::ifstream in(folder_ / "examples" / "a01.fhir.json");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    text.replace(text.find("\"Eksempel\""), 10, "\"Udtænkt\"");
    file("examples/a01.fhir.json", text);
    const auto told = run(run_maps_test, options);
    EXPECT_EQ(told.code, 2);
    EXPECT_THAT(told.out, testing::ContainsRegex("Patient/[-0-9a-f]+ +name\\[0\\]\\.family +Udtænkt +Eksempel"));
    EXPECT_THAT(told.out, HasSubstr("1 examples: 1 differ"));
}

TEST_F(MapTools, diff_with_the_same_maps_finds_nothing)
{
    MapsOptions options;
    options.files = {admission()};
    options.with = schemas;
    const auto told = run(run_maps_diff, options);
    EXPECT_EQ(told.code, 0) << told.out;
    EXPECT_THAT(told.out, HasSubstr("0 of 1 messages differ"));
}

TEST_F(MapTools, diff_lists_what_a_changed_set_changes)
{
    fs::copy(schemas, folder_ / "changed", fs::copy_options::recursive);
    std::ofstream(folder_ / "changed" / "maps" / "hl7v2" / "resources" / "Zpi.tsv")
        << "map\tPatient\tPatient\nZPI-2\t\textension[i].url\t\t\turn:x:i\nZPI-2\t\textension[i].valueString!\n";
    MapsOptions options;
    options.files = {admission()};
    options.with = folder_ / "changed";
    const auto told = run(run_maps_diff, options);
    EXPECT_EQ(told.code, 2) << told.err;
    EXPECT_THAT(told.out, testing::ContainsRegex("extension\\[0\\]\\.valueString +- +farsi"));
    EXPECT_THAT(told.out, Not(HasSubstr("urn:sluse:map-set")));
    EXPECT_THAT(told.out, HasSubstr("1 of 1 messages differ: 2 elements added, 0 removed, 0 changed"));
}

TEST_F(MapTools, diff_lays_an_overlay_over_the_base)
{
    MapsOptions options;
    options.files = {admission()};
    options.with = overlay();
    const auto told = run(run_maps_diff, options);
    EXPECT_EQ(told.code, 2) << told.err;
    EXPECT_THAT(told.out, testing::ContainsRegex("extension\\[0\\]\\.valueString +- +farsi"));
    EXPECT_THAT(told.out, HasSubstr("fields not mapped: 2 before, 0 after"));
}

TEST_F(MapTools, diff_refuses_maps_with_a_mistake)
{
    file("epj/resources/Patient.tsv", "map\tPatient\tPatient\nPID-8\t\tgendre\n");
    MapsOptions options;
    options.files = {admission()};
    options.with = folder_ / "epj";
    const auto told = run(run_maps_diff, options);
    EXPECT_EQ(told.code, 78);
    EXPECT_THAT(told.err, HasSubstr("did you mean 'gender'?"));
}

TEST(BundleElements, pairs_resources_by_id_then_by_type)
{
    const std::string before = R"({"resourceType":"Bundle","entry":[{"fullUrl":"x","resource":{"resourceType":"Patient","id":"1","active":true}}]})";
    const std::string after = R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Flag","id":"9"}},{"resource":{"resourceType":"Patient","id":"2","active":true,"gender":"male"}}]})";
    const auto found = differences(*elements_of(before), *elements_of(after));
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].resource, "Flag/9");
    EXPECT_EQ(found[1].path, "id");
    EXPECT_EQ(found[1].before, "1");
    EXPECT_EQ(found[2].path, "gender");
}

TEST(BundleElements, indents_without_touching_text)
{
    EXPECT_EQ(indented(R"({"a":[1.10,{}],"b":"x: {\"y\"}, [z"})"), "{\n  \"a\": [\n    1.10,\n    {}\n  ],\n  \"b\": \"x: {\\\"y\\\"}, [z\"\n}\n");
}

} // namespace
} // namespace sluse
