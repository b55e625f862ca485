// tests/fhir/r4_test.cpp — what FHIR R4 says beyond names and types: its invariants, the codes it requires, HL7's own code systems, what is contained.
#include "adapters/fhir/adapter.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluse::fhir {
namespace {

struct Breach {
    const char* resource; ///< as JSON, without its claim of a profile
    const char* said;     ///< place and words; empty: nothing is wrong
};

const Breach breaches[] = {
    // Invariants (schemas/maps/fhir-r4-rules.tsv)
    {R"("Patient","telecom":[{"value":"1"}])", "Patient.telecom[0].system: is missing; FHIR R4 requires it beside a value (cpt-2)"},
    {R"("Patient","telecom":[{"value":"1","system":"phone"}])", ""},
    {R"("Patient","contact":[{"gender":"male"}])", "Patient.contact[0]: holds neither name nor telecom, address or organization (pat-1)"},
    {R"("Organization","active":true)", "Organization: holds neither an identifier nor a name (org-1)"},
    {R"("Organization","name":"A","telecom":[{"system":"phone","value":"1","use":"home"}])", "Organization: has a telecom that is a home's (org-3)"},
    {R"("Patient","name":[{"family":"A","period":{"start":"2026-03-02","end":"2026-03-01"}}])", "Patient.name[0].period: ends before it starts (per-1)"},
    {R"("Patient","name":[{"family":"A","period":{"start":"2026-03-02T10:00:00+01:00","end":"2026-03-02T09:00:00Z"}}])", ""},
    {R"("Patient","name":[{"family":"A","period":{"start":"2026-03-02T10:00:00+01:00","end":"2026-03-02T08:59:59Z"}}])", "Patient.name[0].period: ends before it starts (per-1)"},
    {R"("Patient","name":[{"family":"A","period":{"start":"2026-03-02T10:00:00+01:00","end":"2026-03"}}])", ""},
    {R"("Goal","lifecycleStatus":"active","description":{"text":"x"},"subject":{"reference":"Patient/1"},"target":[{"detailString":"x"}])",
     "Goal.target[0].measure: is missing; FHIR R4 requires it beside a detail (gol-1)"},
    {R"("Observation","status":"final","code":{"text":"x"},"valueInteger":1,"dataAbsentReason":{"text":"x"})", "Observation: has a value and a reason why it has none (obs-6)"},
    {R"("Observation","status":"final","code":{"text":"x"},"referenceRange":[{"age":{"low":{"value":1}}}])", "Observation.referenceRange[0]: holds neither low nor high nor text (obs-3)"},
    {R"("Observation","status":"final","code":{"text":"x"},"valueRange":{"low":{"value":4.5},"high":{"value":4.4}})", "Observation.valueRange: has a low that is above its high (rng-2)"},
    {R"("Condition","subject":{"reference":"Patient/1"},"abatementString":"x")", "Condition: must be resolved, remission or inactive: the condition has abated (con-4)"},
    {R"("Condition","subject":{"reference":"Patient/1"},"abatementString":"x","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"resolved"}]})", ""},
    {R"("Appointment","status":"booked","participant":[{"type":[{"text":"x"}],"status":"accepted"}])",
     "Appointment: has no time; only one that is proposed, cancelled or on a waiting list has none (app-3)"},
    {R"("Questionnaire","status":"active","item":[{"linkId":"1","type":"group"}])", "Questionnaire.item[0].item: is missing: a group holds items (que-1)"},
    {R"("Bundle","type":"collection","entry":[{"resource":{"resourceType":"Basic","code":{"text":"x"}},"request":{"method":"POST","url":"Basic"}}])",
     "Bundle: has an entry with a request, which this type of Bundle does not have (bdl-3)"},
    // Codes
    {R"("Condition","subject":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"aktiv"}]})",
     "Condition.clinicalStatus.coding[0].code: is no code of this code system"},
    {R"("Condition","subject":{"reference":"Patient/1"},"clinicalStatus":{"text":"x"})",
     "Condition.clinicalStatus: holds none of the codes that FHIR R4 has here: active recurrence relapse inactive remission resolved of http://terminology.hl7.org/CodeSystem/condition-clinical"},
    {R"("Encounter","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HJEMME"})", "Encounter.class.code: is no code of this code system"},
    {R"("Encounter","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode"})", "Encounter.class.code: is missing beside a code system of which the codes are known"},
    {R"("Encounter","status":"finished","class":{"system":"https://example.org/class","code":"HJEMME"})", ""},
    {R"("Patient","language":"da-DK")", ""},
    {R"("Patient","language":"dansk, DK")", "Patient.language: is no FHIR code"},
    {R"("Patient","identifier":[{"system":"urn:ietf:rfc:3986","value":"17"}])", "Patient.identifier[0].value: is no address, as the system urn:ietf:rfc:3986 says"},
    // Nothing in a list
    {R"("Patient","name":[{"given":[null,"Åse"]}])", "Patient.name[0].given[0]: is empty; FHIR has no element without content"},
    {R"("Patient","name":[{"given":[null,"Åse"],"_given":[{"id":"a"},null]}])", ""},
    {R"("Patient","name":[{"given":[null,"Åse"],"_given":[null,{"id":"a"}]}])", "Patient.name[0].given[0]: is empty; FHIR has no element without content"},
    // What is contained
    {R"("Condition","subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p"}])", ""},
    {R"("Condition","subject":{"reference":"#q"},"contained":[{"resourceType":"Patient","id":"p"}])", "Condition.contained[0]: is contained, but nothing in the resource names it"},
    {R"("Condition","subject":{"reference":"#p"})", "Condition.subject.reference: names nothing that the resource contains"},
    {R"("Condition","subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Patient","id":"p"}])", "Condition.contained[1].id: stands twice in what the resource contains"},
};

TEST(R4, names_each_breach_and_its_place)
{
    for (const auto& breach : breaches) {
        SCOPED_TRACE(breach.resource);
        const auto text = R"({"meta":{"profile":["http://hl7.dk/fhir/core/StructureDefinition/x"]},"resourceType":)" + std::string(breach.resource) + "}";
        const auto checked = check(text, {});
        EXPECT_EQ(checked.answer, *breach.said ? Answer::content_error : Answer::accepted);
        EXPECT_EQ(checked.issues.empty() ? "" : checked.issues[0].path + ": " + checked.issues[0].text, breach.said);
    }
}

} // namespace
} // namespace sluse::fhir
