// tests/letter/error_table_test.cpp — what each kind of error is answered with, in every format that can have it: one row for each row of MedCom's table.
#include "adapters/adapter.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/xml.hpp"
#include "gateway/base/base64.hpp"
#include "gateway/base/files.hpp"
#include "gateway/model/locations.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace sluse {
namespace {

const std::filesystem::path tests = std::filesystem::path(SLUSE_SOURCE_DIR) / "tests";

/// Which letter or message the row changes.
enum class In : std::uint8_t { edifact, oioxml, fhir, fhir_leave, fhir_communication };

struct Row {
    const char* what;
    In in;
    const char *from, *to; ///< every occurrence
    const char* place;     ///< of the first error; empty: accepted
    std::vector<const char*> says; ///< stands in the acknowledgement
};

std::string sound(In in)
{
    switch (in) {
    case In::edifact: return bytes_of(tests / "edifact/letters/DIS20.edi");
    case In::oioxml: return bytes_of(tests / "edifact/letters/DIS20.xml");
    case In::fhir: return bytes_of(tests / "fhir/cases/notification_admit.json");
    case In::fhir_leave: return bytes_of(tests / "fhir/cases/notification_leave.json");
    case In::fhir_communication: return bytes_of(tests / "fhir/cases/communication_new.json");
    }
    return {};
}

std::string changed(std::string text, std::string_view from, std::string_view to)
{
    EXPECT_NE(text.find(from), text.npos) << from;
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

std::string in_an_envelope(std::string_view payload, std::size_t size)
{
    return "<VANSEnvelope xmlns=\"urn:oio:medcom:vans-envelope:1.0.4\"><SenderID EndPointType=\"EAN\">5790000000010</SenderID><ReceiverID EndPointType=\"EAN\">5790000000027</ReceiverID>"
           "<EnvelopeIdentifier>0f3b2a34-5b1e-4c55-9a2f-3d6c1f0a7e11</EnvelopeIdentifier><SentDateTime>2026-03-01T11:15:30</SentDateTime><Message><MetaInformation>"
           "<Identifier>7c0f6e52-1f0b-4a0d-8b1e-4f9f0c5d2a22</Identifier><Document><Format>Other</Format><Name>MCM:TEST</Name><SizeInBytes>" +
           std::to_string(size) + "</SizeInBytes></Document></MetaInformation><Data>" + to_base64(payload) + "</Data></Message></VANSEnvelope>";
}

struct Answered {
    Checked checked;
    std::string reply;
};

Answered answered(const std::string& message, const Locations& own = Locations(std::vector<OwnLocation>{}))
{
    Answered out;
    const auto* adapter = adapter_for(message);
    EXPECT_NE(adapter, nullptr);
    if (!adapter) return out;
    out.checked = adapter->check(message, {});
    hold_to_locations(*adapter, out.checked, own);
    out.reply = adapter->acknowledge(message, out.checked, out.checked.answer, {1'772'442'900'000, "01ABCDEFGHJKMNPQRSTV", "M"});
    return out;
}

void expect(const Row& row, const Answered& got)
{
    SCOPED_TRACE(std::string(row.what) + "\n" + got.reply);
    EXPECT_EQ(got.checked.answer == Answer::accepted, !*row.place);
    if (*row.place && !got.checked.issues.empty()) { EXPECT_EQ(got.checked.issues.front().path, row.place) << got.checked.issues.front().text; }
    for (const auto* text : row.says) EXPECT_NE(got.reply.find(text), std::string::npos) << text;
}

const std::vector<Row>& rows()
{
    static const std::string fatal = "\"code\":\"fatal-error\"";
    static const std::vector<Row> out{
        // The interchange is broken: all of it is refused.
        {"UNB without reference", In::edifact, "+K2001++++1'", "'", "UNB-5.1", {"CTL02'", "UCI++5790000000010:14+5790000000027:14+4'", "FTX+SYN+"}},
        {"UNB's character set", In::edifact, "UNOC:3", "UNOX:3", "UNB-1.1", {"+4'\nFTX+SYN+"}},
        {"UNZ one too many", In::edifact, "UNZ+1", "UNZ+2", "UNZ-1.1", {"5790000000027:14+4'\nFTX+SYN+"}},
        {"UNZ's reference", In::edifact, "UNZ+1+K2001", "UNZ+1+K2002", "UNZ-2.1", {"5790000000027:14+4'\nFTX+SYN+"}},
        {"UNZ missing", In::edifact, "UNZ+1+K2001'", "", "interchange", {"5790000000027:14+4'\nFTX+SYN+"}},
        {"UNZ with a colon", In::edifact, "UNZ+1+", "UNZ+1:", "UNZ-1.1", {"5790000000027:14+4'\nFTX+SYN+"}},
        {"UNB's date", In::edifact, "260302:0915", "263102:0915", "UNB-4.1", {"UCI+K2001+", "FTX+SYN+"}},
        {"UNB's time", In::edifact, "260302:0915", "260302:2515", "UNB-4.2", {"UCI+K2001+", "FTX+SYN+"}},
        {"UNB without receiver", In::edifact, "+5790000000027:14+", "++", "UNB-3.1", {"+4'\nFTX+SYN+"}},
        {"UNB without sender", In::edifact, "+5790000000010:14+", "++", "UNB-2.1", {}}, // nobody to answer
        {"UNB twice", In::edifact, "UNH+B2001", "UNB+UNOC:3+5790000000010:14+5790000000027:14+260302:0915+K2002'\nUNH+B2001", "UNB", {"UCI+K2001+", "FTX+SYN+"}},
        {"a control character in UNB", In::edifact, "K2001", "K2\x01" "001", "UNB-5.1", {"UCI+K2001+", "FTX+SYN+"}},
        {"functional groups", In::edifact, "UNH+B2001", "UNG+1'\nUNH+B2001", "UNG", {"UCI+K2001+", "FTX+SYN+"}},
        {"a segment outside of letters", In::edifact, "UNZ+1", "BGM+EPI'\nUNZ+1", "BGM", {"+4'\nFTX+SYN+"}},
        {"an envelope without number", In::oioxml, "<Identifier>K2001</Identifier>", "", "Emessage/Envelope/Identifier", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"an envelope of no date", In::oioxml, "<Sent><Date>2026-03-02", "<Sent><Date>2026-03-32", "Emessage/Envelope/Sent/Date", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"XML that ends too early", In::oioxml, "</Emessage>", "", "line 2, column 1", {}}, // no letter can be named
        {"UNA of one character twice", In::edifact, "UNA:+.? '", "UNA:+.+ '", "UNA", {}},
        // The letter is broken: it is refused, with the reason after it.
        {"UNT one too few", In::edifact, "UNT+26", "UNT+25", "UNT[26]-1.1", {"UCM+B2001+MEDDIS:D:93A:UN:D2030C+4'\nFTX+SYN+"}},
        {"UNT's reference", In::edifact, "UNT+26+B2001", "UNT+26+B2002", "UNT[26]-2.1", {"+4'\nFTX+SYN+"}},
        {"UNH without number", In::edifact, "UNH+B2001", "UNH+", "UNH[1]-1.1", {"UCM++MEDDIS:D:93A:UN:D2030C+4'\nFTX+SYN+"}},
        {"UNT missing", In::edifact, "UNT+26+B2001'", "", "UNZ", {"UCM+B2001+MEDDIS:D:93A:UN:D2030C+4'\nFTX+SYN+"}},
        {"a release character too many", In::edifact, "Eksempel Kommune", "Eksempel?Kommune", "NAD[11]-4", {"UCM+B2001+MEDDIS:D:93A:UN:D2030C+4'\nFTX+SYN+"}},
        {"an empty segment", In::edifact, "SEQ++2'", "SEQ++2''", "segment[13]", {"+4'\nFTX+SYN+"}},
        {"an object without its end", In::edifact, "SEQ++2'", "UNO+1+AID:1+OBJ:IMG:JPG:91+3:14:1:A'abcd'", "UNO[12]", {"+4'\nFTX+SYN+"}},
        {"a control character in a number", In::edifact, "2512489996", "25124\x02" "9996", "PNA[18]-2.1", {"+4'\nFTX+SYN+P00++PNA[18]-2.1?: "}},
        {"no tag", In::edifact, "SEQ++2'", "seq++2'", "segment[12]", {"+4'\nFTX+SYN+"}},
        {"unknown qualifier", In::edifact, "NAD+SOR", "NAD+SORT", "NAD[5]-1.1", {"UCM+B2001+MEDDIS:D:93A:UN:D2030C+4'\nFTX+SYN+"}},
        {"unknown qualifier of a number", In::edifact, "RFF+REI", "RFF+XXX", "RFF[22]-1.1", {"UCM+B2001+MEDDIS:D:93A:UN:D2030C+4'\nFTX+SYN+"}},
        {"unknown qualifier of a date", In::edifact, "DTM+90", "DTM+99", "DTM[24]-1.1", {"UCM+B2001+MEDDIS:D:93A:UN:D2030C+4'\nFTX+SYN+"}},
        {"unknown kind of text", In::edifact, "SEQ++2'", "FTX+QQ+P00++Tekst'", "FTX[12]-1.1", {"+4'\nFTX+SYN+"}},
        {"a group that the letter has not", In::edifact, "S07+07'", "S08+08'", "S08[17]", {"+4'\nFTX+SYN+"}},
        {"DTM's format", In::edifact, "DTM+90:202603020830:203", "DTM+90:202603020830:999", "DTM[24]-1.3", {"+4'\nFTX+SYN+"}},
        {"a day that is none", In::edifact, "DTM+90:202603020830", "DTM+90:202602300830", "DTM[24]-1.2", {"+4'\nFTX+SYN+"}},
        {"the same in XML", In::oioxml, "<Admission><Date>2026-03-02", "<Admission><Date>2026-02-30", "Emessage/NotificationOfAdmission/Admission/Date", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"a time that is none", In::oioxml, "<Time>08:30", "<Time>8.30", "Emessage/NotificationOfAdmission/Admission/Time", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"two patients", In::edifact, "PNA+PAT+2512489996:::CPR:IM'\nS11+11'", "PNA+PAT+2512489996:::CPR:IM'\nPNA+PAT+2512489997:::CPR:IM'", "PNA[19]", {"+4'\nFTX+SYN+"}},
        {"two patients in two groups", In::edifact, "S11+11'\nGIS+N'", "S07+07'\nPNA+PAT+2512489997:::CPR:IM'", "PNA[20]-2.1", {"+4'\nFTX+SYN+"}},
        {"the same in XML", In::oioxml, "</Patient>", "</Patient><Patient><CivilRegistrationNumber>2512489997</CivilRegistrationNumber></Patient>", "Emessage/NotificationOfAdmission/Patient[2]",
         {"<OriginalLetterIdentifier>B2001</OriginalLetterIdentifier><OriginalVersionCode>XD2030C</OriginalVersionCode><RefuseCode>syntaksfejl</RefuseCode>"}},
        {"another namespace", In::oioxml, "<Admission>", "<Admission xmlns=\"urn:other\">", "Emessage/NotificationOfAdmission/Admission", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"a letter without number", In::oioxml, "<Identifier>B2001</Identifier>", "", "Emessage/NotificationOfAdmission/Letter/Identifier", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"a letter without sender", In::oioxml, "<Sender><EANIdentifier>5790000000010</EANIdentifier>", "<Sender>", "Emessage/NotificationOfAdmission/Sender/EANIdentifier", {}}, // nobody to answer
        {"a letter without episode", In::oioxml, "<NotificationIdentifier>ADV2001</NotificationIdentifier>", "", "Emessage/NotificationOfAdmission/Letter/NotificationIdentifier", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"DTM's length", In::edifact, "DTM+90:202603020830:203", "DTM+90:202603020830:204", "DTM[24]-1.2", {"+4'\nFTX+SYN+"}},
        {"PAS of another letter", In::edifact, "PAS+HS", "PAS+HA", "PAS[25]-1.1", {"+4'\nFTX+SYN+"}},
        {"the same in XML", In::oioxml, ">indlagt<", ">ambulant<", "Emessage/NotificationOfAdmission/Patient/EpisodeOfCareStatusCode", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"what the schema needs", In::edifact, "DTM+90:202603020830:203'\nPAS+HS'\nUNT+26", "PAS+HS'\nUNT+25", "Emessage/NotificationOfAdmission/Admission", {"+4'\nFTX+SYN+"}},
        {"the same in XML", In::oioxml, "<Admission><Date>2026-03-02</Date><Time>08:30</Time></Admission>", "", "Emessage/NotificationOfAdmission/Admission", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"an unknown status", In::edifact, "GIS+N'\nRFF+SRI:B2001'", "GIS+Q'\nRFF+SRI:B2001'", "GIS[14]-1.1", {"+4'\nFTX+SYN+"}},
        {"two statuses", In::edifact, "GIS+N'\nRFF+SRI:B2001'", "GIS+C'\nRFF+SRI:B2001'", "GIS[20]-1.1", {"+4'\nFTX+SYN+"}},
        {"no status", In::edifact, "GIS+N'\n", "ZZZ+N'\n", "Emessage/NotificationOfAdmission/Letter/StatusCode", {"+4'\nFTX+SYN+"}},
        {"the same in XML", In::oioxml, "<StatusCode>nytbrev</StatusCode>", "", "Emessage/NotificationOfAdmission/Letter/StatusCode", {"<RefuseCode>syntaksfejl</RefuseCode>"}},
        {"a date that is none", In::fhir, "\"start\": \"2026-03-02T10:15:00+01:00\"", "\"start\": \"2. marts\"", "Bundle.entry[2].resource.period.start", {fatal.c_str(), "MSG_Datatype_Wrong"}},
        // A type or version that is not taken.
        {"unknown version", In::edifact, "D2030C", "D2099C", "UNH[1]-2.5", {"UCM+B2001+MEDDIS:D:93A:UN:D2099C+4'\nFTX+VER+P00++Kan ikke konvertere breve af typen?: "}},
        {"unknown version", In::oioxml, "XD2030C", "XD2099C", "Emessage/NotificationOfAdmission/Letter/VersionCode", {"<RefuseCode>problem_med_version</RefuseCode>"}},
        {"another message than the version's", In::edifact, "MEDDIS:D", "MEDREF:D", "UNH[1]-2.5", {"FTX+VER+P00++Kan ikke konvertere breve af typen?: [MEDREF, D2030C]'"}},
        {"another body than the version's", In::edifact, "D2030C+DIS20", "D9134L+DIS91", "NAD[5]-1.1", {"UCM+B2001+MEDDIS:D:93A:UN:D9134L+4'\nFTX+SYN+"}},
        {"another letter than the version's", In::oioxml, "NotificationOfAdmission", "NotificationOfDischarge", "Emessage/NotificationOfDischarge/Letter/VersionCode", {"<RefuseCode>problem_med_version</RefuseCode>"}},
        {"no letter", In::oioxml, "NotificationOfAdmission>", "Envelope>", "Emessage/Envelope[2]", {}}, // nobody to answer
        {"unknown event", In::fhir, "\"hospital-notification-message\"", "\"another-message\"", "Bundle.entry[0].resource.eventCoding", {fatal.c_str(), "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"}},
        // Nobody is named.
        {"no patient's number", In::edifact, "2512489996:::CPR:IM", "", "Emessage/NotificationOfAdmission/Patient", {"FTX+NC+P00++En patient skal enten have et lovligt cpr eller et alternativt ID'"}},
        {"no patient", In::edifact, "S07+07'\nPNA+PAT+2512489996:::CPR:IM'\nS11+11'\nGIS+N'\nGIS+P'\nRFF+REI:ADV2001'\nSEQ++1'\nDTM+90:202603020830:203'\nPAS+HS'\nUNT+26",
         "S11+11'\nGIS+N'\nGIS+P'\nRFF+REI:ADV2001'\nSEQ++1'\nDTM+90:202603020830:203'\nPAS+HS'\nUNT+24", "Emessage/NotificationOfAdmission/Patient", {"FTX+NC+P00++En patient skal"}},
        {"a filler for it", In::edifact, "2512489996:::CPR:IM", "_", "Emessage/NotificationOfAdmission/Patient", {"FTX+NC+P00++En patient skal"}},
        {"nine digits", In::edifact, "2512489996", "251248999", "Emessage/NotificationOfAdmission/Patient", {"FTX+NC+P00++En patient skal"}},
        {"nine digits", In::oioxml, "2512489996", "251248999", "Emessage/NotificationOfAdmission/Patient", {"<RefuseCode>ikke_specificeret</RefuseCode><RefuseText>En patient skal enten"}},
        {"no patient", In::oioxml, "<Patient><CivilRegistrationNumber>2512489996</CivilRegistrationNumber><EpisodeOfCareStatusCode>indlagt</EpisodeOfCareStatusCode></Patient>", "",
         "Emessage/NotificationOfAdmission/Patient", {"<RefuseCode>ikke_specificeret</RefuseCode>"}},
        {"no CPR number", In::fhir, "urn:oid:1.2.208.176.1.2\"", "urn:oid:1.2.208.176.1.9\"", "Bundle.entry[1].resource.identifier[0].system", {fatal.c_str()}},
        // Codes: free in letters, closed in FHIR.
        {"an unknown speciality", In::edifact, "SPR+ORG++", "SPR+ORG+777+", "", {"CTL03'"}},
        {"another statistics code", In::edifact, "D2030C+DIS20", "D2030C+DIS21", "", {"CTL03'"}},
        {"another number in S02", In::edifact, "RFF+SRI:B2001", "RFF+SRI:B2002", "", {"CTL03'"}},
        {"an unknown word", In::oioxml, ">nytbrev<", ">nyt<", "", {"<PositiveReceipt>"}},
        {"outside the value set", In::fhir, "\"in-progress\"", "\"planned\"", "Bundle.entry[2].resource.status", {fatal.c_str(), "MSG_VALUESET_VALUE_UNKNOWN"}},
        {"another code system", In::fhir, "v3-ActCode\"", "v3-Other\"", "Bundle.entry[2].resource.class.system", {fatal.c_str(), "MSG_CodeSystem_VALUE_UNKNOWN"}},
        // Only FHIR has these; each place is in the OperationOutcome.
        {"invalid category", In::fhir_communication, "\"code\": \"other\"", "\"code\": \"invented\"", "Bundle.entry[2].resource.category[0].coding[0].code", {fatal.c_str(), "\"expression\":[\"Bundle.entry[2]"}},
        {"missing topic", In::fhir_communication, "\"topic\"", "\"note2\"", "Bundle.entry[2].resource.topic", {fatal.c_str(), "\"expression\":[\"Bundle.entry[2].resource.topic\"]"}},
        {"missing Provenance", In::fhir, "\"MessageHeader/a0000000-0000-4000-8000-000000000001\"", "\"MessageHeader/other\"", "Bundle.entry", {fatal.c_str()}},
        {"missing class", In::fhir, "\"class\": {", "\"length\": {\"value\": 1}, \"class2\": {", "Bundle.entry[2].resource.class", {fatal.c_str()}},
        {"leave without start", In::fhir_leave, "\"valuePeriod\": {\n       \"start\"", "\"valuePeriod\": {\n       \"end\"", "Bundle.entry[2].resource.extension[0].valuePeriod.start", {fatal.c_str()}},
        // Taken, and told.
        {"no UNA", In::edifact, "UNA:+.? '\n", "", "", {"CTL03'"}},
        {"a byte order mark", In::edifact, "UNA:+.? '", "\xef\xbb\xbfUNA:+.? '", "", {"CTL03'"}},
        {"the same in XML", In::oioxml, "<?xml", "\xef\xbb\xbf<?xml", "", {"<PositiveReceipt>"}},
        {"bytes that do not print", In::edifact, "Eksempel Kommune", "Eksempel\x85 Kommune", "", {"CTL03'"}},
        {"UTF-8", In::edifact, "Eksempel Kommune", "Sk\xc3\xb8v Kommune", "", {"CTL03'"}},
        {"a filler for a name", In::edifact, "Eksempel Kommune", "_", "", {"CTL03'"}},
        {"a qualifier of another letter", In::edifact, "SEQ++2'", "RFF+ROI:1'", "", {"CTL03'"}},
        {"a mailbox for a sender", In::edifact, "UNOC:3+5790000000010:14", "UNOC:3+MEDCOMNET:14", "", {"UCI+K2001+MEDCOMNET:14+", "CTL03'"}},
        {"a location number for a municipality's", In::oioxml, "<Identifier>999</Identifier>", "<Identifier>5790000000027</Identifier>", "", {"<PositiveReceipt>"}},
        {"an unknown segment", In::edifact, "SEQ++2'", "ZZZ++2'", "", {"CTL03'"}},
        {"an unknown element", In::oioxml, "<Admission>", "<Invented>1</Invented><Admission>", "", {"<PositiveReceipt>"}},
        {"an unknown element", In::fhir, "\"period\"", "\"invented\": {\"x\": 1}, \"period\"", "", {"\"code\":\"ok\""}},
        {"CPR's check digit", In::edifact, "2512489996", "2512489997", "", {"CTL03'"}},
        {"a location's check digit", In::edifact, "5790000000027", "5790000000028", "", {"CTL03'"}},
        {"CPR's check digit", In::fhir, "2512489996", "2512489997", "", {"\"code\":\"ok\""}},
        {"missing name", In::fhir_communication, "\"family\": \"Testesen\",", "", "", {"\"code\":\"ok\""}},
        // A receipt that was not asked for is not sent; a refusal is.
        {"no receipt asked for", In::edifact, "++++1'", "++++0'", "", {}},
    };
    return out;
}

TEST(ErrorTable, is_answered_by_each_format_as_the_table_says)
{
    for (const auto& row : rows()) expect(row, answered(changed(sound(row.in), row.from, row.to)));
    EXPECT_EQ(answered(changed(sound(In::edifact), "++++1'", "++++0'")).reply, "");
    EXPECT_EQ(answered(changed(sound(In::oioxml), "pluspositivkvitt", "minuspositivkvitt")).reply, "");
}

/// The same places and codes where the message is XML, whatever its syntax is.
TEST(ErrorTable, holds_for_fhir_in_xml)
{
    for (const auto& row : rows()) {
        if (row.in < In::fhir || std::string_view(row.what) == "an unknown element") continue; // which JSON alone can say so
        const auto json = changed(sound(row.in), row.from, row.to);
        const auto in_xml = answered(fhir::xml_of_json(json));
        EXPECT_EQ(in_xml.checked.answer == Answer::accepted, !*row.place) << row.what;
        if (*row.place && !in_xml.checked.issues.empty()) { EXPECT_EQ(in_xml.checked.issues.front().path, row.place) << row.what << ": " << in_xml.checked.issues.front().text; }
    }
}

/// In an envelope the answer is the same, in an envelope back.
TEST(ErrorTable, holds_inside_an_envelope)
{
    for (const auto& row : rows()) {
        const auto message = changed(sound(row.in), row.from, row.to);
        const auto got = answered(in_an_envelope(message, message.size()));
        EXPECT_EQ(got.checked.answer == Answer::accepted, !*row.place) << row.what;
        const auto from = got.reply.find("<Data>");
        if (from == got.reply.npos) {
            EXPECT_NE(got.reply.find(*row.place ? "<NegativeMessage>" : "<PositiveMessage>"), got.reply.npos) << row.what;
            continue;
        }
        const auto inner = from_base64(std::string_view(got.reply).substr(from + 6, got.reply.find("</Data>") - from - 6));
        ASSERT_TRUE(inner);
        for (const auto* text : row.says) EXPECT_NE(inner->find(text), inner->npos) << row.what << ": " << text;
    }
}

TEST(ErrorTable, says_of_a_damaged_envelope_that_it_is)
{
    for (const auto in : {In::edifact, In::oioxml, In::fhir}) {
        const auto message = sound(in);
        for (const auto size : {message.size() - 1, message.size() + 1}) {
            const auto got = answered(in_an_envelope(message, size));
            EXPECT_EQ(got.checked.issues.front().path, "VANSEnvelope/Message/MetaInformation/Document/SizeInBytes");
            EXPECT_NE(got.reply.find("<NegativeMessage><Error><Description>VANSEnvelope/Message/"), got.reply.npos);
        }
        auto damaged = in_an_envelope(message, message.size());
        damaged.insert(damaged.find("<Data>") + 7, "!");
        EXPECT_NE(answered(damaged).reply.find("<NegativeMessage>"), std::string::npos);
    }
}

TEST(ErrorTable, names_a_receiver_that_is_not_here)
{
    const Locations elsewhere(std::vector<OwnLocation>{{"5790000999990", "", {}}});
    const auto edifact = answered(sound(In::edifact), elsewhere).reply, oioxml = answered(sound(In::oioxml), elsewhere).reply, fhir = answered(sound(In::fhir), elsewhere).reply;
    EXPECT_NE(edifact.find("FTX+LOK+P00++UNB-3.1"), edifact.npos) << edifact;
    EXPECT_NE(oioxml.find("<RefuseCode>ukendt_lokationsnummer</RefuseCode>"), oioxml.npos) << oioxml;
    EXPECT_NE(fhir.find("MSG_Receiver_Identifier_UNKNOWN"), fhir.npos) << fhir;
    const auto nobody = answered(changed(sound(In::fhir), "\"receiver\": {", "\"receiver2\": {"), elsewhere).reply;
    EXPECT_NE(nobody.find("MSG_Receiver_Identifier_MISSING"), nobody.npos) << nobody;
}

/// One of the location's units receives here, and it is not the one that the letter names.
TEST(ErrorTable, names_a_unit_that_is_not_here)
{
    const Locations other_unit(std::vector<OwnLocation>{{"5790000000027", "", {"111"}}});
    const auto edifact = answered(sound(In::edifact), other_unit).reply, oioxml = answered(sound(In::oioxml), other_unit).reply;
    EXPECT_NE(edifact.find("FTX+MID+P00++"), edifact.npos) << edifact;
    EXPECT_NE(oioxml.find("<RefuseCode>problem_med_modtagerID</RefuseCode>"), oioxml.npos) << oioxml;
    const Locations here(std::vector<OwnLocation>{{"5790000000027", "", {"999"}}});
    for (const auto in : {In::edifact, In::oioxml}) EXPECT_EQ(answered(sound(in), here).checked.answer, Answer::accepted);
}

/// A receipt is never answered, be it good or bad.
TEST(ErrorTable, answers_no_receipt)
{
    for (const auto* name : {"CTL02.edi", "CTL02.xml"}) {
        const auto receipt = bytes_of(tests / "edifact/letters" / name);
        EXPECT_EQ(answered(receipt).reply, "") << name;
        EXPECT_EQ(answered(receipt, Locations(std::vector<OwnLocation>{{"5790000999990", "", {}}})).reply, "") << name;
        for (const auto* word : {"UCI+", "UNT+", "UNZ+", "OriginalEmessage>", "VersionCode>"}) {
            if (receipt.find(word) == receipt.npos) continue;
            EXPECT_EQ(answered(changed(receipt, word, "ZZZ" + std::string(word).substr(3))).reply, "") << name << " without " << word;
        }
    }
}

TEST(ErrorTable, answers_nothing_or_later_when_it_cannot_store)
{
    const AckStamp stamp{1'772'442'900'000, "01ABCDEFGHJKMNPQRSTV", "M"};
    for (const auto in : {In::edifact, In::oioxml, In::fhir}) {
        const auto message = sound(in);
        const auto* adapter = adapter_for(message);
        const auto reply = adapter->acknowledge(message, adapter->check(message, {}), Answer::store_failed, stamp);
        EXPECT_EQ(reply.empty(), in != In::fhir) << reply;
        EXPECT_EQ(reply.find("\"code\":\"transient-error\"") != reply.npos, in == In::fhir) << reply;
    }
}

} // namespace
} // namespace sluse
