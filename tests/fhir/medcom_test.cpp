// tests/fhir/medcom_test.cpp — MedCom's messages: what is accepted, what is refused where and with which code, and the acknowledgement.
#include "gateway/model/locations.hpp"
#include "tests/fhir/cases.hpp"

#include <gtest/gtest.h>

namespace sluse::fhir {
namespace {

struct Mutation {
    const char* file;
    const char* from;
    const char* to;
    const char* place; ///< of the first error; empty: accepted
    const char* code;  ///< MedCom's code, or the FHIR issue type where MedCom has none
};

/// Each changes one thing in a good message.
constexpr Mutation mutations[] = {
    {"notification_admit", "\"in-progress\"", "\"planned\"", "Bundle.entry[2].resource.status", "MSG_VALUESET_VALUE_UNKNOWN"},
    {"notification_admit", "v3-ActCode\"", "v3-Other\"", "Bundle.entry[2].resource.class.system", "MSG_CodeSystem_VALUE_UNKNOWN"},
    {"notification_admit", "\"code\": \"IMP\"", "\"code\": \"AMB\"", "Bundle.entry[2].resource.class.code", "MSG_VALUESET_VALUE_UNKNOWN"},
    {"notification_admit", "\"start\": \"2026-03-02T10:15:00+01:00\"", "\"start\": \"2. marts\"", "Bundle.entry[2].resource.period.start", "MSG_Datatype_Wrong"},
    {"notification_admit", "\"start\": \"2026-03-02T10:15:00+01:00\"", "\"end\": \"2026-03-02T10:15:00+01:00\"", "Bundle.entry[2].resource.period.start", "required"},
    {"notification_admit", "\"urn:oid:1.2.208.176.1.2\"", "\"urn:oid:1.2.208.176.1.9\"", "Bundle.entry[1].resource.identifier[0].system", "MSG_CodeSystem_VALUE_UNKNOWN"},
    {"notification_admit", "\"reference\": \"Organization/22222222-2222-4222-8222-222222222222\"", "\"reference\": \"Organization/none\"",
     "Bundle.entry[0].resource.destination[0].receiver.reference", "MSG_Receiver_Identifier_MISSING"},
    {"notification_admit", "\"MessageHeader/a0000000-0000-4000-8000-000000000001\"", "\"MessageHeader/other\"", "Bundle.entry", "required"},
    {"notification_admit", "\"code\": \"admit-inpatient\"", "\"code\": \"new-message\"", "Bundle.entry[5].resource.activity.coding[0].code", "MSG_VALUESET_VALUE_UNKNOWN"},
    {"notification_admit", "\"code\": \"hospital-notification-message\"", "\"code\": \"another-message\"", "Bundle.entry[0].resource.eventCoding", "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"},
    {"notification_leave", "\"valuePeriod\": {\n       \"start\": \"2026-03-03T12:00:00+01:00\"\n      }", "\"valuePeriod\": {\n       \"end\": \"2026-03-03T12:00:00+01:00\"\n      }",
     "Bundle.entry[2].resource.extension[0].valuePeriod.start", "required"},
    {"communication_new", "\"code\": \"other\"", "\"code\": \"invented\"", "Bundle.entry[2].resource.category[0].coding[0].code", "MSG_VALUESET_VALUE_UNKNOWN"},
    {"communication_new", "\"topic\"", "\"note2\"", "Bundle.entry[2].resource.topic", "required"},
    {"communication_new", "\"subject\"", "\"priority\": \"asap\", \"subject\"", "Bundle.entry[2].resource.priority", "structure"},
    {"communication_new", "\"value\": \"urn:uuid:6b000000-", "\"value\": \"6b000000-", "Bundle.entry[2].resource.identifier[0].value", "MSG_Datatype_Wrong"},
    {"communication_new", "\"application/pdf\"", "\"text/html\"", "Bundle.entry[2].resource.payload[1].contentAttachment.contentType", "MSG_VALUESET_VALUE_UNKNOWN"},
    {"notification_admit", "\"reference\": \"Patient/", "\"reference\": \"Patient/x", "Bundle.entry[2].resource.subject.reference", "not-found"},
    {"notification_admit", "\"fullUrl\": \"https://medcomfhir.dk/ig/hospitalnotification/Patient/3", "\"fullUrl\": \"??3", "Bundle.entry[1].fullUrl", "structure"},
    {"communication_new", "\"system\": \"urn:oid:1.2.208.176.1.1\"", "\"system\": \"urn:oid:1.2.208.176.1.1x\"", "Bundle.entry[5].resource.identifier[1].system", "MSG_Datatype_Wrong"},
    {"communication_new", "\"system\": \"urn:oid:1.2.208.176.1.1\"", "\"system\": \"SOR\"", "Bundle.entry[5].resource.identifier[1].system", "MSG_Datatype_Wrong"},
    {"communication_new", "MedComCareCommunicationMessageDefinition|5.0", "MedComCareCommunicationMessageDefinition|5.0x", "Bundle.entry[0].resource.definition", "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"},
    {"communication_new", "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-datetime-extension", "medcom-core-datetime-extension", "Bundle.entry[2].resource.payload[0].extension[0].url", "MSG_Datatype_Wrong"},
    {"communication_new", "\"subject\": {", "\"recipient\": [{\"reference\": \"CareTeam/none\"}], \"subject\": {", "Bundle.entry[2].resource.recipient[0].reference", "not-found"},
    {"notification_admit", "\"fullUrl\"", "\"fullUrl2\"", "Bundle.entry[0].fullUrl", "required"},
    {"notification_admit", "\"value\": \"5790000999983\"", "\"value\": \"579000099998\"", "Bundle.entry[4].resource.identifier[0].value", "MSG_Datatype_Wrong"},
    {"communication_new", "\"family\": \"Testesen\",", "", "", ""},
    {"communication_new", "\"title\": \"Plan\",", "", "Bundle.entry[2].resource.payload[1].contentAttachment.title", "required"},
    {"communication_new", "\"code\": \"new-message\"", "\"code\": \"retract-message\"", "Bundle.entry[7].resource.activity.coding[0].code", "MSG_VALUESET_VALUE_UNKNOWN"},
    {"communication_new", "\"definition\": ", "\"implicitRules2\": ", "Bundle.entry[0].resource.definition", "required"},
    {"notification_admit", "\"serviceProvider\": {\n     \"reference\": \"Organization/1", "\"serviceProvider\": {\n     \"reference\": \"Organization/none-1",
     "Bundle.entry[2].resource.serviceProvider.reference", "not-found"},
    {"notification_admit", "\"meta\": {", "\"meta\": {}, \"meta2\": {", "Bundle.meta", "required"},
    {"communication_new", "StructureDefinition/medcom-careCommunication-messageHeader", "StructureDefinition/other", "Bundle.entry[0].resource.meta.profile[0]", "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"},
    {"communication_new", "medcom-careCommunication-provenance", "other", "Bundle.entry[7].resource.meta.profile[0]", "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"},
    {"communication_new", "\"code\": \"sygeplejerske\"", "\"code\": \"hjælper\"", "Bundle.entry[3].resource.code[0].coding[0].code", "MSG_VALUESET_VALUE_UNKNOWN"},
    {"communication_new", "CodeSystem/medcom-core-PractitionerRolesSKSadministrativ", "CodeSystem/a-role-list-of-our-own", "", ""},
    {"communication_new", "\"value\": \"999999000016002\"", "\"value\": \"9999\"", "Bundle.entry[5].resource.identifier[1].value", "MSG_Datatype_Wrong"},
    {"communication_new", "\"system\": \"urn:oid:1.2.208.176.1.2\",\n      \"value\": \"2512489996\"", "\"system\": \"urn:oid:1.2.208.176.1.6.1.3.177\",\n      \"value\": \"2512481AB6\"",
     "Bundle.entry[1].resource.identifier[0].value", "MSG_Datatype_Wrong"},
    {"communication_new", "\"system\": \"urn:oid:1.2.208.176.1.2\",\n      \"value\": \"2512489996\"", "\"system\": \"urn:oid:1.2.208.176.1.6.1.3.177\",\n      \"value\": \"2512480AB6\"", "", ""},
    {"communication_new", "\"name\": [", "\"gender\": \"kvinde\", \"name\": [", "Bundle.entry[1].resource.gender", "MSG_VALUESET_VALUE_UNKNOWN"},
    {"communication_new", "\"name\": [", "\"telecom\": [{\"value\": \"86000001\"}], \"name\": [", "Bundle.entry[1].resource.telecom[0].system", "required"},
    {"notification_admit", "\"id\": \"b0000000-0000", "\"id\": \"b0000000 0000", "Bundle.id", "MSG_Datatype_Wrong"},
    {"notification_admit", "\"name\": \"Prøvehospitalet, Afdeling A\"", "\"name\": \"\"", "Bundle.entry[3].resource.name", "required"},
    {"notification_admit", "\"given\": [\n       \"Åse\"\n      ]", "\"given\": []", "Bundle.entry[1].resource.name[0].given", "required"},
    {"notification_admit", "\"start\": \"2026-03-02T10:15:00+01:00\"", "\"start\": \"2026-02-29T10:15:00+01:00\"", "Bundle.entry[2].resource.period.start", "MSG_Datatype_Wrong"},
    {"notification_admit", "\"id\": \"44444444-4444", "\"id\": \"44444444 4444", "Bundle.entry[2].resource.id", "MSG_Datatype_Wrong"},
    {"notification_admit", "\"id\": \"22222222-2222-4222-8222-222222222222\",", "", "Bundle.entry[4].resource.id", "required"},
    {"notification_admit", "\"who\": {\n       \"reference\": \"Organization/1", "\"who\": {\n       \"reference\": \"Organization/none-1", "Bundle.entry[5].resource.agent[0].who.reference", "not-found"},
    {"notification_admit", "\"resourceType\": \"Encounter\",", "", "Bundle.entry[2].resource.resourceType", "required"},
    {"communication_new", "\"identifier\": [\n     {\n      \"system\": \"urn:oid:1.2.208.176.1.2\"", "\"identifier\": [\n     {\"system\": \"urn:oid:1.2.208.176.1.2\", \"value\": \"0101400001\"}, {\n      \"system\": \"urn:oid:1.2.208.176.1.2\"",
     "Bundle.entry[1].resource.identifier", "structure"},
    {"communication_new", "\"category\": [\n     {\n      \"coding\": [", "\"category\": [\n     {\n      \"coding\": [{\"system\": \"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes\", \"code\": \"other\"},",
     "Bundle.entry[2].resource.category[0].coding", "structure"},
    {"communication_new", "\"data\": \"JVBERi0xLjQK\"", "\"data\": \"JVBERi0xLjQ\"", "Bundle.entry[2].resource.payload[1].contentAttachment.data", "MSG_Datatype_Wrong"},
    {"notification_admit", "hospital-notification-message</div>", "<script>1</script></div>", "Bundle.entry[0].resource.text.div", "MSG_Datatype_Wrong"},
    {"homecare_new", "\"definition\": ", "\"implicitRules2\": ", "Bundle.entry[0].resource.definition", "required"},
    {"homecare_new", "MedComHomeCareObservationMessageDefinition", "MedComOtherMessageDefinition", "Bundle.entry[0].resource.definition", "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"},
    {"homecare_new", "\"system\": \"phone\"", "\"system\": \"email\"", "Bundle.entry[4].resource.telecom", "required"},
    {"homecare_new", "\"given\": [\n        \"PP\"\n       ]", "\"text\": \"PP\"", "Bundle.entry[6].resource.contact[0].name.given", "required"},
    {"homecare_new", "\"code\": \"NI\"", "\"code\": \"N\"", "Bundle.entry[7].resource.interpretation[0].coding[0].code", "MSG_VALUESET_VALUE_UNKNOWN"},
    {"homecare_new", "medcom-core-interpretation-codes", "other-codes", "Bundle.entry[7].resource.interpretation[0].coding[0].system", "MSG_CodeSystem_VALUE_UNKNOWN"},
    {"homecare_new", "\"unit\": \"mg/L\",\n     \"system\": \"http://unitsofmeasure.org\",\n     \"code\": \"mg/L\"", "\"system\": \"http://unitsofmeasure.org\"", "Bundle.entry[7].resource.valueQuantity.unit", "required"},
    {"homecare_new", "\"code\": \"NPU19748\",", "", "Bundle.entry[7].resource.code.coding[0].code", "required"},
    {"homecare_new", "\"status\": \"final\"", "\"status\": \"amended\"", "Bundle.entry[2].resource.status", "MSG_VALUESET_VALUE_UNKNOWN"},
    // Whose message it is must not be a guess.
    {"notification_admit", "\"fullUrl\": \"https://medcomfhir.dk/ig/hospitalnotification/Patient/", "\"fullUrl\": \"https://medcomfhir.dk/ig/hospitalnotification/Patient/other\", \"resource\": {\"resourceType\": \"Patient\", \"id\": \"other\", \"identifier\": [{\"use\": \"official\", \"system\": \"urn:oid:1.2.208.176.1.2\", \"value\": \"0101400001\"}], \"name\": [{\"use\": \"official\", \"family\": \"Anden\"}], \"text\": {\"status\": \"generated\", \"div\": \"<div xmlns='http://www.w3.org/1999/xhtml'>Anden</div>\"}}}, {\"fullUrl\": \"https://medcomfhir.dk/ig/hospitalnotification/Patient/", "Bundle.entry[2].resource", "structure"},
    {"communication_new", "\"fullUrl\": \"https://medcomfhir.dk/ig/carecommunication/Patient/", "\"fullUrl\": \"https://medcomfhir.dk/ig/carecommunication/Patient/other\", \"resource\": {\"resourceType\": \"Patient\", \"id\": \"other\", \"identifier\": [{\"use\": \"official\", \"system\": \"urn:oid:1.2.208.176.1.2\", \"value\": \"0101400001\"}], \"name\": [{\"use\": \"official\", \"family\": \"Anden\"}], \"text\": {\"status\": \"generated\", \"div\": \"<div xmlns='http://www.w3.org/1999/xhtml'>Anden</div>\"}}}, {\"fullUrl\": \"https://medcomfhir.dk/ig/carecommunication/Patient/", "Bundle.entry[2].resource", "structure"},
    {"homecare_new", "\"fullUrl\": \"https://medcomfhir.dk/ig/homecareobservation/Patient/", "\"fullUrl\": \"https://medcomfhir.dk/ig/homecareobservation/Patient/other\", \"resource\": {\"resourceType\": \"Patient\", \"id\": \"other\", \"identifier\": [{\"use\": \"official\", \"system\": \"urn:oid:1.2.208.176.1.2\", \"value\": \"0101400001\"}], \"name\": [{\"use\": \"official\", \"family\": \"Anden\"}], \"text\": {\"status\": \"generated\", \"div\": \"<div xmlns='http://www.w3.org/1999/xhtml'>Anden</div>\"}}}, {\"fullUrl\": \"https://medcomfhir.dk/ig/homecareobservation/Patient/", "Bundle.entry[2].resource", "structure"},
    {"homecare_new", "\"given\": [\n        \"PP\"\n       ]", "\"given\": [\"PP\"], \"invented\": true", "", ""},
    {"communication_new", "\"status\": \"unknown\"", "\"status\": \"unknown\", \"invented\": {\"x\": [1, {}]}", "", ""},
};

TEST(MedCom, a_message_for_a_location_that_is_not_ours_is_a_fatal_error)
{
    const auto text = case_text("notification_admit");
    const auto answer = [&](const OwnLocation& own) {
        auto checked = check(text, case_settings());
        addressed(checked, Locations({own}));
        return acknowledge(text, checked, checked.answer, {1'772'442'000'000, "01ACK", "01MESSAGE"});
    };
    const auto ok = "\"code\":\"ok\"";
    EXPECT_NE(answer({"5790000999983", "", {}}).find(ok), std::string::npos);
    EXPECT_NE(answer({"5790000999976", "999999000016001", {}}).find(ok), std::string::npos) << "its SOR number names it too";
    const auto elsewhere = answer({"5790000999976", "999999000016009", {}});
    EXPECT_NE(elsewhere.find("MSG_Receiver_Identifier_UNKNOWN"), elsewhere.npos) << elsewhere;
    EXPECT_NE(elsewhere.find("Bundle.entry[0].resource.destination[0].receiver.reference"), elsewhere.npos) << elsewhere;
    const auto other_unit = answer({"5790000999983", "", {"999999000016005"}});
    EXPECT_NE(other_unit.find("MSG_Receiver_Identifier_UNKNOWN"), other_unit.npos) << other_unit;
}

TEST(MedCom, names_the_place_and_the_code_of_each_violation)
{
    for (const auto& m : mutations) {
        const auto text = changed(case_text(m.file), m.from, m.to);
        const auto checked = check(text, case_settings());
        const auto reply = acknowledge(text, checked, checked.answer, {1'772'442'000'000, "01ACK", "01MESSAGE"});
        SCOPED_TRACE(std::string(m.file) + ": " + m.from + " → " + m.to + "\n" + reply);
        if (!*m.place) {
            EXPECT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues[0].path + checked.issues[0].text);
            EXPECT_NE(reply.find("\"code\":\"ok\""), reply.npos);
            continue;
        }
        EXPECT_EQ(checked.answer, Answer::content_error);
        ASSERT_FALSE(checked.issues.empty());
        EXPECT_EQ(checked.issues[0].path, m.place);
        EXPECT_NE(reply.find("\"code\":\"fatal-error\""), reply.npos);
        EXPECT_NE(reply.find("\"" + std::string(m.code) + "\""), reply.npos);
        EXPECT_NE(reply.find("\"expression\":[\"" + std::string(m.place) + "\"]"), reply.npos);
    }
}

/// A reference to it could mean either. Nobody refers to a Provenance: published messages have one twice.
TEST(MedCom, refuses_two_entries_with_one_address)
{
    const auto check_text = [](const std::string& text) { return check(text, case_settings()); };
    auto text = case_text("notification_admit");
    const std::string_view receiver = "22222222-2222-4222-8222-222222222222";
    for (auto at = text.find(receiver); at != text.npos; at = text.find(receiver, at))
        text.replace(at, receiver.size(), "11111111-1111-4111-8111-111111111111");
    const auto refused = check_text(text);
    EXPECT_EQ(refused.answer, Answer::content_error);
    ASSERT_FALSE(refused.issues.empty());
    EXPECT_EQ(refused.issues[0].path, "Bundle.entry[4].fullUrl");
    EXPECT_EQ(refused.issues[0].kind, IssueKind::duplicate_key);

    const auto once = case_text("notification_admit");
    const auto provenance = once.rfind("  {\n   \"fullUrl\"");
    const auto entry = once.substr(provenance, once.rfind("\n ]") - provenance);
    const auto warned = check_text(once.substr(0, provenance) + entry + ",\n" + entry + "\n ]\n}\n");
    EXPECT_EQ(warned.answer, Answer::accepted);
    EXPECT_TRUE(std::ranges::any_of(warned.issues, [](const Issue& i) { return i.kind == IssueKind::duplicate_key; }));
}

TEST(MedCom, acknowledges_with_the_parties_swapped)
{
    const auto text = case_text("notification_admit");
    const auto reply = acknowledged(text);
    const auto json = Json::parse(reply);
    ASSERT_TRUE(json);
    EXPECT_EQ(reply, acknowledged(text)) << "the same message, the same moment";
    EXPECT_NE(reply.find("\"destination\":[{\"extension\":"), reply.npos);
    EXPECT_NE(reply.find("\"endpoint\":\"https://sor2.sum.dsdn.dk/#id=999999000016002\",\"receiver\":{\"reference\":\"Organization/11111111"), reply.npos);
    EXPECT_NE(reply.find("\"sender\":{\"reference\":\"Organization/22222222"), reply.npos);
    EXPECT_NE(reply.find("\"response\":{\"identifier\":\"a0000000-0000-4000-8000-000000000001\",\"code\":\"ok\"}"), reply.npos);
    EXPECT_EQ(count(reply, "\"resourceType\":\"Provenance\""), 2u);
}

TEST(MedCom, tells_a_sender_to_try_again_when_the_journal_cannot_take_it)
{
    const auto text = case_text("communication_new");
    const auto checked = check(text, case_settings());
    const auto reply = acknowledge(text, checked, Answer::store_failed, {1'772'442'000'000, "01ACK", ""});
    EXPECT_NE(reply.find("\"code\":\"transient-error\",\"details\":{\"reference\":\"OperationOutcome/"), reply.npos);
    EXPECT_NE(reply.find("\"code\":\"transient\""), reply.npos);
}

TEST(MedCom, gives_the_same_acknowledgement_for_a_resend_in_the_other_syntax)
{
    struct Row {
        const char *category, *response;
    };
    for (const auto& row : {Row{"\"code\": \"other\"", "\"code\":\"ok\""}, Row{"\"code\": \"no-such-category\"", "\"code\":\"fatal-error\""}}) {
        const auto json = changed(case_text("communication_new"), "\"code\": \"other\"", row.category);
        const auto again = xml_of_json(changed(json, "b0000000-0000-4000-8000-000000000021", "b0000000-0000-4000-8000-000000000022"));
        const auto first = acknowledged(json), second = acknowledged(again);
        EXPECT_EQ(second.substr(0, 5), "<?xml");
        Issues issues;
        const auto read = json_of_xml(second, issues);
        EXPECT_TRUE(issues.empty());
        const auto id = [](const std::string& text) { return text.substr(text.find("acknowledgement/MessageHeader/"), 66); };
        const auto response = [](const std::string& text) { return text.substr(text.find("\"response\":"), 100); };
        EXPECT_EQ(id(first), id(read));
        EXPECT_EQ(response(first), response(read));
        EXPECT_NE(response(first).find(row.response), std::string::npos) << response(first);
        EXPECT_EQ(check(json, case_settings()).control_id, check(again, case_settings()).control_id);
    }
}

/// Without any meta.profile: what is left to know a message by is its header's event, or how it names whom it is for.
std::string without_profiles(std::string text)
{
    for (auto at = text.find("\"meta\""); at != text.npos; at = text.find("\"meta\"", at)) {
        auto end = text.find('}', at) + 1;
        if (text[end] == ',') ++end;
        text.erase(at, end - at);
    }
    return text;
}

TEST(MedCom, knows_a_message_without_profiles_and_its_resend_in_the_other_syntax)
{
    for (const auto* name : {"notification_admit", "notification_leave", "communication_new"}) {
        const auto bare = without_profiles(case_text(name));
        ASSERT_EQ(bare.find("\"profile\""), bare.npos);
        const auto other_system = changed(bare, "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-eventCodes", "urn:local:events");
        for (const auto& json : {bare, other_system}) {
            SCOPED_TRACE(name);
            const auto xml = xml_of_json(json);
            const auto first = check(json, case_settings()), second = check(xml, case_settings()), whole = check(case_text(name), case_settings());
            EXPECT_EQ(first.type, whole.type);
            EXPECT_EQ(second.type, whole.type);
            EXPECT_EQ(first.answer, second.answer);
            EXPECT_EQ(first.issues.size(), second.issues.size());
            EXPECT_EQ(first.system, second.system);
            EXPECT_EQ(first.control_id, second.control_id);
            EXPECT_EQ(identity(json, first), identity(xml, second)) << "a resend in the other syntax is the same message";
            EXPECT_EQ(identity(json, first), identity(case_text(name), whole)) << "and so is one that claims its profiles";
        }
        EXPECT_EQ(normalised_case(bare).bundle, normalised_case(xml_of_json(bare)).bundle);
    }
    // An event of MedCom's name in a header that has nothing else of MedCom's is another's message.
    auto foreign = without_profiles(case_text("notification_admit"));
    constexpr std::string_view medcom = "http://medcomfhir.dk/", other = "http://example.org/";
    for (auto at = foreign.find(medcom); at != foreign.npos; at = foreign.find(medcom, at)) foreign.replace(at, medcom.size(), other);
    EXPECT_EQ(check(foreign, case_settings()).type, "Bundle");
}

TEST(MedCom, never_acknowledges_an_acknowledgement)
{
    const auto reply = acknowledged(case_text("notification_admit"));
    const auto checked = check(reply, case_settings());
    EXPECT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues[0].path + " " + checked.issues[0].text);
    EXPECT_EQ(checked.type, "acknowledgement-message");
    EXPECT_FALSE(checked.expects_answer);
    EXPECT_EQ(acknowledge(reply, checked, Answer::accepted, {0, "1", "1"}), "");
}

TEST(MedCom, leaves_out_what_fhir_does_not_know)
{
    const auto text = changed(case_text("communication_new"), "\"status\": \"unknown\"", "\"a\": 1, \"status\": \"unknown\", \"invented\": {\"x\": [1, {}]}");
    const auto n = normalised_case(text);
    EXPECT_EQ(n.bundle, normalised_case(case_text("communication_new")).bundle);
    const auto inner = changed(case_text("communication_new"), "\"use\": \"official\",", "\"first\": 1, \"use\": \"official\", \"second\": [2],");
    EXPECT_EQ(normalised_case(inner).bundle, n.bundle);
}

TEST(MedCom, claims_no_profile_that_an_older_message_cannot_keep)
{
    const auto now = case_text("communication_new");
    const auto older = changed(now, "http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0",
                               "http://medcomfhir.dk/ig/carecommunication/medcom-careCommunication-message-definition|4.0.0");
    constexpr std::string_view claim = "StructureDefinition/medcom-careCommunication-messageHeader\"";
    EXPECT_EQ(count(normalised_case(now).bundle, claim), 1u);
    const auto out = normalised_case(older);
    EXPECT_EQ(count(out.bundle, claim), 0u);
    EXPECT_EQ(count(out.bundle, "message-definition|4.0.0"), 1u);
    ASSERT_FALSE(out.issues.empty());
    EXPECT_EQ(out.issues.back().text, "is not claimed on: the message is of an older version than the profile");
}

TEST(MedCom, keeps_the_words_after_an_agent_who_is_not_sent_along)
{
    // A Provenance of an earlier message, whose Organization this one does not hold.
    const auto earlier = changed(case_text("notification_admit"), "\"who\": {", "\"who\": {\"reference\": \"Organization/gone\",\n \"identifier\": {\"value\": \"two words\"}}, \"onBehalfOf\": {");
    const auto n = normalised_case(earlier);
    EXPECT_NE(n.bundle.find("\"who\":{\"display\":\"Organization/gone\",\"identifier\":{\"value\":\"two words\"}}"), n.bundle.npos) << n.bundle;
    EXPECT_EQ(n.bundle.find('\n'), n.bundle.npos);
}

TEST(MedCom, writes_the_same_from_xml_as_from_json)
{
    for (const auto* name : {"notification_admit", "notification_leave", "communication_new"}) {
        const auto json = case_text(name);
        EXPECT_EQ(normalised_case(xml_of_json(json)).bundle, normalised_case(json).bundle) << name;
    }
}

TEST(MedCom, names_one_stay_by_its_episode)
{
    const auto id = [](const char* name) {
        const auto n = normalised_case(case_text(name));
        for (const auto& span : n.resources)
            if (span.type == "Encounter") return span.id;
        return std::string();
    };
    EXPECT_EQ(id("notification_admit"), id("notification_discharge"));
    EXPECT_NE(id("notification_admit"), id("notification_acute"));
}

} // namespace
} // namespace sluse::fhir
