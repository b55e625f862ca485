// tests/timeline/extract_test.cpp — what facts a message's resources say, and what events mean for a contact.
#include "gateway/timeline/extract.hpp"

#include "gateway/timeline/codes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluse {
namespace {

const std::string cpr{cpr_system};

Normalised message(std::string event, std::initializer_list<std::array<std::string_view, 3>> resources)
{
    Normalised n;
    n.event = std::move(event);
    n.recorded_ms = *parse_instant("2026-03-01T10:00:00Z");
    n.persons = {{cpr, "0108589995"}};
    for (const auto& [type, id, json] : resources) {
        n.resources.push_back({std::string(type), std::string(id), n.bundle.size(), json.size()});
        n.bundle += json;
    }
    return n;
}

std::string shown(const FactValue& v)
{
    if (const auto* number = std::get_if<std::int64_t>(&v)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&v)) return *text;
    return "deleted";
}

/// "kind key attr=value …" per fact, as one would read it out.
std::vector<std::string> facts_of(const Normalised& n)
{
    Extractor extractor;
    std::vector<Said> said;
    extractor.extract(n, {"EPJ|RH", &Zone::copenhagen(), 7, *parse_instant("2026-03-01T10:00:01Z")}, said);
    std::vector<std::string> out;
    for (const auto& s : said) {
        auto line = s.person.value + ' ' + std::to_string(static_cast<int>(s.fact.kind)) + ' ' + s.fact.key;
        for (const auto& a : s.fact.attributes) line += ' ' + std::to_string(static_cast<int>(a.attr)) + '=' + shown(a.value);
        out.push_back(line);
    }
    return out;
}

constexpr std::string_view patient = R"({"resourceType":"Patient","id":"p","identifier":[{"system":"urn:x","value":"77"},{"system":"urn:oid:1.2.208.176.1.2","value":"0108589995"}],"birthDate":"1958-08-01","gender":"male","address":[{"city":"Aarhus","period":{"start":"2026-02-01"},"extension":[{"url":"http://hl7.dk/fhir/core/StructureDefinition/dk-core-municipalityCodes","valueCodeableConcept":{"coding":[{"code":"751"}]}}]}]})";
constexpr std::string_view encounter = R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"urn:sluse:id:EPJ:RH:visit","value":"V1"}],"status":"in-progress","class":{"code":"IMP"},"subject":{"reference":"Patient/p"},"priority":{"coding":[{"code":"EM"}]},"period":{"start":"2026-03-01T08:00:00+01:00"},"serviceProvider":{"reference":"Organization/o"},"diagnosis":[{"condition":{"reference":"Condition/c"},"rank":1}]})";
constexpr std::string_view organization = R"({"resourceType":"Organization","id":"o","identifier":[{"system":"urn:local","value":"W7"},{"system":"urn:oid:1.2.208.176.1.1","value":"265161000016000"}]})";
constexpr std::string_view condition = R"({"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},"encounter":{"reference":"Encounter/e"},"verificationStatus":{"coding":[{"code":"refuted"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"13645005"},{"system":"http://hl7.org/fhir/sid/icd-10","code":"J44.0"}]}})";

TEST(Extract, reads_person_contact_and_diagnosis_of_an_admission)
{
    EXPECT_EQ(facts_of(message("A01", {{"Patient", "p", patient}, {"Encounter", "e", encounter}, {"Organization", "o", organization}, {"Condition", "c", condition}})),
              (std::vector<std::string>{
                  "0108589995 1  1=-4171 2=male",
                  "0108589995 2 2026-02-01|0751 10=0751 11=20485",
                  "0108589995 3 urn:sluse:id:EPJ:RH:visit|V1 20=0 21=IMP 22=1772348400000 24=A 25=265161000016000 27=V1 28=c",
                  "0108589995 4 c 32=1",
                  "0108589995 4 c 30=DJ440 31=SKS 33=urn:sluse:id:EPJ:RH:visit|V1 34=refuted",
              }));
}

TEST(Extract, reads_results_with_exact_numbers)
{
    constexpr std::string_view number = R"({"resourceType":"Observation","id":"n","status":"final","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.1","code":"npu27300"}]},"effectiveDateTime":"2026-03-01T07:00:00Z","issued":"2026-03-01T09:00:00Z","valueQuantity":{"value":48.1234567,"code":"mmol/mol"}})";
    constexpr std::string_view coded = R"({"resourceType":"Observation","id":"k","status":"corrected","subject":{"reference":"urn:uuid:p"},"code":{"text":"PCR"},"effectiveDateTime":"2026-03-01","valueCodeableConcept":{"coding":[{"code":"260373001"}]}})";
    EXPECT_EQ(facts_of(message("R01", {{"Patient", "p", R"({"resourceType":"Patient","id":"p","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"0108589995"}]})"}, {"Observation", "n", number}, {"Observation", "k", coded}})),
              (std::vector<std::string>{
                  "0108589995 5 n 30=NPU27300 31=NPU 34=final 40=1772348400000 41=1772355600000 43=48123456 44=mmol/mol",
                  "0108589995 5 k 30=PCR 34=corrected 40=1772319600000 42=260373001",
              }));
}

TEST(Extract, lets_only_admissions_and_cancellations_touch_cancelled)
{
    const auto bare = R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"s","value":"V"}],"status":"cancelled","subject":{"reference":"Patient/p"}})";
    const auto running = R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"s","value":"V"}],"status":"in-progress","subject":{"reference":"Patient/p"}})";
    const struct { const char* event; const char* resource; bool partial; const char* expected; } cases[] = {
        {"A11", bare, false, "0108589995 3 s|V 20=1 27=V"},
        {"A01", running, false, "0108589995 3 s|V 20=0 27=V"},
        {"A04", running, false, "0108589995 3 s|V 20=0 27=V"},
        {"A08", running, false, "0108589995 3 s|V 27=V"},
        {"A08", bare, false, "0108589995 3 s|V 27=V"},
        {"A13", running, false, "0108589995 3 s|V 23=deleted 27=V"},
        {"R01", running, true, "0108589995 3 s|V 27=V"},
        {"", bare, false, "0108589995 3 s|V 20=1 27=V"},
        {"", running, false, "0108589995 3 s|V 20=0 27=V"},
        {"", bare, true, "0108589995 3 s|V 27=V"},
    };
    for (const auto& c : cases) {
        auto n = message(c.event, {{"Encounter", "e", c.resource}});
        n.partial = c.partial;
        EXPECT_EQ(facts_of(n), std::vector<std::string>{c.expected}) << c.event << ' ' << c.resource;
    }
}

TEST(Extract, says_deletions_and_uses_the_episode_id)
{
    for (const auto* url : {"https://www.esundhed.dk/Registre/Landspatientregisteret", "https://www.esundhed.dk/Registre/Landspatientsregisteret"}) {
        const auto json = std::string(R"({"resourceType":"Encounter","id":"e","identifier":[{"system":"s","value":"V"},{"system":")") + url + R"(","value":"urn:uuid:abc"}]})";
        auto n = message("A08", {{"Encounter", "e", json}});
        n.deleted = {{0, "period"}, {0, "serviceType"}};
        EXPECT_EQ(facts_of(n), std::vector<std::string>{"0108589995 3 LPR3:abc 22=deleted 23=deleted 26=deleted 27=V"});
    }
}

TEST(Extract, gives_each_resource_to_its_own_patient)
{
    const auto other = R"({"resourceType":"Patient","id":"q","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"3001749995"}],"gender":"female"})";
    const auto theirs = R"({"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"https://x/Patient/q"}})";
    EXPECT_EQ(facts_of(message("R01", {{"Patient", "q", other}, {"Observation", "o", theirs}})),
              (std::vector<std::string>{"3001749995 1  2=female", "3001749995 5 o 30=x 34=final"}));
}

TEST(Extract, survives_resources_that_are_not_what_they_should_be)
{
    for (const std::string_view junk : {"", "{", "[]", "null", "{\"subject\":[]}", "{\"period\":\"x\",\"identifier\":{},\"diagnosis\":[1,{}]}", "{\"identifier\":[1,{\"value\":2}],\"class\":[]}"})
        for (const std::string_view type : {"Patient", "Encounter", "Condition", "Observation", "Organization"}) {
            auto n = message("A01", {{type, "x", junk}});
            n.deleted = {{9, "period"}, {0, ""}};
            facts_of(n);
        }
    Normalised beyond;
    beyond.resources.push_back({"Patient", "p", 1000, 1000});
    EXPECT_TRUE(facts_of(beyond).empty());
}

TEST(Codes, get_one_spelling)
{
    const struct { const char *system, *code, *expected; } cases[] = {
        {"urn:oid:1.2.208.176.2.4.12", "DS721+TUL1", "DS721"}, {"urn:oid:1.2.208.176.2.4.12", "DJ440:ABC", "DJ440"}, {"urn:oid:1.2.208.176.2.4.12", "J440", "DJ440"},
        {"http://hl7.org/fhir/sid/icd-10", "D50.0", "DD500"}, {"http://hl7.org/fhir/sid/icd-10|2016", "j44.1", "DJ441"}, {"urn:oid:1.2.208.176.2.4", "MJ01CE02", "MJ01CE02"},
        {"http://www.whocc.no/atc", "MJ01CE02", "J01CE02"}, {"http://www.whocc.no/atc", "M01AE01", "M01AE01"}, {"http://npu-terminology.org", "NPU27300", "NPU27300"},
        {"http://snomed.info/sct", "260385009", "SCT:260385009"}, {"urn:local", "x-1", "x-1"},
    };
    for (const auto& c : cases) EXPECT_EQ(normal_code(c.system, c.code).code, c.expected) << c.system << ' ' << c.code;
    EXPECT_EQ(municipality_code("101"), "0101");
    EXPECT_EQ(municipality_code("0751"), "0751");
    EXPECT_EQ(municipality_code("Aarhus"), "");
}

} // namespace
} // namespace sluse
