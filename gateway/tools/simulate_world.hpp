// gateway/tools/simulate_world.hpp — hospitals, units, sending systems, diagnoses and tests of the synthetic population, as tables.
#pragma once

#include "gateway/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluse::simulated {

struct Hospital {
    std::string_view code, name;
    std::uint8_t region;
};
constexpr Hospital hospitals[] = {
    {"OEH", "Øresund Hospital", 0}, {"KGH", "Kongens Hospital", 0}, {"NSH", "Nordsjællands Kysthospital", 0},
    {"SEH", "Sjællands Enghospital", 1}, {"STH", "Storstrøm Hospital", 1}, {"FYH", "Fyns Åhospital", 2},
    {"VAH", "Vadehavet Sygehus", 2}, {"TRH", "Trekant Sygehus", 2}, {"AAH", "Aarhus Bugt Hospital", 3},
    {"GUH", "Gudenå Hospital", 3}, {"FJH", "Fjordland Hospital", 3}, {"LIH", "Limfjord Sygehus", 4},
};
constexpr std::uint8_t hospital_count = 12;

struct UnitKind {
    std::string_view name, service; ///< service: PV1-10, HL7 table 0069
    bool psychiatric;
};
constexpr UnitKind unit_kinds[] = {
    {"Akutmodtagelse", "MED", false}, {"Medicinsk Sengeafsnit", "MED", false}, {"Lungemedicinsk Afdeling", "PUL", false},
    {"Kardiologisk Afdeling", "CAR", false}, {"Kirurgisk Afdeling", "SUR", false}, {"Ortopædkirurgisk Afdeling", "SUR", false},
    {"Ambulatorium", "MED", false}, {"Psykiatrisk Modtagelse", "PSY", true}, {"Psykiatrisk Sengeafsnit", "PSY", true},
};
constexpr std::uint8_t emergency_unit = 0, clinic_unit = 6, psychiatric_emergency = 7, psychiatric_ward = 8, laboratory_unit = 20;

/// A SOR-like number of 15 digits; numbers that begin with 99 have been given to no one.
void append_unit_code(std::string& out, std::uint8_t hospital, std::uint8_t unit);

struct DiagnosisCode {
    std::string_view code, text;
    std::uint8_t unit;      ///< the ward that usually treats it
    std::uint8_t back;      ///< of a hundred discharges, so many come back acutely within 30 days
};
constexpr DiagnosisCode acute_diagnoses[] = {
    {"DJ441", "Kronisk obstruktiv lungesygdom med akut eksacerbation", 2, 24}, {"DJ189", "Pneumoni UNS", 1, 17},
    {"DI500", "Venstresidig hjerteinsufficiens", 3, 22}, {"DI639", "Hjerneinfarkt UNS", 1, 10},
    {"DS720", "Fraktur af lårbenshals", 5, 13}, {"DN390", "Urinvejsinfektion uden angivelse af lokalisation", 1, 16},
    {"DI489", "Atrieflimren eller atrieflagren UNS", 3, 14}, {"DA419", "Sepsis UNS", 1, 18},
    {"DK358", "Akut appendicitis", 4, 5}, {"DR074", "Brystsmerter UNS", 3, 9},
    {"DE115", "Type 2-diabetes med perifere kredsløbskomplikationer", 1, 15}, {"DS060", "Hjernerystelse", 5, 4},
};
constexpr DiagnosisCode planned_diagnoses[] = {
    {"DM169", "Hofteledsartrose UNS", 5, 6}, {"DM179", "Knæledsartrose UNS", 5, 6}, {"DC509", "Brystkræft UNS", 4, 9},
    {"DK409", "Ensidigt lyskebrok uden inkarceration", 4, 4}, {"DK802", "Galdeblæresten uden kolecystitis", 4, 6},
    {"DI251", "Aterosklerotisk hjertesygdom", 3, 8}, {"DC349", "Lungekræft UNS", 2, 15},
};
constexpr DiagnosisCode psychiatric_diagnoses[] = {
    {"DF200", "Paranoid skizofreni", 8, 26}, {"DF329", "Depressiv enkeltepisode UNS", 8, 17}, {"DF319", "Bipolar affektiv sindslidelse UNS", 8, 20},
    {"DF432", "Tilpasningsreaktion", 8, 12}, {"DF102", "Alkoholafhængighedssyndrom", 8, 25},
};

struct TestCode {
    std::string_view npu, text, unit, ucum, range;
    int low, high, decimals; ///< results between low and high, in units of 10^-decimals
    int from, to;            ///< the reference interval, likewise
};
constexpr TestCode tests[] = {
    {"NPU19748", "C-reaktivt protein [CRP];P", "mg/L", "mg/L", "<8", 1, 220, 0, 0, 8},
    {"NPU02319", "Hæmoglobin(Fe);B", "mmol/L", "mmol/L", "7.3-10.5", 52, 112, 1, 73, 105},
    {"NPU18016", "Kreatininium;P", "µmol/L", "umol/L", "45-105", 38, 260, 0, 45, 105},
    {"NPU03429", "Natrium-ion;P", "mmol/L", "mmol/L", "137-145", 124, 151, 0, 137, 145},
    {"NPU03230", "Kalium-ion;P", "mmol/L", "mmol/L", "3.5-4.4", 27, 58, 1, 35, 44},
    {"NPU02593", "Leukocytter;B", "10^9/L", "10*9/L", "3.5-8.8", 21, 240, 1, 35, 88},
    {"NPU27300", "Hæmoglobin A1c(IFCC);Hb(B)", "mmol/mol", "mmol/mol", "<48", 29, 105, 0, 0, 48},
    {"NPU01566", "Kolesterol+ester;P", "mmol/L", "mmol/L", "<5.0", 26, 88, 1, 0, 50},
};
constexpr std::uint32_t test_count = 8;
constexpr std::string_view pcr_code = "NPU59142", pcr_text = "SARS-CoV-2(RNA);Sekret(Svælg)";

enum class Sends { people, contacts, hospital_results, practice_results, pcr };

/// One sending system. What it writes and how is fixed by its number, so that a larger number of systems only adds some.
struct SendingSystem {
    std::string application, facility; ///< MSH-3, MSH-4
    std::string name;                  ///< "EPJ|RH1"
    std::string prefix;                ///< of its control ids
    bool fhir{};
    bool latin1{};                     ///< ISO 8859-1, else UTF-8
    bool declares_charset{};           ///< MSH-18 is filled
    bool enhanced{};                   ///< asks for accept acknowledgements (MSH-15)
    bool offsets{};                    ///< its times carry their offset
    bool minutes{};                    ///< its times end at the minute
    std::uint64_t sent{};
};

} // namespace sluse::simulated
