// tests/maps/compile_test.cpp — mistakes in maps are told with file, line and the nearest right name; overlays are laid over the base.
#include "adapters/hl7v2/adapter.hpp"
#include "gateway/normalise/compile.hpp"
#include "gateway/normalise/maps.hpp"
#include "tests/temporary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace sluse {
namespace {

namespace fs = std::filesystem;

std::string errors_of(std::string_view rows)
{
    static const auto elements = Elements::load(SLUSE_SOURCE_DIR "/schemas/maps/fhir-r4.tsv");
    Plan plan;
    Issues issues;
    Compiler compiler(*elements, plan, issues);
    compiler.codes(parse_map_file("AdministrativeSex.tsv", "F\tfemale\n"), "AdministrativeSex");
    const auto file = parse_map_file("x.tsv", rows);
    compiler.declare(file);
    compiler.rows(file, false);
    compiler.finish();
    std::string out;
    for (const auto& issue : issues) out += issue.path + ": " + issue.text + '\n';
    return out;
}

constexpr std::string_view patient = "map\tPatient\tPatient\nid\tcx\tpatient\tPID-3\n";

TEST(MapCompiler, says_nothing_of_a_right_row)
{
    EXPECT_EQ(errors_of(std::string(patient) + "PID-7\t\tbirthDate\nPID-8\t\tgender\t\tAdministrativeSex\n"), "");
}

TEST(MapCompiler, names_the_nearest_element)
{
    EXPECT_EQ(errors_of(std::string(patient) + "PID-7\t\tbirthdate\n"),
              "x.tsv:3: element of Patient 'birthdate' is not known; did you mean 'birthDate'?\n");
}

TEST(MapCompiler, names_the_nearest_code_table_and_function)
{
    EXPECT_EQ(errors_of(std::string(patient) + "PID-8\t\tgender\t\tAdministrativSex\nPID-5\t\tactive\tverbatm\n"),
              "x.tsv:3: code table 'AdministrativSex' is not known; did you mean 'AdministrativeSex'?\n"
              "x.tsv:4: function 'verbatm' is not known; did you mean 'verbatim'?\n");
}

/// The indented lines of the guide's table that stand before a gap of two blanks or more and its explanation, as words.
std::vector<std::string> words_of_the_guide()
{
    std::ifstream guide(SLUSE_SOURCE_DIR "/docs/mapping.md");
    std::vector<std::string> out;
    bool inside = false;
    for (std::string line; std::getline(guide, line);) {
        if (line.starts_with("## ")) inside = line == "## The words of a row";
        if (!inside || !line.starts_with("    ")) continue;
        std::istringstream names(line.substr(0, line.find("   ", 4)));
        for (std::string name; names >> name;) out.push_back(name);
    }
    return out;
}

TEST(MapCompiler, has_the_words_that_the_guide_tells_of_and_tells_of_every_predicate)
{
    const auto told = words_of_the_guide();
    auto known = function_names();
    for (const auto name : predicate_names()) {
        known.push_back(name);
        EXPECT_NE(std::ranges::find(told, name), told.end()) << name << " is not in docs/mapping.md";
    }
    EXPECT_GT(told.size(), 30u);
    for (const auto& name : told) EXPECT_NE(std::ranges::find(known, name), known.end()) << name << " is no word of a row";
}

TEST(MapCompiler, refuses_sources_and_types_that_do_not_fit)
{
    EXPECT_EQ(errors_of(std::string(patient) + "PID7\t\tbirthDate\nPID-5\t\tname\nPID-5\t\tname.given.x\n"),
              "x.tsv:3: source 'PID7' is not like 'PID', 'PID-3', 'PID-3.4.2', 'NTE*-3', '.4' or '$event'\n"
              "x.tsv:4: 'HumanName' is no simple value: name a data type map or a function\n"
              "x.tsv:5: element of string 'x' is not known\n");
}

TEST(MapCompiler, refuses_data_type_maps_that_never_end)
{
    EXPECT_EQ(errors_of(std::string(patient) + "type\tA[HumanName]\tHumanName\n.1\t\textension[x].valueHumanName\tB[HumanName]\n"
                                               "type\tB[HumanName]\tHumanName\n.1\t\textension[y].valueHumanName\tA[HumanName]\n"),
              "x.tsv:6: the data type map calls itself, directly or by way of others\n");
}

TEST(MapCompiler, refuses_references_to_what_has_no_id)
{
    EXPECT_EQ(errors_of("map\tPatient\tPatient\npart\nPID-7\t\tbirthDate\nmap\tPerson\tPerson\nid\tsender\tx\tPID-3\n\t\tlink[x].target\tref Patient\n"),
              "x.tsv:6: 'Patient' is a part of other resources: take 'each', or leave out its line 'part'\n");
}

TEST(MapCompiler, refuses_a_resource_without_what_fhir_requires)
{
    EXPECT_EQ(errors_of("map\tObs\tObservation\nid\tsender\tx\tMSH-10\nOBX-11\t\tstatus\n"),
              "x.tsv:1: map 'Obs': Observation.code is required by FHIR and no row writes it\n");
}

TEST(MapCompiler, refuses_a_condition_on_an_element_that_stands_below)
{
    EXPECT_EQ(errors_of(std::string(patient) + "PID-7\twithout gender\tbirthDate\nPID-8\t\tgender\n"),
              "x.tsv:3: element (it must stand above this row) 'gender' is not known\n");
}

struct Schemas { // a copy of the real ones, with room for an overlay
    Schemas()
    {
        fs::copy(SLUSE_SOURCE_DIR "/schemas/maps", folder / "maps", fs::copy_options::recursive);
        fs::copy(SLUSE_SOURCE_DIR "/schemas/codes", folder / "codes", fs::copy_options::recursive);
    }
    void write(const fs::path& name, std::string_view text) const
    {
        fs::create_directories((folder / name).parent_path());
        std::ofstream(folder / name) << text;
    }
    TemporaryDirectory directory;
    const fs::path& folder = directory.path();
};

std::string converted(const Maps& maps, const std::string& overlay, std::string_view message)
{
    SystemSettings system;
    system.overlay = overlay;
    const auto checked = hl7v2::check(message, system);
    const auto keys = Keys::demonstration();
    Normalised out;
    const NormaliseContext context{maps, system, keys.resource, {}, 0};
    const auto done = hl7v2::normalise(message, checked, context, out);
    EXPECT_TRUE(done);
    return out.bundle;
}

constexpr std::string_view admitted = "MSH|^~\\&|EPJ|RH|GW|RH|20260301101500+0100||ADT^A01^ADT_A01|1|P|2.5.1\rEVN|A01|20260301101500+0100\r"
                                      "PID|1||2512489996^^^CPR^NNDNK||S\xc3\xb8nderg\xc3\xa5rd^\xc3\x85se||19481225|K2\r"
                                      "PV1|1|I|||||||||||||||||V1\rZPA|1|ja\r";

TEST(MapOverlay, adds_rows_and_codes_for_one_system_alone)
{
    Schemas schemas;
    schemas.write("maps/systems/epj/resources/Patient.tsv", "map\tPatient\tPatient\nZPA-2\tZPA-2=ja\tactive\t\t\ttrue\n");
    schemas.write("maps/systems/epj/codes/AdministrativeSex.tsv", "K2\tfemale\n");
    Issues issues;
    const auto maps = Maps::load(schemas.folder, issues);
    for (const auto& issue : issues) ADD_FAILURE() << issue.path << ": " << issue.text;
    ASSERT_TRUE(maps);
    const auto with = converted(*maps, "epj", admitted), without = converted(*maps, "", admitted);
    EXPECT_NE(with.find("\"active\":true"), with.npos);
    EXPECT_NE(with.find("\"gender\":\"female\""), with.npos);
    EXPECT_EQ(without.find("\"active\""), without.npos);
    EXPECT_EQ(without.find("\"gender\""), without.npos);
}

TEST(MapOverlay, asks_values_alike_wherever_and_however_they_stand)
{
    Schemas schemas;
    schemas.write("maps/systems/epj/resources/Patient.tsv",
                  "map\tPatient\tPatient\nZPA-2\tZPA-2=ja,JA\tactive\t\t\ttrue\nZPA-2\tZPA-2.2!=x and ZPA-3=no\tactive\t\t\tfalse\n");
    Issues issues;
    const auto maps = Maps::load(schemas.folder, issues);
    ASSERT_TRUE(maps);
    const std::string full(60, '|'), head(admitted.substr(0, admitted.find("ZPA")));
    const std::pair<std::string, std::string_view> cases[] = {
        {"ZPA|1|ja", "true"},  {"ZPA|1|~ ja ^b~c", "true"}, {"ZPA|1|JA^b", "true"},  {"ZPA|1|jaa", ""},
        {"ZPA|1|", ""},        {"", ""},                    {"ZPA", ""},             {"ZPA|1||no", ""},
        {"ZPA|1|a^y|no", "false"}, {"ZPA|1|a|no", "false"}, {"ZPA|1|a^x|no", ""},    {"ZPA|1|ja^x|no", "true"},
        {"ZPA|1|abcdefghijkl|no", "false"}, {"ZPA|1|b" + full + "b|b|b|b", ""},      {"ZPA|1|ja" + full, "true"},
    };
    for (const auto& [segment, active] : cases) {
        const auto bundle = converted(*maps, "epj", head + segment + '\r');
        const auto at = bundle.find("\"active\":");
        EXPECT_EQ(at == bundle.npos ? std::string() : bundle.substr(at + 9, bundle.find_first_of(",}", at) - at - 9), active) << segment;
    }
}

TEST(MapOverlay, with_a_mistake_fails_the_whole_set_and_says_where)
{
    Schemas schemas;
    schemas.write("maps/systems/epj/resources/Patient.tsv", "map\tPatient\tPatient\nZPA-2\t\tactve\n");
    Issues issues;
    EXPECT_FALSE(Maps::load(schemas.folder, issues));
    ASSERT_EQ(issues.size(), 1u);
    EXPECT_EQ(issues[0].path, "maps/systems/epj/resources/Patient.tsv:2");
    EXPECT_EQ(issues[0].text, "element of Patient 'actve' is not known; did you mean 'active'?");
}

TEST(MapOverlay, tells_of_a_map_that_nothing_makes)
{
    Schemas schemas;
    schemas.write("maps/systems/epj/resources/Patient.tsv", "map\tPatiant\tPatient\nid\tsender\tx\tZPA-1\nZPA-2\t\tactive\n");
    Issues issues;
    EXPECT_FALSE(Maps::load(schemas.folder, issues));
    ASSERT_EQ(issues.size(), 1u);
    EXPECT_EQ(issues[0].path, "maps/systems/epj/resources/Patient.tsv:1");
    EXPECT_EQ(issues[0].text, "map 'Patiant' is made by no group of a message map, nor by a row; did you mean 'Patient'?");
}

TEST(Maps, change_their_hash_with_any_file)
{
    Schemas schemas;
    Issues issues;
    const auto before = Maps::load(schemas.folder, issues)->hash();
    schemas.write("maps/hl7v2/coding-systems.tsv", "LN\thttp://loinc.org\n");
    EXPECT_NE(Maps::load(schemas.folder, issues)->hash(), before);
}

TEST(Normalise, gives_the_same_bytes_for_the_same_message)
{
    Issues issues;
    const auto maps = Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
    ASSERT_TRUE(maps);
    EXPECT_EQ(converted(*maps, "", admitted), converted(*maps, "", admitted));
}

TEST(Normalise, keeps_the_scale_of_numbers)
{
    Issues issues;
    const auto maps = Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
    ASSERT_TRUE(maps);
    const auto bundle = converted(*maps, "", "MSH|^~\\&|LAB|RH|GW|RH|20260301101500+0100||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1||2512489996^^^CPR^NNDNK\r"
                                             "OBR|1||F1|A^A^L|||20260301\rOBX|1|NM|K^K^L||4.10|mmol/L|||||F\r");
    EXPECT_NE(bundle.find("\"value\":4.10"), bundle.npos);
}

} // namespace
} // namespace sluse
