// tests/fhir/national_test.cpp — a municipality's report by KL Gateway's profiles, and one thing wrong with it at a time.
#include "adapters/fhir/adapter.hpp"

#include "tests/fhir/cases.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluse::fhir {
namespace {

const std::string report = R"({"resourceType":"Bundle","meta":{"profile":["http://fhir.kl.dk/gateway/StructureDefinition/klgateway-care-delivery-report"]},"type":"collection","timestamp":"2026-03-02T08:00:00Z","entry":[
{"fullUrl":"https://kommune.example/Patient/p","resource":{"resourceType":"Patient","id":"p","meta":{"profile":["http://fhir.kl.dk/gateway/StructureDefinition/klgateway-care-citizen"]},
 "identifier":[{"use":"official","system":"urn:oid:1.2.208.176.1.2","value":"2512489996"}],"managingOrganization":{"identifier":{"use":"official","system":"urn:oid:1.2.208.176.1.1","value":"999999000016001"}}}},
{"fullUrl":"https://kommune.example/Condition/c","resource":{"resourceType":"Condition","id":"c","meta":{"profile":["http://fhir.kl.dk/gateway/StructureDefinition/klgateway-care-condition"]},
 "clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.21","code":"J1.1"}]},
 "subject":{"reference":"Patient/p"},"recordedDate":"2026-03-01"}},
{"fullUrl":"https://kommune.example/CarePlan/v","resource":{"resourceType":"CarePlan","id":"v","meta":{"profile":["http://fhir.kl.dk/gateway/StructureDefinition/klgateway-care-planned-intervention"]},
 "status":"active","intent":"plan","subject":{"reference":"Patient/p"},"period":{"start":"2026-03-02"},
 "activity":[{"detail":{"status":"in-progress","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.21","code":"H1.1"}]}}}]}},
{"fullUrl":"https://kommune.example/Encounter/e","resource":{"resourceType":"Encounter","id":"e","meta":{"profile":["http://fhir.kl.dk/gateway/StructureDefinition/klgateway-care-encounter"]},
 "status":"planned","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HH"},"subject":{"reference":"Patient/p"},"period":{"start":"2026-03-09"}}}]})";

struct Change {
    const char *from, *to, *said; ///< `said`: place and words; empty: it is taken
};

const Change changes[] = {
    {"", "", ""},
    {"\"timestamp\":\"2026-03-02T08:00:00Z\",", "", "Bundle.timestamp: is missing: its profile requires timestamp"},
    {"\"value\":\"2512489996\"", "\"value\":\"251248\"", "Bundle.entry[0].resource.identifier[0].value: is no CPR number: ten digits that begin with a date"},
    {"\"managingOrganization\":{\"identifier\":{\"use\":\"official\",\"system\":\"urn:oid:1.2.208.176.1.1\",\"value\":\"999999000016001\"}}", "\"active\":true",
     "Bundle.entry[0].resource.managingOrganization: is missing: its profile requires managingOrganization"},
    {",\"recordedDate\":\"2026-03-01\"", "", "Bundle.entry[1].resource.recordedDate: is missing: its profile requires recordedDate"},
    {"\"code\":\"active\"", "\"code\":\"aktiv\"", "Bundle.entry[1].resource.clinicalStatus.coding[0].code: is no code of this code system"},
    {"\"subject\":{\"reference\":\"Patient/p\"},\"recordedDate\"", "\"subject\":{\"reference\":\"Patient/q\"},\"recordedDate\"", "Bundle.entry[1].resource.subject.reference: does not name the citizen in this report"},
    {"\"intent\":\"plan\"", "\"intent\":\"order\"", "Bundle.entry[2].resource.intent: must be plan"},
    {"\"period\":{\"start\":\"2026-03-02\"},", "", "Bundle.entry[2].resource.period: is missing: its profile requires period"},
    {",\"period\":{\"start\":\"2026-03-09\"}", "", "Bundle.entry[3].resource.period: is missing: its profile requires period"},
    {"https://kommune.example/CarePlan/v", "https://kommune.example/Condition/c", "Bundle.entry[2].fullUrl: stands twice: each entry has an address of its own"},
    {"{\"fullUrl\":\"https://kommune.example/Condition/c\"", "{\"fullUrl\":\"https://kommune.example/Patient/q\",\"resource\":{\"resourceType\":\"Patient\",\"id\":\"q\"}},{\"fullUrl\":\"https://kommune.example/Condition/c\"",
     "Bundle.entry[1].resource: is a second Patient: a document or report is about one"},
    {"\"resourceType\":\"CarePlan\",", "\"resourceType\":\"CarePlan\",\"note\":[{\"text\":\"mere end profilen beder om\"}],", ""},
};

TEST(National, a_report_of_kls_keeps_the_profiles_it_claims)
{
    for (const auto& change : changes) {
        auto text = report;
        const auto at = text.find(change.from);
        ASSERT_NE(at, text.npos) << change.from;
        text.replace(at, std::string_view(change.from).size(), change.to);
        SCOPED_TRACE(change.to);
        const auto checked = check(text, {});
        EXPECT_EQ(checked.answer, *change.said ? Answer::content_error : Answer::accepted);
        EXPECT_EQ(checked.issues.empty() ? "" : checked.issues[0].path + ": " + checked.issues[0].text, change.said);
    }
}

TEST(National, a_delivery_holds_reports_alone)
{
    const auto checked = check(R"({"resourceType":"Bundle","meta":{"profile":["http://fhir.kl.dk/gateway/StructureDefinition/klgateway-care-incremental-delivery"]},"type":"collection","entry":[
        {"fullUrl":"urn:uuid:a","resource":)" + report + R"(},{"fullUrl":"urn:uuid:b","resource":{"resourceType":"Patient"}}]})", {});
    EXPECT_EQ(checked.answer, Answer::content_error);
    ASSERT_FALSE(checked.issues.empty());
    EXPECT_EQ(checked.issues[0].path + ": " + checked.issues[0].text, "Bundle.entry[1].resource.resourceType: must be Bundle");
}

TEST(National, a_claim_of_dk_core_that_is_not_kept_is_not_passed_on)
{
    const std::string profile = R"("meta":{"profile":["http://hl7.dk/fhir/core/StructureDefinition/dk-core-)";
    const std::pair<std::string, const char*> resources[] = {
        {R"({"resourceType":"Patient",)" + profile + R"(patient"]},"identifier":[{"use":"official","system":"urn:oid:1.2.208.176.1.2","value":"2512489996"}],"name":[{"use":"official","family":"Testesen"}]})", ""},
        {R"({"resourceType":"Patient",)" + profile + R"(patient"]},"name":[{"use":"official","family":"Testesen"}]})", "is not claimed on: Patient.identifier is missing: its profile requires identifier"},
        {R"({"resourceType":"Patient",)" + profile + R"(patient"]},"identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2512489996"}],"name":[{"use":"official","given":["Åse"]}]})",
         "is not claimed on: Patient.name[0].family is missing: its profile requires family"},
        {R"({"resourceType":"Organization",)" + profile + R"(organization"]},"identifier":[{"system":"urn:oid:1.3.198","value":"12345678"}],"name":"A"})", ""},
        {R"({"resourceType":"Organization",)" + profile + R"(organization"]},"identifier":[{"system":"https://www.gs1.org/gln","value":"5790000999983"}],"name":"A"})",
         "is not claimed on: Organization.identifier is missing: its profile requires identifier[system=urn:oid:1.2.208.176.1.1|https://kombit.dk/sts/organisation|http://cvr.dk]"},
        {R"({"resourceType":"Practitioner",)" + profile + R"(practitioner"]},"qualification":[{"code":{"text":"læge"},"identifier":[{"system":"https://autregweb.sst.dk","value":"AB123"}]}]})",
         "is not claimed on: Practitioner.qualification[0].identifier[0].value is no authorisation number: five letters and digits, no vowels"},
    };
    for (const auto& [resource, said] : resources) {
        SCOPED_TRACE(resource);
        const auto checked = check(resource, {});
        EXPECT_EQ(checked.answer, Answer::accepted);
        EXPECT_EQ(checked.issues.empty() ? "" : checked.issues[0].text, said);
        EXPECT_EQ(normalised_case(resource).bundle.find("dk-core") == std::string::npos, *said != '\0');
    }
}

TEST(National, a_resource_alone_keeps_medcoms_core_profiles)
{
    const auto said = [](const std::string& value) {
        const auto checked = check(R"({"resourceType":"Organization","meta":{"profile":["http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-organization"]},"name":"A","identifier":[{"system":"urn:oid:1.2.208.176.1.1","value":")" + value + "\"}]}", {});
        return checked.issues.empty() ? "" : checked.issues[0].path + ": " + checked.issues[0].text;
    };
    EXPECT_EQ(said("999999000016002"), "");
    EXPECT_EQ(said("9999"), "Organization.identifier[0].value: is no SOR number: at least 11 digits");
}

TEST(National, a_document_is_about_one_patient)
{
    const std::string document = R"({"resourceType":"Bundle","meta":{"profile":["http://medcomfhir.dk/ig/document/StructureDefinition/medcom-document-bundle"]},"type":"document","timestamp":"2026-03-02T08:00:00Z",
        "identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:11111111-1111-4111-8111-111111111111"},"entry":[
        {"fullUrl":"urn:uuid:c","resource":{"resourceType":"Composition","status":"final","type":{"text":"x"},"subject":{"reference":"urn:uuid:a"},"date":"2026-03-02","author":[{"display":"x"}],"title":"x"}},
        {"fullUrl":"urn:uuid:a","resource":{"resourceType":"Patient"}})";
    EXPECT_EQ(check(document + "]}", {}).answer, Answer::accepted);
    const auto two = check(document + R"(,{"fullUrl":"urn:uuid:b","resource":{"resourceType":"Patient"}}]})", {});
    EXPECT_EQ(two.answer, Answer::content_error);
    ASSERT_FALSE(two.issues.empty());
    EXPECT_EQ(two.issues[0].path + ": " + two.issues[0].text, "Bundle.entry[2].resource: is a second Patient: a document or report is about one");
}

} // namespace
} // namespace sluse::fhir
