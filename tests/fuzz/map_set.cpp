// tests/fuzz/map_set.cpp — any bytes as an overlay over the real maps: mistakes are told; what compiles renders valid JSON, with a trace in order.
#include "adapters/fhir/json.hpp"
#include "adapters/hl7v2/adapter.hpp"
#include "gateway/normalise/maps.hpp"
#include "gateway/normalise/trace.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

using namespace sluse;
namespace fs = std::filesystem;

constexpr std::string_view message = "MSH|^~\\&|EPJ|RH|X|Y|20260301101500||ADT^A01|M1|P|2.5\rPID|1||2512489996^^^CPR~77^^^RH||Eksempel^Bo||1948|F\r"
                                     "PV1|1|I|4012^12^3||||LK44^Lund||||||||||||V1\rOBX|1|NM|A^B^L||5|mg\rNTE|1||n\rZPI|1|farsi~tysk|&x\r";

fs::path schemas()
{
    const auto* given = std::getenv("SLUSE_SCHEMAS");
    const std::string here = __FILE__;
    return given ? fs::path(given) : fs::path(here.substr(0, here.rfind("tests/fuzz")) + "schemas");
}

/// The elements of a few types: reading all of FHIR's takes longer than compiling a map.
void copy_elements(const fs::path& to)
{
    constexpr std::string_view kept[] = {"#", "Patient", "Encounter", "Observation", "HumanName", "Reference", "CodeableConcept", "Coding", "Quantity", "Extension", "Element", "Period"};
    std::ifstream in(schemas() / "maps/fhir-r4.tsv");
    std::ofstream out(to);
    for (std::string line; std::getline(in, line);)
        if (std::ranges::any_of(kept, [&](std::string_view type) { return line.starts_with(type); })) out << line << '\n';
}

/// A set of maps on a memory disk: a few rows of each kind.
const fs::path& folder()
{
    static const auto made = [] {
        const auto at = fs::path("/dev/shm") / ("sluse_fuzz_" + std::to_string(getpid()));
        for (const auto* part : {"maps/hl7v2/messages", "maps/hl7v2/resources", "maps/hl7v2/types", "codes/hl7v2", "maps/systems/x/resources"}) fs::create_directories(at / part);
        copy_elements(at / "maps/fhir-r4.tsv");
        std::ofstream(at / "maps/hl7v2/messages/ADT.tsv") << "structure\tADT\ntypes\tADT^A01 *\ngroup\tmessage\t-\tMSH\tEVN\t-\ngroup\tpatient\tmessage\tPID\tPV1 NTE ZPI\tPatient Encounter\n"
                                                              "group\tresult\tpatient\tOBX\tNTE\tObservation\n";
        std::ofstream(at / "maps/hl7v2/resources/base.tsv") << "map\tPatient\tPatient\nid\tcx\tpatient\tPID-3\nPID-5\t\tname\tXPN[HumanName]\nPID-8\t\tgender\t\tSex\n"
                                                                "map\tEncounter\tEncounter\nid\tsender\tvisit\tPV1-19\n\t\tstatus\t\t\tunknown\nPV1-2\t\tclass.code\n"
                                                                "map\tObservation\tObservation\nid\tpart\tPatient\tOBX-3\n\t\tstatus\t\t\tfinal\nOBX-3.2\t\tcode.text\nOBX-5\tOBX-5 is number\tvalueQuantity.value\n"
                                                                "\t\tsubject\tref Patient\n";
        std::ofstream(at / "maps/hl7v2/types/base.tsv") << "type\tXPN[HumanName]\tHumanName\n.1\t\tfamily\n.2\t\tgiven\n";
        std::ofstream(at / "codes/hl7v2/Sex.tsv") << "F\tfemale\nM\tmale\n";
        std::atexit([] { fs::remove_all(folder()); });
        return at;
    }();
    return made;
}

void render(const Maps& maps)
{
    SystemSettings system;
    system.overlay = "x";
    const auto checked = hl7v2::check(message, system);
    static const auto keys = Keys::demonstration();
    Normalised out, traced;
    Trace trace;
    if (!hl7v2::normalise(message, checked, {maps, system, keys.resource, {}, 0}, out)) return;
    if (!hl7v2::normalise(message, checked, {maps, system, keys.resource, {}, 0, &trace}, traced) || out.bundle != traced.bundle) std::abort();
    if (!fhir::Json::parse(out.bundle)) std::abort();
    for (std::size_t i = 1; i < trace.values.size(); ++i)
        if (trace.values[i - 1].start > trace.values[i].start || trace.values[i].end > out.bundle.size()) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size > 4096) return -1;
    std::ofstream(folder() / "maps/systems/x/resources/x.tsv", std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    Issues issues;
    if (const auto maps = Maps::load(folder(), issues)) render(*maps);
    else if (issues.empty()) std::abort();
    return 0;
}
