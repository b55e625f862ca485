// tests/fhir/fhir_test.cpp — splitting, checking, answering and normalising FHIR messages.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/json.hpp"
#include "gateway/normalise/identifiers.hpp"
#include "gateway/normalise/maps.hpp"
#include "gateway/normalise/resource_ids.hpp"

#include "tests/fhir/cases.hpp"

#include <gtest/gtest.h>

namespace sluse::fhir {
namespace {

struct NoMaps : Maps {
    const std::string& hash() const override { return none; }
    std::string none;
};

const SystemSettings settings;
const Keys keys = Keys::demonstration();

Normalised normalised(const std::string& text)
{
    const auto checked = check(text, settings);
    EXPECT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues[0].path + ": " + checked.issues[0].text);
    const NoMaps maps;
    Normalised out;
    const auto done = normalise(text, checked, {maps, settings, keys.resource, {}, 0}, out);
    EXPECT_TRUE(done);
    EXPECT_TRUE(Json::parse(out.bundle)) << out.bundle;
    return out;
}

std::string resource(const Normalised& n, std::string_view type)
{
    for (const auto& span : n.resources)
        if (span.type == type) return n.bundle.substr(span.offset, span.length);
    return {};
}

std::string first_issue(std::string_view text)
{
    const auto checked = check(text, settings);
    if (checked.issues.empty()) return "no issue";
    const char* answer = checked.answer == Answer::accepted ? "accepted " : checked.answer == Answer::refused ? "refused " : "error ";
    return answer + checked.issues[0].path + ": " + checked.issues[0].text;
}

const std::string message = R"({
  "resourceType": "Bundle", "id": "b1", "type": "message", "timestamp": "2026-03-01T11:15:30+01:00",
  "entry": [
    {"fullUrl": "https://x/MessageHeader/m1", "resource": {"resourceType": "MessageHeader", "id": "m1",
      "eventCoding": {"system": "http://x", "code": "hospital-notification-message"}, "source": {"endpoint": "https://sor#1"},
      "focus": [{"reference": "Encounter/e1"}]}},
    {"fullUrl": "https://x/Patient/p1", "resource": {"resourceType": "Patient", "id": "p1",
      "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": "010101-0000"}], "name": [{"family": "Prøve  \"x\""}]}},
    {"fullUrl": "urn:uuid:e", "resource": {"resourceType": "Encounter", "id": "e1", "status": "in-progress", "class": {"code": "IMP"},
      "identifier": [{"system": "https://www.esundhed.dk/Registre/Landspatientsregisteret", "value": "L1"}],
      "subject": {"reference": "https://x/Patient/p1"}, "partOf": {"reference": "Encounter/unknown"},
      "length": {"value": 4.10}}}
  ]})";

TEST(FhirCheck, says_who_sent_what_about_whom)
{
    const auto checked = check(message, settings);
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.system, "https://sor#1");
    EXPECT_EQ(checked.type, "Bundle");
    EXPECT_EQ(checked.control_id, "m1");
    ASSERT_EQ(checked.persons.size(), 1u);
    EXPECT_EQ(checked.persons[0].node(), "urn:oid:1.2.208.176.1.2|0101010000");
}

TEST(FhirCheck, names_the_place_in_fhirpath)
{
    EXPECT_EQ(first_issue("{\"resourceType\":\"Patient\","), "error line 1 column 27: is not JSON: the text ends too early");
    EXPECT_EQ(first_issue("[]"), "refused $this: is no resource: a FHIR message is a JSON object");
    EXPECT_EQ(first_issue("{}"), "refused $this: resourceType is missing");
    EXPECT_EQ(first_issue(R"({"resourceType":"Patien"})"), "refused Patien: resourceType is none of FHIR R4");
    EXPECT_EQ(first_issue(R"({"resourceType":"Bundle","type":"searchset","entry":[]})"),
              "refused Bundle.type: this type of Bundle is not taken; send message, transaction, batch or collection");
    EXPECT_EQ(first_issue(R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Nope"}}]})"),
              "error Bundle.entry[1].resource.resourceType: is none of FHIR R4");
    EXPECT_EQ(first_issue(R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"Patient"}}]})"),
              "error Bundle.entry[0].resource: must be a MessageHeader: it comes first in this type of Bundle");
    EXPECT_EQ(first_issue(R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"}}]})"),
              "error Bundle.entry[0].request: method and url are missing; this type of Bundle needs them in each entry");
    EXPECT_EQ(first_issue(R"({"resourceType":"Observation","id":"a b","status":"final"})"), "accepted Observation.id: is no FHIR id");
}

TEST(FhirCheck, refuses_what_would_have_no_effect)
{
    const auto said = [](const std::string& method, const std::string& url, const std::string& resource = "") {
        return first_issue(R"({"resourceType":"Bundle","type":"transaction","entry":[{)" + resource + R"("request":{"method":")" + method + R"(","url":")" + url + "\"}}]}");
    };
    EXPECT_EQ(said("DELETE", "Encounter/e1"), "error Bundle.entry[0].request.method: a deletion is not taken: send the resource again with the status entered-in-error");
    EXPECT_EQ(said("GET", "Patient?name=x"), "error Bundle.entry[0].request.method: is not taken: only POST and PUT tell something");
    EXPECT_EQ(said("PATCH", "Patient/7", R"("resource":{"resourceType":"Patient","id":"7"},)"), "error Bundle.entry[0].request.method: is not taken: only POST and PUT tell something");
    EXPECT_EQ(said("PUT", "Patient/7", R"("resource":{"resourceType":"Patient","id":"7"},)"), "no issue");
    EXPECT_EQ(first_issue(R"({"resourceType":"Parameters","parameter":[{"name":"content","resource":{"resourceType":"Bundle","type":"message"}}]})"),
              "refused Parameters: is what an operation is called with; send the Bundle in it as the body itself");
}

TEST(FhirCheck, holds_who_claims_a_national_profile_to_r4)
{
    const auto care = [](std::string_view profile, std::string_view resource) {
        return R"({"resourceType":"Bundle","meta":{"profile":[")" + std::string(profile) + R"("]},"type":"collection","entry":[{"fullUrl":"https://k/Goal/g","resource":)" + std::string(resource) + "}]}";
    };
    const std::string report = "http://fhir.kl.dk/rehab/StructureDefinition/report", own = "https://example.org/own";
    const std::string goal = R"({"resourceType":"Goal","id":"g","lifecycleStatus":"planned","description":{"text":"x"})";
    EXPECT_EQ(first_issue(care(own, goal + "}")), "accepted Bundle.entry[0].resource.subject: is missing; FHIR R4 requires it");
    EXPECT_EQ(first_issue(care(report, goal + "}")), "error Bundle.entry[0].resource.subject: is missing; FHIR R4 requires it");
    const auto whole = goal + R"(,"subject":{"reference":"Patient/1"})";
    EXPECT_EQ(first_issue(care(report, whole + R"(,"priority":"high"})")), "error Bundle.entry[0].resource.priority: must be an object");
    EXPECT_EQ(first_issue(care(own, whole + R"(,"startDate":"2026-02-30","meta":{"profile":["http://medcomfhir.dk/ig/x"]}})")), "error Bundle.entry[0].resource.startDate: is no FHIR date");
    EXPECT_EQ(first_issue(R"({"resourceType":"Patient","meta":{"profile":["http://hl7.dk/fhir/core/StructureDefinition/dk-core-patient"]},"gender":"f"})"),
              "error Patient.gender: is none of the codes that FHIR R4 has here: male female other unknown");
    // What an extension without URL says no one can tell; it is left out.
    const auto nameless = care(report, whole + R"(,"extension":[{"valueReference":{"reference":"CarePlan/1"}}]})");
    EXPECT_EQ(first_issue(nameless), "accepted Bundle.entry[0].resource.extension[0].url: is missing; FHIR R4 requires it: left out");
    EXPECT_EQ(resource(normalised(nameless), "Goal").find("extension"), std::string::npos);
}

TEST(FhirCheck, passes_on_of_plain_fhir_what_can_be_read)
{
    const auto out = normalised(R"({"resourceType":"Patient","meta":{"profile":["??"]},"name":{"family":"A"},"contact":[{}],"active":"ja","birthDate":"2026-02-30"})");
    EXPECT_NE(resource(out, "Patient").find(R"(","name":{"family":"A"},"birthDate":"2026-02-30"})"), std::string::npos) << "what is clear is kept, and the sender told\n" << resource(out, "Patient");
    for (const auto* part : {"meta", "contact", "active"}) EXPECT_EQ(resource(out, "Patient").find(part), std::string::npos) << part;
}

TEST(FhirCheck, tells_an_error_behind_any_number_of_warnings)
{
    std::string many;
    for (int i = 0; i < 150; ++i) many += "{\"valueString\":\"x\"},";
    const auto text = R"({"resourceType":"Goal","meta":{"profile":["http://fhir.kl.dk/x"]},"extension":[)" + many.substr(0, many.size() - 1) + "]}";
    const auto checked = check(text, settings);
    EXPECT_EQ(checked.answer, Answer::content_error);
    EXPECT_EQ(checked.issues.size(), 100u);
    EXPECT_EQ(checked.issues[0].severity, Severity::error);
}

TEST(FhirCheck, finds_the_person_by_reference_when_no_patient_is_there)
{
    const auto named = check(R"({"resourceType":"Observation","subject":{"identifier":{"system":"urn:oid:1.2.208.176.1.2","value":"0101010000"}}})", settings);
    EXPECT_EQ(named.persons.at(0).rank(), IdentifierRank::cpr);
    const auto pointed = check(R"({"resourceType":"Observation","subject":{"reference":"https://x/fhir/Patient/7/_history/2"}})", settings);
    EXPECT_EQ(pointed.persons.at(0).value, "7");
    const auto single = check(R"({"resourceType":"Patient","id":"7"})", settings);
    EXPECT_EQ(single.persons, pointed.persons) << "the same patient, told of alone";
}

/// What one names by a number and the other by another's system may be one person; two numbers of one system are two.
TEST(FhirCheck, takes_a_bundle_about_one_person_alone)
{
    const auto bundle = [](const std::vector<std::string>& resources) {
        std::string text = R"({"resourceType":"Bundle","type":"transaction","entry":[)";
        for (const auto& one : resources) text += (text.ends_with('[') ? "" : ",") + (R"({"request":{"method":"POST","url":"x"},"resource":)" + one + "}");
        return text + "]}";
    };
    const auto patient = [](const std::string& id, const std::string& cpr, const std::string& more = {}) {
        return R"({"resourceType":"Patient","id":")" + id + R"(","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":")" + cpr + "\"}]" + more + "}";
    };
    const auto of = [](const std::string& subject) { return R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{)" + subject + "}}"; };
    const auto by_number = [&](const std::string& cpr) { return of(R"("identifier":{"system":"urn:oid:1.2.208.176.1.2","value":")" + cpr + "\"}"); };
    const auto by_name = [&](const std::string& id) { return of(R"("reference":"Patient/)" + id + '"'); };
    EXPECT_EQ(first_issue(bundle({patient("a", "2512489996"), by_name("a"), by_number("251248-9996")})), "no issue");
    EXPECT_EQ(first_issue(bundle({by_name("7"), by_name("7"), by_number("2512489996")})), "no issue");
    EXPECT_EQ(first_issue(bundle({patient("a", "2512489996"), patient("b", "2512489996")})), "no issue");
    EXPECT_EQ(first_issue(bundle({R"({"resourceType":"Patient","id":"a"})", patient("a", "2512489996")})), "no issue");
    EXPECT_EQ(first_issue(bundle({patient("a", "2512489996"), patient("b", "0101400001", R"(,"link":[{"other":{"reference":"Patient/a"},"type":"replaces"}])")})), "no issue");
    EXPECT_EQ(first_issue(bundle({patient("a", "2512489996"), patient("b", "0101400001")})),
              "error Bundle.entry[1].resource: is a second Patient: a message is about one, so send each person's as its own");
    const std::string other = ".subject: is another person than the one before: a message is about one, so send each person's as its own";
    EXPECT_EQ(first_issue(bundle({patient("a", "2512489996"), by_number("0101400001")})), "error Bundle.entry[1].resource" + other);
    EXPECT_EQ(first_issue(bundle({by_number("2512489996"), by_number("0101400001")})), "error Bundle.entry[1].resource" + other);
    EXPECT_EQ(first_issue(bundle({by_name("7"), by_name("7"), by_name("8")})), "error Bundle.entry[2].resource" + other);
    std::vector<std::string> many(5000, by_name("a"));
    many.push_back(patient("a", "2512489996"));
    EXPECT_EQ(first_issue(bundle(many)), "no issue");
}

TEST(FhirAcknowledge, is_an_operation_outcome)
{
    const AckStamp stamp{0, "C1", "01ABC"};
    const auto good = check(message, settings);
    EXPECT_EQ(acknowledge(message, good, Answer::accepted, stamp),
              R"({"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","details":{"text":"Stored as message 01ABC"}}]})");
    EXPECT_NE(acknowledge(message, good, Answer::store_failed, stamp).find(R"("code":"transient")"), std::string::npos);
    const std::string broken = R"({"resourceType":"Bundle","type":"message"})";
    EXPECT_EQ(acknowledge(broken, check(broken, settings), Answer::content_error, stamp),
              R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required","details":{"text":"is missing: the Bundle holds nothing"},"expression":["Bundle.entry"]}]})");
    const std::string no_json = "{";
    EXPECT_EQ(acknowledge(no_json, check(no_json, settings), Answer::content_error, stamp),
              R"({"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"value","details":{"text":"is not JSON: the text ends too early"},"diagnostics":"line 1 column 2"}]})");
}

TEST(FhirAcknowledge, answers_each_entry_of_a_transaction_or_batch)
{
    const std::string patient = R"({"fullUrl":"urn:uuid:9d1c1bd6-2f04-4a5e-9d0c-1f2a3b4c5d6e","resource":{"resourceType":"Patient","id":"1"},"request":{"method":"POST","url":"Patient"}})";
    const auto text = R"({"resourceType":"Bundle","type":"batch","entry":[)" + patient + R"(,{"resource":{"resourceType":"Organization","id":"2","name":"A"},"request":{"method":"PUT","url":"Organization/2"}}]})";
    const auto checked = check(text, settings);
    ASSERT_EQ(checked.answer, Answer::accepted);
    const AckStamp stamp{1'772'360'130'000, "A1", "01MESSAGE"};
    EXPECT_EQ(acknowledge(text, checked, Answer::accepted, stamp),
              R"({"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"202 Accepted","outcome":{"resourceType":"OperationOutcome","issue":[)"
              R"({"severity":"information","code":"informational","details":{"text":"Stored as message 01MESSAGE"}}]}}},{"response":{"status":"202 Accepted"}}]})");
    EXPECT_TRUE(acknowledge(text, checked, Answer::store_failed, stamp).starts_with(R"({"resourceType":"OperationOutcome")"));
    const std::string xml = R"(<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/><entry><resource><Patient><id value="1"/></Patient></resource>)"
                            R"(<request><method value="POST"/><url value="Patient"/></request></entry></Bundle>)";
    const auto said = acknowledge(xml, check(xml, settings), Answer::accepted, stamp);
    EXPECT_NE(said.find(R"(<type value="transaction-response"/><entry><response><status value="202 Accepted"/><outcome><OperationOutcome>)"), said.npos) << said;
}

TEST(FhirNormalise, puts_every_resource_under_our_own_ids)
{
    const auto n = normalised(message);
    const auto patient = resource_id(keys.resource, "Patient", cpr_system, "0101010000");
    const auto encounter = resource_id(keys.resource, "Encounter", lpr3_system, "L1");
    EXPECT_EQ(resource(n, "Patient"), "{\"resourceType\":\"Patient\",\"id\":\"" + patient +
                                          "\",\"identifier\":[{\"system\":\"urn:oid:1.2.208.176.1.2\",\"value\":\"0101010000\"}],\"name\":[{\"family\":\"Prøve  \\\"x\\\"\"}]}");
    const auto sent = resource(n, "Encounter");
    EXPECT_NE(sent.find("\"id\":\"" + encounter + "\""), std::string::npos);
    EXPECT_NE(sent.find("\"subject\":{\"reference\":\"Patient/" + patient + "\"}"), std::string::npos) << "by full URL";
    EXPECT_NE(sent.find(std::string(lpr3_system)), std::string::npos) << "the one spelling";
    EXPECT_EQ(sent.find("Encounter/unknown"), std::string::npos) << "a thing that is not here has our id as well";
    EXPECT_NE(sent.find("4.10"), std::string::npos) << "digits as sent";
    EXPECT_NE(resource(n, "MessageHeader").find("\"reference\":\"Encounter/" + encounter), std::string::npos);
    EXPECT_EQ(n.event, "hospital-notification-message");
    EXPECT_EQ(rfc3339(n.sent_ms), "2026-03-01T10:15:30Z");
    EXPECT_EQ(n.recorded_ms, n.sent_ms);
    EXPECT_EQ(n.bundle.find('\n'), std::string::npos);
    EXPECT_NE(resource(n, "Provenance").find("\"value\":\"m1\""), std::string::npos) << "names the message";
    EXPECT_EQ(n.bundle, normalised(message).bundle);
}

TEST(FhirNormalise, wraps_a_single_resource)
{
    const auto n = normalised(R"({"resourceType":"Observation","id":"o1","status":"entered-in-error","subject":{"reference":"Patient/7"},"meta":{"lastUpdated":"2026-03-01T10:00:00Z"}})");
    ASSERT_EQ(n.resources.size(), 3u);
    EXPECT_EQ(n.resources[0].type, "MessageHeader");
    EXPECT_EQ(n.resources[2].type, "Provenance");
    EXPECT_EQ(rfc3339(n.sent_ms), "2026-03-01T10:00:00Z");
    const auto patient = normalised(R"({"resourceType":"Patient","id":"7"})");
    EXPECT_NE(resource(n, "Observation").find("Patient/" + patient.resources[1].id), std::string::npos) << "the id that Patient/7 has when told of alone";
}

TEST(FhirNormalise, does_not_claim_a_profile_that_a_resource_alone_cannot_keep)
{
    const std::string team = R"({"resourceType":"CareTeam","id":"t1","meta":{"profile":["http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-careteam"]},"name":"Hold 1")";
    const auto alone = normalised_case(team + R"(,"managingOrganization":[{"reference":"Organization/o1"}]})");
    EXPECT_EQ(alone.bundle.find("medcom-core-careteam"), std::string::npos) << alone.bundle;
    ASSERT_EQ(alone.issues.size(), 1u);
    EXPECT_EQ(alone.issues[0].path, "CareTeam.meta.profile[0]");
    const auto named = normalised_case(team + R"(,"managingOrganization":[{"display":"Kommunen"}]})");
    EXPECT_NE(named.bundle.find("medcom-core-careteam"), std::string::npos) << "it refers to nothing";
}

TEST(FhirNormalise, gives_two_resources_of_one_identifier_two_ids)
{
    const auto n = normalised(R"({"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Observation","id":"a","identifier":[{"system":"http://s","value":"1"}]}},
        {"resource":{"resourceType":"Observation","id":"b","identifier":[{"system":"http://s","value":"1"}]}}]})");
    EXPECT_NE(n.resources[1].id, n.resources[2].id);
    const auto twice = normalised(R"({"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Observation","id":"a"}},{"resource":{"resourceType":"Observation","id":"a"}}]})");
    EXPECT_NE(twice.resources[1].id, twice.resources[2].id);
}

TEST(FhirNormalise, completes_a_persons_identifier)
{
    const auto n = normalised(R"({"resourceType":"Patient","identifier":[{"value":"010101-0000"},{"system":"MRN","value":"7"}]})");
    EXPECT_NE(n.bundle.find(R"([{"value":"0101010000","system":"urn:oid:1.2.208.176.1.2"},{"system":"urn:sluse:id:fhir:MRN","value":"7"}])"), std::string::npos) << n.bundle;
    ASSERT_EQ(n.persons.size(), 2u);
    EXPECT_EQ(n.links.size(), 1u);
}

TEST(FhirNormalise, spells_a_cpr_number_beside_a_reference_as_a_persons)
{
    const auto out = normalised(R"({"resourceType":"Encounter","status":"finished","class":{"code":"IMP"},"subject":{"identifier":{"system":"urn:oid:1.2.208.176.1.2","value":"251248-9996"}},"serviceProvider":{"identifier":{"system":"urn:x:own","value":"251248-9996"}}})");
    EXPECT_NE(resource(out, "Encounter").find(R"("subject":{"identifier":{"system":"urn:oid:1.2.208.176.1.2","value":"2512489996"}})"), std::string::npos) << resource(out, "Encounter");
    EXPECT_NE(resource(out, "Encounter").find(R"("value":"251248-9996")"), std::string::npos) << "another's number stays as it is";
}

TEST(FhirSplit, takes_lines_and_single_resources_apart)
{
    Issues issues;
    EXPECT_EQ(split(message, issues).size(), 1u);
    EXPECT_EQ(split("{\"a\":\"}{\"}\n{\"b\":1}\r\n\n{\"c\":[{}]}", issues).size(), 3u);
    const auto pieces = split("{\"a\":1\n{\"b\":1}\nnot json\n{\"c\":1}", issues);
    EXPECT_EQ(pieces.back(), "{\"c\":1}") << "a broken line does not swallow the rest";
    EXPECT_TRUE(split(" \n", issues).empty());
    EXPECT_TRUE(recognises("\xef\xbb\xbf\n { \"resourceType\""));
    EXPECT_FALSE(recognises("MSH|"));
}

} // namespace
} // namespace sluse::fhir
