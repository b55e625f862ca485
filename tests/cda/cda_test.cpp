// tests/cda/cda_test.cpp — CDA documents in, FHIR out, and precise refusals; all people are invented.
#include "adapters/adapter.hpp"
#include "adapters/cda/adapter.hpp"
#include "gateway/normalise/maps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluse {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string document(std::string_view template_id, std::string_view code, std::string_view body, std::string_view more = {})
{
    return "<ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><typeId root=\"2.16.840.1.113883.1.3\" extension=\"POCD_HD000040\"/>"
           "<templateId root=\"" + std::string(template_id) + "\"/><id root=\"1.2.208.184\" extension=\"7d0f1c5a-36b8-4a52-8c41-0c9be23e1a01\"/><code code=\"" + std::string(code) +
           "\" codeSystem=\"2.16.840.1.113883.6.1\"/><title>Prøvedokument</title><effectiveTime value=\"20260302083000+0100\"/><confidentialityCode code=\"N\" codeSystem=\"2.16.840.1.113883.5.25\"/>"
           "<languageCode code=\"da-DK\"/><recordTarget><patientRole><id root=\"1.2.208.176.1.2\" extension=\"2512489996\"/><addr use=\"H\"><streetAddressLine>Prøvevej 1</streetAddressLine>"
           "<postalCode>8000</postalCode><city>Aarhus C</city></addr><telecom value=\"tel:86000001\" use=\"H\"/><patient><name><given>Anna</given><family>Prøve</family></name>"
           "<administrativeGenderCode code=\"F\" codeSystem=\"2.16.840.1.113883.5.1\"/><birthTime value=\"19481225\"/></patient></patientRole></recordTarget>"
           "<author><time value=\"20260302083000+0100\"/><assignedAuthor><id root=\"1.2.208.176.1.1\" extension=\"990101100001600\"/><assignedPerson><name><given>Peter</given><family>Test</family></name>"
           "</assignedPerson></assignedAuthor></author><custodian><assignedCustodian><representedCustodianOrganization><id root=\"1.2.208.176.1.1\" extension=\"990101100001600\"/><name>Prøvehospital</name>"
           "</representedCustodianOrganization></assignedCustodian></custodian>" + std::string(more) + "<component><structuredBody>" + std::string(body) + "</structuredBody></component></ClinicalDocument>";
}

std::string section(std::string_view code, std::string_view inner, std::string_view template_id = "2.16.840.1.113883.10.20.1.16")
{
    return "<component><section><templateId root=\"" + std::string(template_id) + "\"/><code code=\"" + std::string(code) +
           "\" codeSystem=\"2.16.840.1.113883.6.1\"/><title>Afsnit</title><text>Tekst</text>" + std::string(inner) + "</section></component>";
}

const std::string weight = "<entry><organizer classCode=\"CLUSTER\" moodCode=\"EVN\"><statusCode code=\"completed\"/><effectiveTime value=\"20260301074500+0100\"/><component><observation classCode=\"OBS\" moodCode=\"EVN\"><id root=\"1.2.208.184\" extension=\"o1\"/>"
                           "<code code=\"NPU03804\" codeSystem=\"1.2.208.176.2.1\" displayName=\"Legeme masse;Pt\"/><statusCode code=\"completed\"/><value xsi:type=\"PQ\" value=\".92\" unit=\"kg\"/>"
                           "<methodCode code=\"POT\" codeSystem=\"1.2.208.184.100.1\"/><methodCode code=\"AUT\" codeSystem=\"1.2.208.184.100.1\"/></observation></component></organizer></entry>";
const std::string phmr = document("1.2.208.184.11.1", "53576-5",
                                  section("8716-3", weight) + section("46264-8", "<entry><organizer classCode=\"CLUSTER\" moodCode=\"EVN\"><statusCode code=\"completed\"/><participant typeCode=\"DEV\"><participantRole><playingDevice><code code=\"MCI00001\" "
                                                                                 "codeSystem=\"1.2.208.184.100.3\"/><manufacturerModelName>Vægt 1</manufacturerModelName></playingDevice></participantRole></participant></organizer></entry>"));

Checked check(const std::string& message)
{
    const auto* adapter = adapter_for(message);
    EXPECT_TRUE(adapter && adapter->name == "cda");
    return adapter ? adapter->check(message, {}) : Checked();
}

std::string first(const Checked& checked)
{
    return checked.issues.empty() ? "" : checked.issues.front().path + ": " + checked.issues.front().text;
}

std::string bundle(const std::string& message)
{
    Issues issues;
    static const auto maps = Maps::load(std::string(SLUSE_SOURCE_DIR) + "/schemas", issues);
    const HmacKey key("test");
    const SystemSettings system;
    const auto checked = check(message);
    EXPECT_EQ(checked.answer, Answer::accepted) << first(checked);
    Normalised out;
    const auto done = adapter_named("cda")->normalise(message, checked, {*maps, system, key, {}, 0}, out);
    EXPECT_TRUE(done) << (done ? "" : done.error().where);
    EXPECT_THAT(out.coverage.unmapped, testing::IsEmpty());
    return out.bundle;
}

std::string repeated(std::string_view text, int times)
{
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

/// Each would take minutes, or all of the memory, if a thing that stands a hundred thousand times were looked at with all before it.
TEST(Cda, OfManyEqualElementsIsRefusedAtOnce)
{
    const auto many = [](std::string_view element) {
        auto text = phmr;
        return text.insert(text.find(element), repeated(element, 100'000));
    };
    EXPECT_EQ(first(check(many(R"(<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>)"))), "ClinicalDocument/typeId[2]: stands twice: there is one at most");
    EXPECT_EQ(first(check(many(R"(<id root="1.2.208.176.1.2" extension="2512489996"/>)"))), "ClinicalDocument/recordTarget/patientRole/id[2]/@extension: is a second CPR number: a person has one");
    const auto values = check(many(R"(<value xsi:type="PQ" value=".92" unit="kg"/>)"));
    EXPECT_EQ(values.answer, Answer::content_error);
    EXPECT_LT(values.issues.size(), 300u);
}

TEST(Cda, ReadsTelemedicineMeasurements)
{
    const auto checked = check(phmr);
    EXPECT_EQ(checked.type, "PHMR");
    ASSERT_EQ(checked.persons.size(), 1u);
    EXPECT_EQ(checked.persons[0].value, "2512489996");
    const auto text = bundle(phmr);
    EXPECT_THAT(text, HasSubstr(R"("code":{"coding":[{"code":"NPU03804","system":"urn:oid:1.2.208.176.2.1","display":"Legeme masse;Pt"}]})"));
    EXPECT_THAT(text, HasSubstr(R"("effectiveDateTime":"2026-03-01T07:45:00+01:00")"));
    EXPECT_THAT(text, HasSubstr(R"("valueQuantity":{"value":0.92,"unit":"kg","code":"kg","system":"http://unitsofmeasure.org"})"));
    EXPECT_THAT(text, HasSubstr(R"("method":{"coding":[{"system":"urn:oid:1.2.208.184.100.1","code":"POT"},{"system":"urn:oid:1.2.208.184.100.1","code":"AUT"}]})"));
    EXPECT_THAT(text, HasSubstr(R"("code":"vital-signs")"));
    EXPECT_THAT(text, HasSubstr(R"("deviceName":[{"name":"Vægt 1","type":"model-name"}])"));
    EXPECT_THAT(text, HasSubstr(R"("resourceType":"DocumentReference")"));
    EXPECT_THAT(text, HasSubstr(R"("telecom":[{"system":"phone","value":"86000001","use":"home"}])"));
}

TEST(Cda, ReadsAnswersToAQuestionnaire)
{
    const auto text = bundle(document("1.2.208.184.13.1", "74465-6",
                                      section("74465-6", "<entry><organizer classCode=\"CLUSTER\" moodCode=\"EVN\"><statusCode code=\"COMPLETED\"/><component><observation classCode=\"OBS\" moodCode=\"EVN\"><id root=\"1.2.208.184.100.2\" extension=\"ob1\"/><code code=\"q1\" "
                                                         "codeSystem=\"1.2.208.184.100.2\"><originalText>Har du mere hoste?</originalText></code><value xsi:type=\"CE\" code=\"A1\" codeSystem=\"1.2.208.184.100.2\" "
                                                         "displayName=\"Ja\"/><entryRelationship typeCode=\"SUBJ\"><observation classCode=\"OBS\" moodCode=\"EVN\"><code code=\"74467-2\"/><value xsi:type=\"IVL_INT\"><low value=\"1\"/><high value=\"1\"/></value></observation>"
                                                         "</entryRelationship></observation></component></organizer></entry>")));
    EXPECT_THAT(text, HasSubstr(R"("resourceType":"QuestionnaireResponse")"));
    EXPECT_THAT(text, HasSubstr(R"("item":[{"linkId":"q1","text":"Har du mere hoste?","answer":[{"valueCoding":{"code":"A1","system":"urn:oid:1.2.208.184.100.2","display":"Ja"}}]}])"));
}

/// Which question of which questionnaire an answer is to, or which measurement it rests on.
TEST(Cda, KeepsTheNumbersOfWhatAnAnswerRefersTo)
{
    const auto text = bundle(
        document("1.2.208.184.13.1", "74465-6",
                 section("74465-6", "<entry><organizer classCode=\"CLUSTER\" moodCode=\"EVN\"><statusCode code=\"COMPLETED\"/><component><observation classCode=\"OBS\" moodCode=\"EVN\"><id "
                                    "root=\"1.2.208.184.100.2\" extension=\"ob1\"/><code code=\"q1\" "
                                    "codeSystem=\"1.2.208.184.100.2\"><originalText>Hvor meget vejer "
                                    "du?</originalText></code><value xsi:type=\"PQ\" value=\"77\" unit=\"kg\"/>"
                                    "<reference typeCode=\"REFR\"><externalDocument><id root=\"1.2.208.184\" extension=\"form-1\"/><id "
                                    "root=\"1.2.208.184.5\" extension=\"3\"/></externalDocument></reference>"
                                    "<reference typeCode=\"REFR\"><externalObservation><id root=\"1.2.208.184\" "
                                    "extension=\"weight-1\"/></externalObservation></reference>"
                                    "</observation></component></organizer></entry>")));
    EXPECT_THAT(
        text,
        HasSubstr(
            R"({"linkId":"q1","extension":[{"valueIdentifier":{"system":"urn:oid:1.2.208.184","value":"form-1"},"url":"urn:sluse:extension:cda-external"},)"));
    for (const auto* id : {R"({"system":"urn:oid:1.2.208.184.5","value":"3"})",
                           R"({"system":"urn:oid:1.2.208.184","value":"weight-1"})"})
        EXPECT_THAT(text, HasSubstr(id));
}

/// Where the device's own code is NI, what it is stands in the translation.
TEST(Cda, SaysWhatADeviceIs)
{
    const auto text = bundle(document(
        "1.2.208.184.11.1", "53576-5",
        section("8716-3", weight) +
            section("46264-8", "<entry><organizer classCode=\"CLUSTER\" moodCode=\"EVN\"><statusCode "
                               "code=\"completed\"/><participant typeCode=\"DEV\"><participantRole><playingDevice><code code=\"NI\" "
                               "codeSystem=\"2.16.840.1.113883.6.24\"><translation code=\"MCI00005\" "
                               "codeSystem=\"1.2.208.184.100.3\" displayName=\"Lungemåler\"/></code>"
                               "<manufacturerModelName>Lunge 1</manufacturerModelName></playingDevice></participantRole></participant></organizer></entry>")));
    EXPECT_THAT(
        text,
        HasSubstr(
            R"("type":{"coding":[{"code":"MCI00005","system":"urn:oid:1.2.208.184.100.3","display":"Lungemåler"}]})"));
}

TEST(Cda, GivesEachQuestionItsOwnLinkId)
{
    const auto question = [](std::string_view text) {
        return "<entry><organizer classCode=\"CLUSTER\" moodCode=\"EVN\"><statusCode code=\"active\"/><component><observation classCode=\"OBS\" moodCode=\"EVN\"><templateId root=\"2.16.840.1.113883.10.20.32.4.9\"/><code code=\"Q1\" codeSystem=\"1.2.208.184.100.2\"><originalText>" + std::string(text) +
               "</originalText></code></observation></component></organizer></entry>";
    };
    auto form = document("1.2.208.184.12.1", "74468-0", section("74468-0", question("Har du mere hoste?") + question("Og om natten?")));
    const auto patient = form.find("<recordTarget>");
    form.erase(patient, form.find("<author>") - patient); // a form is about nobody
    const auto text = bundle(form);
    EXPECT_THAT(text, HasSubstr(R"("linkId":"Q1","text":"Har du mere hoste?")"));
    EXPECT_THAT(text, HasSubstr(R"("linkId":"Q1#2","text":"Og om natten?")"));
}

TEST(Cda, SaysThatACodeIsAbsentWhereItOnlyNamesASystem)
{
    auto coded = phmr;
    const std::string code = "<code code=\"NPU03804\" codeSystem=\"1.2.208.176.2.1\" displayName=\"Legeme masse;Pt\"/>";
    coded.replace(coded.find(code), code.size(), "<code nullFlavor=\"NI\"><translation code=\"null\" codeSystem=\"1.2.208.176.2.1\"/></code>");
    EXPECT_THAT(bundle(coded), HasSubstr(R"("code":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]},"subject")"));
}

TEST(Cda, KeepsWhereAPartyWorks)
{
    const auto text = bundle(document("1.2.208.184.11.1", "53576-5", section("8716-3", weight) + section("46264-8", ""),
                                      "<legalAuthenticator><time value=\"20260302083000+0100\"/><signatureCode code=\"S\"/><assignedEntity><id root=\"1.2.208.176.1.1\" extension=\"990101200001600\"/><addr use=\"WP\"><streetAddressLine>Prøvealle 2</streetAddressLine>"
                                      "<city>Odense C</city><postalCode>5000</postalCode></addr><telecom value=\"tel:66000001\" use=\"WP\"/><assignedPerson><name><prefix>Læge</prefix><given>Lis</given>"
                                      "<family>Underskriver</family></name></assignedPerson><representedOrganization><id root=\"1.2.208.176.1.1\" extension=\"990101300001600\"/><name>Prøveafdelingen</name>"
                                      "</representedOrganization></assignedEntity></legalAuthenticator>"));
    EXPECT_THAT(text, HasSubstr(R"("authenticator":{"reference":"PractitionerRole/)"));
    EXPECT_THAT(text, HasSubstr(R"("name":[{"family":"Underskriver","given":["Lis"],"prefix":["Læge"]}],"address":[{"line":["Prøvealle 2"],"city":"Odense C","postalCode":"5000","use":"work"}])"));
    EXPECT_THAT(text, HasSubstr(R"("telecom":[{"system":"phone","value":"66000001","use":"work"}])"));
    EXPECT_THAT(text, HasSubstr(R"("identifier":[{"system":"urn:oid:1.2.208.176.1.1","value":"990101300001600"}],"name":"Prøveafdelingen")"));
}

TEST(Cda, KeepsTheAddressOfAPlaceThatTakesPart)
{
    const auto text = bundle(document("1.2.208.184.11.1", "53576-5", section("8716-3", weight) + section("46264-8", ""),
                                      "<participant typeCode=\"ORG\"><associatedEntity classCode=\"CON\"><addr use=\"WP\"><streetAddressLine>Prøvegade 3</streetAddressLine><city>Prøveby</city>"
                                      "<postalCode>9999</postalCode></addr><telecom value=\"tel:66000002\" use=\"WP\"/><scopingOrganization><name>Prøveby Kommune</name></scopingOrganization></associatedEntity></participant>"));
    EXPECT_THAT(text, HasSubstr(R"("name":"Prøveby Kommune","telecom":[{"system":"phone","value":"66000002","use":"work"}],"address":[{"line":["Prøvegade 3"],"city":"Prøveby","postalCode":"9999","use":"work"}])"));
}

TEST(Cda, NamesTheStayAndTheDocumentItReplaces)
{
    const auto with = [](std::string_view more) { return bundle(document("1.2.208.184.11.1", "53576-5", section("8716-3", weight) + section("46264-8", ""), more)); };
    const auto text = with("<relatedDocument typeCode=\"RPLC\"><parentDocument><id root=\"1.2.208.184\" extension=\"d1\"/><code code=\"53576-5\" codeSystem=\"2.16.840.1.113883.6.1\" displayName=\"Målinger\"/>"
                           "<setId root=\"1.2.208.184\" extension=\"s1\"/><versionNumber value=\"1\"/></parentDocument></relatedDocument><componentOf><encompassingEncounter><id root=\"1.2.208.184\" extension=\"stay1\"/>"
                           "<code code=\"IMP\" codeSystem=\"2.16.840.1.113883.5.4\" displayName=\"Indlæggelse\"/><effectiveTime><low value=\"20260301090000+0100\"/></effectiveTime></encompassingEncounter></componentOf>");
    EXPECT_THAT(text, HasSubstr(R"("relatesTo":[{"code":"replaces","target":{"identifier":{"value":"d1","system":"urn:oid:1.2.208.184"},"display":"Målinger"}}])"));
    EXPECT_THAT(text, HasSubstr(R"("encounter":[{"identifier":{"value":"stay1","system":"urn:oid:1.2.208.184"},"type":"Encounter","display":"Indlæggelse"}])"));
    EXPECT_THAT(text, HasSubstr(R"("period":{"start":"2026-03-01T09:00:00+01:00"})"));
    EXPECT_THAT(with("<relatedDocument typeCode=\"APND\"><parentDocument><id root=\"223769be-f6ee-4b04-a0ce-b56ae998c880\"/></parentDocument></relatedDocument>"),
                HasSubstr(R"("relatesTo":[{"code":"appends","target":{"identifier":{"value":"223769be-f6ee-4b04-a0ce-b56ae998c880"}}}])"));
}

TEST(Cda, ReadsAnAppointment)
{
    const auto entry = std::string("<entry><encounter classCode=\"ENC\" moodCode=\"APT\"><id root=\"1.2.208.184\" extension=\"a1\"/><code code=\"185353001\" codeSystem=\"2.16.840.1.113883.6.96\"/><statusCode code=\"active\"/>"
                                   "<effectiveTime><low value=\"20260401110000+0200\"/><high value=\"20260401120000+0200\"/></effectiveTime></encounter></entry>");
    const auto text = bundle(document("1.2.208.184.14.1", "39289-4", section("18776-5", entry, "1.2.208.184.14.11.1")));
    EXPECT_THAT(text, HasSubstr(R"("resourceType":"Appointment")"));
    EXPECT_THAT(text, HasSubstr(R"("status":"booked")"));
    EXPECT_THAT(text, HasSubstr(R"("start":"2026-04-01T11:00:00+02:00","end":"2026-04-01T12:00:00+02:00")"));
    auto open = entry;
    const std::string_view end = "<high value=\"20260401120000+0200\"/>";
    open.replace(open.find(end), end.size(), "<high nullFlavor=\"NI\"/>");
    EXPECT_THAT(bundle(document("1.2.208.184.14.1", "39289-4", section("18776-5", open, "1.2.208.184.14.11.1"))),
                HasSubstr(R"("start":"2026-04-01T11:00:00+02:00","_end":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]})"));
    const auto header = "<documentationOf><serviceEvent><effectiveTime><low value=\"20260402110000+0200\"/></effectiveTime></serviceEvent></documentationOf>";
    EXPECT_THAT(first(check(document("1.2.208.184.14.1", "39289-4", section("18776-5", entry, "1.2.208.184.14.11.1"), header))), HasSubstr("is another time than the header's"));
}

TEST(Cda, SaysWhatIsMissingAndWhere)
{
    EXPECT_EQ(check(document("1.2.3", "53576-5", "")).answer, Answer::refused);
    EXPECT_THAT(first(check(document("1.2.208.184.11.1", "53576-5", section("8716-3", weight)))), HasSubstr("the section Medical Equipment (code 46264-8) is missing"));
    EXPECT_THAT(first(check(document("1.2.208.184.11.1", "1-1", section("46264-8", "")))), HasSubstr("ClinicalDocument/code/@code: must be 53576-5"));
    EXPECT_THAT(first(check(document("1.2.208.184.15.1", "81215-6", section("75310-3", "", "1.2.208.184.15.1.10.20.1")))), HasSubstr("section/component: is missing"));
    auto wrong = phmr;
    wrong.replace(wrong.find("2512489996"), 10, "3512489996");
    EXPECT_THAT(first(check(wrong)), HasSubstr("ClinicalDocument/recordTarget/patientRole/id/@extension: is no CPR number"));
    const auto with = [](std::string_view from, std::string_view to) {
        auto text = phmr;
        text.replace(text.find(from), from.size(), to);
        return check(text);
    };
    EXPECT_THAT(first(with("<confidentialityCode code=\"N\" codeSystem=\"2.16.840.1.113883.5.25\"/>", "")), HasSubstr("ClinicalDocument/confidentialityCode: is missing"));
    EXPECT_THAT(first(with("confidentialityCode code=\"N\"", "confidentialityCode code=\"X\"")), HasSubstr("ClinicalDocument/confidentialityCode/@code: must be one of U L M N R V"));
    EXPECT_THAT(first(with("value xsi:type=\"PQ\"", "value")), HasSubstr("component/observation/value/@xsi:type: is missing"));
    EXPECT_THAT(first(with("value xsi:type=\"PQ\" value=\"", "value xsi:type=\"PQ\" value=\"ca. ")), HasSubstr("component/observation/value/@value: is no number"));
    EXPECT_THAT(first(with("da-DK", "dansk sprog")), HasSubstr("ClinicalDocument/languageCode/@code: is no language"));
    EXPECT_THAT(first(with("da-DK", std::string(200, 'x'))), HasSubstr("ClinicalDocument/languageCode/@code: is no language"));
    EXPECT_THAT(first(with("<addr use", "<id root=\"1.2.208.176.1.2\" extension=\"2512489996\"/><addr use")), HasSubstr("recordTarget/patientRole/id[2]/@extension: is a second CPR number"));
    EXPECT_THAT(first(with("</recordTarget>", "<patientRole/></recordTarget>")), HasSubstr("recordTarget/patientRole[2]: stands twice"));
    EXPECT_THAT(first(with("</patientRole>", "<patient/></patientRole>")), HasSubstr("recordTarget/patientRole/patient[2]: stands twice"));
    EXPECT_THAT(first(with("</ClinicalDocument>", "<component/></ClinicalDocument>")), HasSubstr("ClinicalDocument/component[2]: stands twice"));
    auto untitled = document("1.2.208.184.12.1", "74468-0", "<component><section><templateId root=\"2.16.840.1.113883.10.20.32.2.1\"/><text>Tekst</text></section></component>");
    EXPECT_THAT(first(check(untitled)), HasSubstr("component/structuredBody/component/section/title: is missing, and so is the code"));
    EXPECT_THAT(first(check("<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><typeId>")), HasSubstr("not well-formed XML"));
    auto other = phmr; // no longer than the right name, and so without a place behind it
    for (const auto at : {other.find("ClinicalDocument"), other.rfind("ClinicalDocument")}) other.replace(at, 8, "ClinSupp");
    EXPECT_THAT(first(cda::check(other, {})), HasSubstr("ClinicalDocument: must be the root element, not ClinSuppDocument"));
}

TEST(Cda, RefusesAHeaderOrASectionThatLacksWhatItsProfileDemands)
{
    struct Lack {
        std::string_view gone, place;
    };
    constexpr Lack lacks[] = {
        {"<title>Prøvedokument</title>", "ClinicalDocument/title"},
        {"<languageCode code=\"da-DK\"/>", "ClinicalDocument/languageCode"},
        {"<time value=\"20260302083000+0100\"/>", "ClinicalDocument/author/time"},
        {"<id root=\"1.2.208.176.1.1\" extension=\"990101100001600\"/><assignedPerson>", "ClinicalDocument/author/assignedAuthor/id"},
        {"<id root=\"1.2.208.176.1.1\" extension=\"990101100001600\"/><name>Prøvehospital", "ClinicalDocument/custodian/assignedCustodian/representedCustodianOrganization/id"},
        {"<name><given>Anna</given><family>Prøve</family></name>", "ClinicalDocument/recordTarget/patientRole/patient/name"},
        {"<administrativeGenderCode code=\"F\" codeSystem=\"2.16.840.1.113883.5.1\"/>", "ClinicalDocument/recordTarget/patientRole/patient/administrativeGenderCode"},
        {"<birthTime value=\"19481225\"/>", "ClinicalDocument/recordTarget/patientRole/patient/birthTime"},
        {"<templateId root=\"2.16.840.1.113883.10.20.1.16\"/>", "ClinicalDocument/component/structuredBody/component[1]/section/templateId"},
        {"<title>Afsnit</title>", "ClinicalDocument/component/structuredBody/component[1]/section/title"},
        {"<code code=\"8716-3\" codeSystem=\"2.16.840.1.113883.6.1\"/>", "ClinicalDocument/component/structuredBody/component[1]/section/code"},
    };
    for (const auto& lack : lacks) {
        auto text = phmr;
        auto part = std::string(lack.gone);
        if (const auto tag = part.find('>'); part.find("<id") == 0) part.resize(tag + 1); // what follows only tells which
        text.erase(text.find(lack.gone), part.size());
        std::vector<std::string> places;
        for (const auto& issue : check(text).issues) places.push_back(issue.path);
        EXPECT_THAT(places, testing::Contains(std::string(lack.place)));
        EXPECT_EQ(check(text).answer, Answer::content_error) << lack.place;
    }
    EXPECT_THAT(first(check(document("1.2.208.184.11.1", "53576-5", section("46264-8", "")))), HasSubstr("neither the section Vital signs"));
}

std::string replaced(std::string_view from, std::string_view to)
{
    auto text = phmr;
    text.replace(text.find(from), from.size(), to);
    return text;
}

std::vector<std::string> places(const std::string& message)
{
    std::vector<std::string> out;
    for (const auto& issue : check(message).issues) out.push_back(issue.path);
    return out;
}

/// By HL7's own schema: schemas/cda/elements.tsv.
TEST(Cda, RefusesWhatTheSchemaDoesNotKnow)
{
    struct Fault {
        std::string_view from, to, place;
    };
    const std::string body = "ClinicalDocument/component/structuredBody/component[1]/section/entry";
    const Fault faults[] = {
        {"<code code=\"NPU03804\" codeSystem=\"1.2.208.176.2.1\" displayName=\"Legeme masse;Pt\"/>", "", "/organizer/component/observation/code"},
        {"<code code=\"NPU03804\" codeSystem=\"1.2.208.176.2.1\" displayName=\"Legeme masse;Pt\"/>", "<code/>", "/organizer/component/observation/code/@code"},
        {"<value xsi:type=\"PQ\" value=\".92\" unit=\"kg\"/>", "<templateId root=\"2.16.840.1.113883.10.20.9.8\"/>", "/organizer/component/observation/value"},
        {"<value xsi:type=\"PQ\" value=\".92\" unit=\"kg\"/>", "<value xsi:type=\"PQ\" unit=\"kg\"/>", "/organizer/component/observation/value/@value"},
        {"xsi:type=\"PQ\"", "xsi:type=\"Measurement\"", "/organizer/component/observation/value/@xsi:type"},
        {"value=\".92\"", "value=\"1-2\"", "/organizer/component/observation/value/@value"},
        {"classCode=\"OBS\" moodCode=\"EVN\"", "classCode=\"OBS\" moodCode=\"DONE\"", "/organizer/component/observation/@moodCode"},
        {"classCode=\"OBS\" moodCode=\"EVN\"", "moodCode=\"EVN\"", "/organizer/component/observation/@classCode"},
        {"<statusCode code=\"completed\"/><effectiveTime", "<effectiveTime", "/organizer/statusCode"},
        {"<effectiveTime value=\"20260301074500+0100\"/>", "<effectiveTime value=\"20260230\"/>", "/organizer/effectiveTime/@value"},
        {"<effectiveTime value=\"20260301074500+0100\"/>", "<effectiveTime value=\"20260228\"/><effectiveTime value=\"20260228\"/>", "/organizer/effectiveTime[2]"},
        {"codeSystem=\"1.2.208.176.2.1\"", "codeSystem=\"NPU\u00e6\"", "/organizer/component/observation/code/@codeSystem"},
        {"<entry><organizer", "<entry/><entry><organizer", "[1]"}, // holds none of the statements
        // Neither FHIR's Range nor its Period can say these.
        {"<value xsi:type=\"PQ\" value=\".92\" unit=\"kg\"/>", "<value xsi:type=\"IVL_PQ\"><low value=\"900\" unit=\"g\"/><high value=\"1\" unit=\"kg\"/></value>", "/organizer/component/observation/value/high/@unit"},
        {"<value xsi:type=\"PQ\" value=\".92\" unit=\"kg\"/>", "<value xsi:type=\"IVL_PQ\"><low value=\"10\" unit=\"kg\"/><high value=\"9\" unit=\"kg\"/></value>", "/organizer/component/observation/value/high/@value"},
        {"<effectiveTime value=\"20260301074500+0100\"/>", "<effectiveTime><low value=\"20260301074500+0100\"/><high value=\"20260301074459+0100\"/></effectiveTime>", "/organizer/effectiveTime/high/@value"},
    };
    for (const auto& fault : faults) {
        const auto text = replaced(fault.from, fault.to);
        EXPECT_EQ(check(text).answer, Answer::content_error) << fault.place;
        EXPECT_THAT(places(text), testing::Contains(body + std::string(fault.place)));
    }
    EXPECT_THAT(places(replaced("birthTime value=\"19481225\"", "birthTime value=\"19481332\"")), testing::Contains("ClinicalDocument/recordTarget/patientRole/patient/birthTime/@value"));
    EXPECT_EQ(check(replaced("birthTime value=\"19481225\"", "birthTime nullFlavor=\"NI\"")).answer, Answer::accepted);
    EXPECT_EQ(check(replaced("value=\".92\"", "nullFlavor=\"NI\"")).answer, Answer::accepted) << "why there is no number is told";
    EXPECT_EQ(check(replaced("<title>", "<sdtc:statusCode xmlns:sdtc=\"urn:hl7-org:sdtc\" code=\"completed\"/><title>")).answer, Answer::accepted) << "an extension that HL7 shares";
}

TEST(Cda, TakesIntervalsThatAreInOrder)
{
    const std::string_view value = "<value xsi:type=\"PQ\" value=\".92\" unit=\"kg\"/>", time = "<effectiveTime value=\"20260301074500+0100\"/>";
    EXPECT_EQ(check(replaced(value, "<value xsi:type=\"IVL_PQ\"><low value=\"9\" unit=\"kg\"/><high value=\"10\" unit=\"kg\"/></value>")).answer, Answer::accepted);
    EXPECT_EQ(check(replaced(value, "<value xsi:type=\"IVL_PQ\"><low value=\"9\" unit=\"kg\"/></value>")).answer, Answer::accepted);
    for (const auto* high : {"20260301074500+0100", "20260301064500+0000", "202603"})
        EXPECT_EQ(check(replaced(time, "<effectiveTime><low value=\"20260301074500+0100\"/><high value=\"" + std::string(high) + "\"/></effectiveTime>")).answer, Answer::accepted) << high;
}

TEST(Cda, TellsOfACurveThatItDoesNotWrite)
{
    const auto curve = replaced("<value xsi:type=\"PQ\" value=\".92\" unit=\"kg\"/>",
                                "<value xsi:type=\"GLIST_TS\"><head value=\"20260301074500+0100\"/><increment value=\"1\" unit=\"s\"/></value>"
                                "<value xsi:type=\"SLIST_PQ\"><origin value=\"0\" unit=\"uV\"/><scale value=\"5\" unit=\"uV\"/><digits>1 2 3</digits></value>");
    const auto checked = check(curve);
    EXPECT_EQ(checked.answer, Answer::accepted);
    ASSERT_EQ(checked.issues.size(), 2u);
    EXPECT_EQ(checked.issues[1].path + ": " + checked.issues[1].text,
              "ClinicalDocument/component/structuredBody/component[1]/section/entry/organizer/component/observation/value[2]: is a curve, which is not written; the document keeps it");
}

TEST(Cda, RefusesASecondPatient)
{
    const auto target = phmr.substr(phmr.find("<recordTarget>"), phmr.find("</recordTarget>") + 15 - phmr.find("<recordTarget>"));
    EXPECT_THAT(first(check(replaced("</recordTarget>", "</recordTarget>" + target))), HasSubstr("ClinicalDocument/recordTarget[2]: is a second patient: a document is about one"));
}

TEST(Cda, ReadsNoElementsOfOtherNamespaces)
{
    EXPECT_THAT(first(check(replaced("xmlns=\"urn:hl7-org:v3\"", "xmlns=\"urn:hl7-org:v2\""))), HasSubstr("ClinicalDocument/@xmlns: is not CDA's namespace: send urn:hl7-org:v3"));
    EXPECT_THAT(first(check(replaced("<confidentialityCode", "<confidentialityCode xmlns=\"\""))), HasSubstr("ClinicalDocument/confidentialityCode: stands in no namespace"));
    const auto extended = replaced("<title>", "<x:code xmlns:x=\"urn:example:local\" code=\"1\"/><title>");
    EXPECT_EQ(check(extended).answer, Answer::accepted);
    EXPECT_THAT(first(check(extended)), HasSubstr("ClinicalDocument/code[2]: stands in a namespace that is not CDA's: it is left out"));
    EXPECT_EQ(bundle(extended), bundle(phmr));
    EXPECT_THAT(places(replaced("<title>Prøvedokument</title>", "<x:title xmlns:x=\"urn:example:local\">Prøve</x:title>")), testing::Contains("ClinicalDocument/title")) << "another's title is none";
}

TEST(Cda, TakesAReplacementNumber)
{
    auto replaced = phmr;
    replaced.replace(replaced.find("2512489996"), 10, "251248ABCD");
    EXPECT_EQ(check(replaced).answer, Answer::accepted);
    EXPECT_THAT(bundle(replaced), Not(HasSubstr("dk-core-patient")));
}

} // namespace
} // namespace sluse
