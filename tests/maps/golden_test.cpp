// tests/maps/golden_test.cpp — sample messages beside the FHIR they become: what a clinician can read and object to.
#include "adapters/adapter.hpp"
#include "gateway/base/files.hpp"
#include "tests/shipped_maps.hpp"

#include <gtest/gtest.h>
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluse {
namespace {

namespace fs = std::filesystem;

// The set's hash changes with every edit of any map; the golden files must not.
std::string without_hash(std::string text)
{
    for (auto at = text.find(shipped_maps().hash()); at != text.npos; at = text.find(shipped_maps().hash())) text.replace(at, 64, "MAPSET");
    return text;
}

// RapidJSON's own writes numbers that are kept as text in quotes.
struct Pretty : rapidjson::PrettyWriter<rapidjson::StringBuffer> {
    using PrettyWriter::PrettyWriter;
    bool RawNumber(const char* text, rapidjson::SizeType size, bool)
    {
        PrettyPrefix(rapidjson::kNumberType);
        return WriteRawValue(text, size);
    }
};

std::string pretty(const std::string& json)
{
    rapidjson::StringBuffer buffer;
    Pretty writer(buffer);
    writer.SetIndent(' ', 1);
    rapidjson::Reader reader; // numbers as text: 4.10 says more than 4.1
    rapidjson::StringStream stream(json.c_str());
    reader.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag>(stream, writer);
    EXPECT_FALSE(reader.HasParseError()) << rapidjson::GetParseError_En(reader.GetParseErrorCode()) << " at " << reader.GetErrorOffset();
    return without_hash(buffer.GetString()) + '\n';
}

// What travels beside the bundle: issues, deletions, links, coverage.
std::string beside(const Normalised& n)
{
    std::string out;
    for (const auto& issue : n.issues) out += "issue " + issue.path + ": " + issue.text + '\n';
    for (const auto& d : n.deleted) out += "deleted " + n.resources[d.resource].type + '.' + d.path + '\n';
    for (const auto& l : n.links) out += std::string(l.active ? "link " : "unlink ") + l.a.node() + " = " + l.b.node() + '\n';
    for (const auto& path : n.coverage.unmapped) out += "unmapped " + path + '\n';
    if (n.partial) out += "partial\n";
    return out;
}

void expect_recorded(const fs::path& file, const std::string& actual) // a run that rewrites a golden file still fails
{
    const auto recorded = bytes_of(file);
    EXPECT_EQ(recorded, actual) << file;
    if (recorded != actual && std::getenv("GOLDEN_UPDATE")) std::ofstream(file, std::ios::binary) << actual;
}

std::vector<fs::path> cases()
{
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(SLUSE_SOURCE_DIR "/tests/maps/cases"))
        if (entry.path().extension() == ".hl7" || entry.path().extension() == ".xml") out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, becomes_the_recorded_bundle)
{
    auto bytes = bytes_of(GetParam());
    if (GetParam().extension() == ".hl7") std::ranges::replace(bytes, '\n', '\r');
    const auto* adapter = adapter_for(bytes);
    ASSERT_TRUE(adapter);
    const SystemSettings system;
    const auto checked = adapter->check(bytes, system);
    ASSERT_TRUE(checked.decoded);
    const auto keys = Keys::demonstration();
    Normalised out;
    const NormaliseContext context{shipped_maps(), system, keys.resource, {}, 0};
    const auto done = adapter->normalise(bytes, checked, context, out);
    ASSERT_TRUE(done) << done.error().where;
    for (const auto& span : out.resources) EXPECT_TRUE(std::string_view(out.bundle).substr(span.offset, span.length).ends_with('}')) << span.type;
    expect_recorded(fs::path(GetParam()).replace_extension(".fhir.json"), pretty(out.bundle));
    expect_recorded(fs::path(GetParam()).replace_extension(".issues"), beside(out));
}

std::string case_name(const testing::TestParamInfo<fs::path>& info)
{
    auto name = info.param.stem().string();
    std::ranges::replace_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Maps, Golden, testing::ValuesIn(cases()), case_name);

} // namespace
} // namespace sluse
