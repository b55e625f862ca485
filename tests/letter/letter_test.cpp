// tests/letter/letter_test.cpp — what a letter is checked for, and the receipts it gets; the FHIR of letters is in tests/maps/cases.
#include "adapters/letter/letter.hpp"
#include "adapters/oioxml/adapter.hpp"
#include "adapters/xml/source.hpp"
#include "gateway/base/files.hpp"
#include "gateway/normalise/maps.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sluse {
namespace {

const SystemSettings settings;

struct Made {
    std::string version{"XD2030C"}, root{"NotificationOfAdmission"}, cpr{"2512489996"}, status{"indlagt"}, asked{"pluspositivkvitt"};
    std::string envelope{"KUV1"}, letter{"BREV1"};
    std::string text() const
    {
        return "<Emessage xmlns='http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/'><Envelope><Sent><Date>2026-03-02</Date><Time>08:30</Time></Sent>"
               "<Identifier>" +
               envelope + "</Identifier><AcknowledgementCode>" + asked + "</AcknowledgementCode></Envelope><" + root + "><Letter><Identifier>" + letter +
               "</Identifier><VersionCode>" + version +
               "</VersionCode><StatisticalCode>XDIS20</StatisticalCode><Authorisation><Date>2026-03-02</Date><TimeWithSec>08:25:00</TimeWithSec></Authorisation>"
               "<TypeCode>XDIS20</TypeCode><StatusCode>nytbrev</StatusCode><NotificationIdentifier>N1</NotificationIdentifier></Letter>"
               "<Sender><EANIdentifier>5790000999014</EANIdentifier></Sender><Receiver><EANIdentifier>5790000999021</EANIdentifier></Receiver>"
               "<Patient>" +
               (cpr.empty() ? "" : "<CivilRegistrationNumber>" + cpr + "</CivilRegistrationNumber>") + "<EpisodeOfCareStatusCode>" + status +
               "</EpisodeOfCareStatusCode></Patient><Admission><Date>2026-03-02</Date><Time>08:10</Time></Admission></" + root + "></Emessage>";
    }
};

std::string answered(const std::string& text, Answer answer)
{
    const auto checked = oioxml::check(text, settings);
    return oioxml::acknowledge(text, checked, answer, {1772440200000, "01HZZZZZZZZZZZZZZZZZZZZZZZ", {}});
}

std::string answered(const std::string& text)
{
    return answered(text, oioxml::check(text, settings).answer);
}

const Issue& first_issue(const Checked& checked)
{
    static const Issue none;
    return checked.issues.empty() ? none : checked.issues.front();
}

TEST(Letter, is_recognised_by_its_root_and_namespace)
{
    EXPECT_TRUE(oioxml::recognises(Made{}.text()));
    EXPECT_FALSE(oioxml::recognises("<Bundle xmlns='http://hl7.org/fhir'/>"));
    EXPECT_FALSE(oioxml::recognises("<Emessage xmlns='urn:other'/>"));
}

/// A letter whose schema is not here is no less about one patient.
TEST(Letter, is_about_one_patient_whatever_its_version)
{
    const auto report = bytes_of(SLUSE_SOURCE_DIR "/tests/maps/cases/letter_rpt06_miba.xml");
    EXPECT_EQ(oioxml::check(report, settings).answer, Answer::accepted);
    auto two = report;
    two.insert(two.find("</Patient>") + 10, "<Patient><CivilRegistrationNumber>2512489997</CivilRegistrationNumber></Patient>");
    const auto checked = oioxml::check(two, settings);
    EXPECT_EQ(checked.answer, Answer::content_error);
    EXPECT_EQ(first_issue(checked).path, "Emessage/MiBaReport/Patient[2]");
    two = report;
    two.insert(two.find("</CivilRegistrationNumber>") + 26, "<CivilRegistrationNumber>2512489997</CivilRegistrationNumber>");
    EXPECT_EQ(first_issue(oioxml::check(two, settings)).path, "Emessage/MiBaReport/Patient/CivilRegistrationNumber[2]");
    auto undated = report;
    undated.replace(undated.find("<Date>", undated.find("<Authorisation>")) + 6, 10, "i forgaars");
    EXPECT_EQ(first_issue(oioxml::check(undated, settings)).path, "Emessage/MiBaReport/Letter/Authorisation/Date");
}

/// Of what its schema has once, a second would be lost; another's element is none of the letter's.
TEST(Letter, has_its_elements_as_often_as_its_schema_and_none_of_others)
{
    const auto first = [](std::string_view from, std::string_view to) {
        auto text = Made{}.text();
        text.replace(text.find(from), from.size(), to);
        const auto checked = oioxml::check(text, settings);
        EXPECT_EQ(checked.answer, Answer::content_error);
        EXPECT_TRUE(checked.expects_answer);
        return first_issue(checked).path + ": " + first_issue(checked).text;
    };
    EXPECT_EQ(first("<Sender>", "<Sender><EANIdentifier>5790000999052</EANIdentifier></Sender><Sender>"), "Emessage/NotificationOfAdmission/Sender[2]: stands twice: there is one at most");
    EXPECT_EQ(first("<CivilRegistrationNumber>", "<CivilRegistrationNumber>0101400001</CivilRegistrationNumber><CivilRegistrationNumber>"),
              "Emessage/NotificationOfAdmission/Patient/CivilRegistrationNumber[2]: stands twice: there is one at most");
    EXPECT_EQ(first("<StatusCode>", "<StatusCode xmlns='urn:other'>"), "Emessage/NotificationOfAdmission/Letter/StatusCode: stands in another namespace than the letter");
    EXPECT_EQ(first("<AcknowledgementCode>", "<AcknowledgementCode>minuspositivkvitt</AcknowledgementCode><AcknowledgementCode>"), "Emessage/Envelope/AcknowledgementCode[2]: stands twice: there is one at most");
    EXPECT_EQ(first("<Sent><Date>2026-03-02", "<Sent><Date>2. marts"), "Emessage/Envelope/Sent/Date: is no date: YYYY-MM-DD");
    EXPECT_EQ(first("<Admission><Date>2026-03-02", "<Admission><Date>2026-02-30"), "Emessage/NotificationOfAdmission/Admission/Date: is no date: YYYY-MM-DD");
    EXPECT_EQ(first("<Time>08:10", "<Time>kl. 8"), "Emessage/NotificationOfAdmission/Admission/Time: is no time: HH:MM");
}

/// Days, codes and numbers that the schema demands, and groups that must hold one; texts, and what kind a number is, are told.
TEST(Letter, has_what_its_schema_demands)
{
    const auto first = [](const std::string& what, std::string_view from, std::string_view to = {}) {
        auto text = bytes_of(std::string(SLUSE_SOURCE_DIR) + "/tests/edifact/letters/" + what + ".xml");
        const auto at = text.find(from);
        EXPECT_NE(at, text.npos) << from;
        text.replace(at, from.size(), to);
        const auto checked = oioxml::check(text, settings);
        for (const auto& issue : checked.issues)
            if (issue.kind == IssueKind::required_missing) return std::string(checked.answer == Answer::accepted ? "told " : "") + issue.path + ": " + issue.text;
        return std::string("accepted");
    };
    EXPECT_EQ(first("DIS20", "<Date>2026-03-02</Date><Time>08:30</Time></Admission>", "<Date>2026-03-02</Date></Admission>"),
              "Emessage/NotificationOfAdmission/Admission/Time: Admission/Time is missing in NotificationOfAdmission");
    EXPECT_EQ(first("DIS20", "<TimeWithSec>09:15:00</TimeWithSec>", "<Time>09:15</Time>"), "accepted");
    EXPECT_EQ(first("DIS20", "<StatusCode>nytbrev</StatusCode>"), "Emessage/NotificationOfAdmission/Letter/StatusCode: Letter/StatusCode is missing in NotificationOfAdmission");
    EXPECT_EQ(first("DIS20", "<OrganisationName>Eksempel Sygehus</OrganisationName>"), "told Emessage/NotificationOfAdmission/Sender/OrganisationName: Sender/OrganisationName is missing in NotificationOfAdmission");
    EXPECT_EQ(first("DIS20", "<IdentifierCode>kommunenummer</IdentifierCode>"), "told Emessage/NotificationOfAdmission/Receiver/IdentifierCode: Receiver/IdentifierCode is missing in NotificationOfAdmission");
    EXPECT_EQ(first("CTL02", "<OriginalVersionCode>D2030C</OriginalVersionCode>"), "accepted");
}

TEST(Letter, is_told_by_name_when_it_is_none)
{
    const auto checked = oioxml::check("<MedComKD xmlns='http://rep.oio.dk/medcom.dk/xml/schemas/2011/06/20/'/>", settings);
    EXPECT_EQ(checked.answer, Answer::refused);
    EXPECT_EQ(first_issue(checked).path + ": " + first_issue(checked).text, "MedComKD: is no MedCom message: the root element must be Emessage");
}

TEST(Letter, names_sender_type_letter_and_person)
{
    const auto checked = oioxml::check(Made{}.text(), settings);
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.system, "5790000999014");
    EXPECT_EQ(checked.type, "XDIS20");
    EXPECT_EQ(checked.control_id, "BREV1");
    ASSERT_EQ(checked.persons.size(), 1u);
    EXPECT_EQ(checked.persons[0].node(), "urn:oid:1.2.208.176.1.2|2512489996");
}

TEST(Letter, of_unknown_version_is_refused_with_VER)
{
    const auto checked = oioxml::check(Made{.version = "XD9999C"}.text(), settings);
    EXPECT_EQ(checked.answer, Answer::refused);
    EXPECT_EQ(first_issue(checked).path, "Emessage/NotificationOfAdmission/Letter/VersionCode");
    const auto receipt = answered(Made{.version = "XD9999C"}.text());
    EXPECT_NE(receipt.find("<RefuseCode>problem_med_version</RefuseCode><RefuseText>Kan ikke konvertere breve af typen "), std::string::npos) << receipt;
}

TEST(Letter, whose_version_and_root_disagree_is_refused)
{
    EXPECT_EQ(oioxml::check(Made{.version = "XD0133L"}.text(), settings).answer, Answer::refused);
}

TEST(Letter, without_patient_number_is_refused_in_the_standards_words)
{
    const auto checked = oioxml::check(Made{.cpr = ""}.text(), settings);
    EXPECT_EQ(checked.answer, Answer::content_error);
    EXPECT_EQ(first_issue(checked).text, "En patient skal enten have et lovligt cpr eller et alternativt ID");
    EXPECT_EQ(letter::edifact_code(letter::refused_of(checked).code), "NC");
}

TEST(Letter, with_a_number_that_fails_modulus_11_is_taken)
{
    EXPECT_EQ(oioxml::check(Made{.cpr = "0101010101"}.text(), settings).answer, Answer::accepted);
}

TEST(Letter, with_a_status_its_type_does_not_allow_is_refused)
{
    const auto checked = oioxml::check(Made{.status = "ambulant"}.text(), settings);
    EXPECT_EQ(checked.answer, Answer::content_error);
    EXPECT_EQ(first_issue(checked).path, "Emessage/NotificationOfAdmission/Patient/EpisodeOfCareStatusCode");
    EXPECT_EQ(letter::edifact_code(letter::refused_of(checked).code), "SYN");
}

TEST(Receipt, is_positive_only_when_asked_for)
{
    const auto receipt = answered(Made{}.text());
    EXPECT_NE(receipt.find("<PositiveReceipt><Letter>"), std::string::npos) << receipt;
    EXPECT_NE(receipt.find("<OriginalEnvelopeIdentifier>KUV1</OriginalEnvelopeIdentifier><OriginalSender><EANIdentifier>5790000999014"), std::string::npos);
    EXPECT_NE(receipt.find("<OriginalLetterIdentifier>BREV1</OriginalLetterIdentifier><OriginalVersionCode>XD2030C</OriginalVersionCode>"), std::string::npos);
    EXPECT_NE(receipt.find("<Sender><EANIdentifier>5790000999021"), std::string::npos);
    EXPECT_EQ(answered(Made{.asked = "minuspositivkvitt"}.text()), "");
}

TEST(Receipt, is_negative_whether_asked_for_or_not)
{
    const auto receipt = answered(Made{.cpr = "", .asked = "minuspositivkvitt"}.text());
    EXPECT_NE(receipt.find("<NegativeReceipt><Letter>"), std::string::npos) << receipt;
    EXPECT_NE(receipt.find("<RefuseCode>ikke_specificeret</RefuseCode>"), std::string::npos);
}

TEST(Receipt, is_a_letter_that_is_read_and_never_answered)
{
    const auto receipt = answered(Made{}.text());
    const auto checked = oioxml::check(receipt, settings);
    EXPECT_EQ(checked.answer, Answer::accepted) << first_issue(checked).path << ": " << first_issue(checked).text;
    EXPECT_EQ(checked.type, "XCTL03");
    EXPECT_FALSE(checked.expects_answer);
    EXPECT_EQ(oioxml::acknowledge(receipt, checked, Answer::accepted, {}), "");
    EXPECT_EQ(oioxml::acknowledge(receipt, checked, Answer::refused, {}), "");
}

TEST(Receipt, is_not_sent_when_the_store_failed)
{
    EXPECT_EQ(answered(Made{}.text(), Answer::store_failed), "");
}

TEST(Letter, sent_again_in_another_envelope_is_the_same)
{
    const auto identity = [](const std::string& text) { return letter::identity(text, oioxml::check(text, settings)); };
    EXPECT_EQ(identity(Made{.envelope = "A"}.text()), identity(Made{.envelope = "B"}.text()));
    EXPECT_NE(identity(Made{.letter = "A"}.text()), identity(Made{.letter = "B"}.text()));
    EXPECT_EQ(identity("no letter"), "no letter");
}

TEST(Letter, with_a_document_type_is_refused)
{
    const auto checked = oioxml::check("<!DOCTYPE Emessage [<!ENTITY a 'b'>]>" + Made{}.text(), settings);
    EXPECT_EQ(checked.answer, Answer::refused);
    EXPECT_FALSE(checked.decoded);
}

TEST(LetterFhir, keeps_its_ids_when_corrected_and_says_what_no_map_knows)
{
    Issues issues;
    const auto maps = Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
    ASSERT_TRUE(maps) << (issues.empty() ? "" : issues[0].path + ": " + issues[0].text);
    const auto keys = Keys::demonstration();
    const auto bundle = [&](std::string text, Normalised& out) {
        const auto checked = oioxml::check(text, settings);
        const auto done = oioxml::normalise(text, checked, {*maps, settings, keys.resource, {}, 0}, out);
        EXPECT_TRUE(done) << (done ? "" : done.error().where);
    };
    Normalised first, again;
    auto text = Made{}.text();
    bundle(text, first);
    EXPECT_TRUE(first.coverage.unmapped.empty()) << first.coverage.unmapped[0];
    text.replace(text.find("nytbrev"), 7, "annulleretbrev");
    text.replace(text.find("<Admission>"), 0, "<Nickname>x</Nickname>");
    bundle(text, again);
    ASSERT_EQ(first.resources.size(), again.resources.size());
    for (std::size_t i = 0; i < first.resources.size(); ++i) EXPECT_EQ(first.resources[i].id, again.resources[i].id);
    EXPECT_NE(again.bundle.find("\"entered-in-error\""), std::string::npos);
    ASSERT_EQ(again.coverage.unmapped.size(), 1u);
    EXPECT_EQ(again.coverage.unmapped[0], "Emessage/NotificationOfAdmission/Nickname");
}

/// The Organizations of a letter with these parties: id and what else is told of each.
std::map<std::string, std::string> organizations(const std::string& parties)
{
    Issues issues;
    const auto maps = Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
    auto text = Made{}.text();
    const auto from = text.find("<Sender>");
    text.replace(from, text.find("<Patient>") - from, parties);
    const auto checked = oioxml::check(text, settings);
    Normalised out;
    EXPECT_TRUE(oioxml::normalise(text, checked, {*maps, settings, Keys::demonstration().resource, {}, 0}, out));
    std::map<std::string, std::string> found;
    for (const auto& resource : out.resources)
        if (resource.type == "Organization") found.emplace(resource.id, out.bundle.substr(resource.offset, resource.length));
    EXPECT_TRUE(out.coverage.unmapped.empty() || found.size() == 1) << out.coverage.unmapped[0];
    return found;
}

std::string party(const std::string& role, const std::string& number, const std::string& name, const std::string& street = {}, const std::string& gln = "5790000999014")
{
    return "<" + role + "><EANIdentifier>" + gln + "</EANIdentifier><Identifier>" + number + "</Identifier><IdentifierCode>ydernummer</IdentifierCode><OrganisationName>" + name +
           "</OrganisationName>" + (street.empty() ? "" : "<StreetName>" + street + "</StreetName>") + "</" + role + ">";
}

TEST(LetterFhir, keeps_both_departments_that_share_a_gln)
{
    const auto told = organizations(party("Sender", "101", "Klinik A") + party("Receiver", "102", "Klinik B", "Kajen 4"));
    ASSERT_EQ(told.size(), 2u);
    std::string all;
    for (const auto& [id, resource] : told) all += resource;
    for (const auto* const part : {"Klinik A", "Klinik B", "Kajen 4", "000101", "000102"}) EXPECT_NE(all.find(part), std::string::npos) << part;
    // The answer's parties are the same two, whatever else it tells of them.
    const auto answer = organizations(party("Sender", "102", "Klinik B, Lab.") + party("Receiver", "101", "Klinik A", "Kajen 2"));
    ASSERT_EQ(answer.size(), 2u);
    for (const auto& [id, resource] : answer) EXPECT_TRUE(told.contains(id)) << resource;
}

TEST(LetterFhir, tells_parties_of_one_gln_apart_by_name_or_address_where_their_numbers_agree)
{
    EXPECT_EQ(organizations(party("Sender", "101", "Klinik A") + party("Receiver", "101", "Klinik B")).size(), 2u);
    EXPECT_EQ(organizations(party("Sender", "101", "Klinik A", "Kajen 2") + party("Receiver", "101", "Klinik A", "Kajen 4")).size(), 2u);
}

TEST(LetterFhir, knows_a_party_by_its_gln_alone_where_nothing_contradicts)
{
    const auto alone = organizations(party("Sender", "101", "Klinik A") + party("Receiver", "102", "Klinik B", {}, "5790000999021"));
    const auto same = organizations(party("Sender", "101", "Klinik A", "Kajen 2") + party("Receiver", "101", "Klinik A"));
    ASSERT_EQ(alone.size(), 2u);
    ASSERT_EQ(same.size(), 1u);
    EXPECT_TRUE(alone.contains(same.begin()->first));
}

TEST(XmlTime, is_what_the_date_writer_reads)
{
    const auto time = [](const std::string& xml) { return xml::time_text(xml::Document::parse(xml).document->root()); };
    EXPECT_EQ(time("<a><Date>2026-03-01</Date><Time>11:15</Time></a>"), "202603011115");
    EXPECT_EQ(time("<a><Date>2026-03-01</Date><TimeWithSec>11:15:30</TimeWithSec></a>"), "20260301111530");
    EXPECT_EQ(time("<a><Date>2026-03-01</Date></a>"), "20260301");
    EXPECT_EQ(time("<a>2026-03-01T11:15:30+01:00</a>"), "20260301111530+0100");
    EXPECT_EQ(time("<a>2026-03-01T10:15:30Z</a>"), "20260301101530Z");
    EXPECT_EQ(time("<a>yesterday</a>"), "");
}

} // namespace
} // namespace sluse
