// tests/envelope/envelope_test.cpp — messages in VANS and SBDH envelopes: what is inside is checked and answered, the envelope is receipted.
#include "adapters/adapter.hpp"
#include "gateway/base/base64.hpp"
#include "gateway/model/locations.hpp"
#include "gateway/normalise/maps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluse {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string admission = "MSH|^~\\&|EPJ|RH|SLUSE|SLUSE|20260301111500||ADT^A01|MSG-77|P|2.5\r"
                              "EVN|A01|20260301111500\rPID|1||2512489996^^^CPR||Hansen^Anna||19481225|F\rPV1|1|I|M1^^^RH|||||||||||||||V-1|||||||||||||||||||||||||202603011115\r";
const std::string envelope_id = "0f3b2a34-5b1e-4c55-9a2f-3d6c1f0a7e11", message_id = "7c0f6e52-1f0b-4a0d-8b1e-4f9f0c5d2a22";

std::string vans(std::string_view payload, std::string_view envelope = envelope_id, std::string_view message = message_id, std::size_t size = 0)
{
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><VANSEnvelope xmlns=\"urn:oio:medcom:vans-envelope:1.0.4\">"
           "<SenderID EndPointType=\"EAN\">5790000121526</SenderID><ReceiverID EndPointType=\"EAN\">5790000143054</ReceiverID>"
           "<EnvelopeIdentifier>" + std::string(envelope) + "</EnvelopeIdentifier><SentDateTime>2026-03-01T11:15:30</SentDateTime><Message><MetaInformation><Identifier>" +
           std::string(message) + "</Identifier><Document><Format>HL7</Format><Name>MCM:ADT</Name><SizeInBytes>" + std::to_string(size ? size : payload.size()) +
           "</SizeInBytes></Document></MetaInformation><Data>" + to_base64(payload) + "</Data></Message></VANSEnvelope>";
}

std::string sbdh(std::string_view payload)
{
    const auto scope = [](std::string_view type, std::string_view value) {
        return "<Scope><Type>" + std::string(type) + "</Type><InstanceIdentifier>\n  " + std::string(value) + "\n</InstanceIdentifier><Identifier>dk-medcom-messaging</Identifier></Scope>";
    };
    return "<StandardBusinessDocument xmlns=\"http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader\"><StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion>"
           "<Sender><Identifier Authority=\"iso6523-actorid-upis\">0088:5790000121526</Identifier></Sender><Receiver><Identifier Authority=\"iso6523-actorid-upis\">0088:5790000143054</Identifier></Receiver>"
           "<DocumentIdentification><Standard>homecareobservation-message</Standard><TypeVersion>1.2</TypeVersion><InstanceIdentifier>" + envelope_id +
           "</InstanceIdentifier><Type>Bundle</Type><CreationDateAndTime>2026-03-01T11:15:30+01:00</CreationDateAndTime></DocumentIdentification><BusinessScope>" +
           scope("MESSAGEIDENTIFIER", message_id) + scope("MESSAGEENVELOPEIDENTIFIER", "5a0b9d0e-93cf-4a57-a3c5-8d1c44a1bb33") + scope("StatisticalInformation", "MCM:homecareobservation-message") +
           "</BusinessScope></StandardBusinessDocumentHeader><BinaryContent mimeType=\"application/fhir+json\" xmlns=\"http://peppol.eu/xsd/ticc/envelope/1.0\">" + to_base64(payload) +
           "</BinaryContent></StandardBusinessDocument>";
}

struct Answered {
    Checked checked;
    std::string reply;
};

Answered answer(const std::string& message)
{
    const auto* adapter = adapter_for(message);
    Answered result;
    if (!adapter) return result;
    result.checked = adapter->check(message, {});
    result.reply = adapter->acknowledge(message, result.checked, result.checked.answer, {1772360130000, "ACK1", "01KJM6000000000000000000AA"});
    return result;
}

std::string normalise(const std::string& message)
{
    Issues issues;
    static const auto maps = Maps::load(std::string(SLUSE_SOURCE_DIR) + "/schemas", issues);
    const HmacKey key("test");
    const SystemSettings system;
    const auto* adapter = adapter_for(message);
    const auto checked = adapter->check(message, system);
    Normalised out;
    const auto done = adapter->normalise(message, checked, {*maps, system, key, {}, 1772360130000}, out);
    EXPECT_TRUE(done) << done.error().where;
    for (const auto& span : out.resources) EXPECT_EQ(out.bundle.substr(span.offset, 1), "{") << span.type;
    return out.bundle;
}

TEST(Envelope, GivesTheInnerMessagesTypeIdAndPerson)
{
    const auto checked = answer(vans(admission)).checked;
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.type, "ADT^A01");
    EXPECT_EQ(checked.control_id, "MSG-77");
    EXPECT_EQ(checked.system, "EPJ|RH");
    EXPECT_EQ(checked.envelope_id, envelope_id);
    ASSERT_EQ(checked.persons.size(), 1u);
    EXPECT_EQ(checked.persons[0].value, "2512489996");
}

TEST(Envelope, CarriesTheInnerAcknowledgementBackToTheSender)
{
    const auto reply = answer(vans(admission)).reply;
    EXPECT_THAT(reply, HasSubstr("<SenderID EndPointType=\"EAN\">5790000143054</SenderID><ReceiverID EndPointType=\"EAN\">5790000121526</ReceiverID>"));
    const auto from = reply.find("<Data>") + 6;
    const auto inner = from_base64(std::string_view(reply).substr(from, reply.find("</Data>") - from));
    ASSERT_TRUE(inner);
    EXPECT_THAT(*inner, HasSubstr("MSA|AA|MSG-77"));
    EXPECT_EQ(answer(vans(admission)).reply, reply) << "the same envelope gets the same answer";
}

TEST(Envelope, IsRefusedWhenItsReceiverIsElsewhere)
{
    const auto envelope = vans(admission);
    const auto* adapter = adapter_for(envelope);
    auto checked = adapter->check(envelope, {});
    hold_to_locations(*adapter, checked, Locations(std::vector<OwnLocation>{{"5790000143054", "", {}}}));
    EXPECT_EQ(checked.answer, Answer::accepted);
    hold_to_locations(*adapter, checked, Locations(std::vector<OwnLocation>{{"5790000999990", "", {}}}));
    EXPECT_EQ(checked.answer, Answer::content_error);
    EXPECT_THAT(adapter->acknowledge(envelope, checked, checked.answer, {1772360130000, "ACK1", ""}), HasSubstr("<NegativeMessage><Error><Description>VANSEnvelope/ReceiverID: is no location number of this gateway<"));
}

TEST(Envelope, SaysThatTheMessageWasDamagedOnItsWay)
{
    const auto [checked, reply] = answer(vans(admission, envelope_id, message_id, admission.size() + 4));
    EXPECT_EQ(checked.answer, Answer::content_error);
    ASSERT_FALSE(checked.issues.empty());
    EXPECT_EQ(checked.issues[0].path, "VANSEnvelope/Message/MetaInformation/Document/SizeInBytes");
    EXPECT_THAT(reply, HasSubstr("<NegativeMessage><Error><Description>VANSEnvelope/Message/MetaInformation/Document/SizeInBytes: says "));
    EXPECT_THAT(reply, HasSubstr("<OriginalEnvelopeIdentifier>" + envelope_id + "</OriginalEnvelopeIdentifier><OriginalMessage>"));
    auto broken = vans(admission);
    broken.insert(broken.find("<Data>") + 9, "!");
    EXPECT_THAT(answer(broken).reply, HasSubstr("is not base64"));
}

TEST(Envelope, RefusesWhatItCannotRead)
{
    EXPECT_EQ(answer(vans("hello")).checked.answer, Answer::refused);
    EXPECT_THAT(answer(vans("hello")).reply, HasSubstr("NegativeMessage"));
    EXPECT_EQ(answer(vans(vans(admission))).checked.answer, Answer::refused);
    EXPECT_EQ(answer("<VANSEnvelope xmlns=\"urn:oio:medcom:vans-envelope:1.0.4\"><SenderID>").checked.answer, Answer::content_error);
    const auto first = [](std::string_view from, std::string_view to) {
        auto text = vans(admission);
        text.replace(text.find(from), from.size(), to);
        const auto checked = answer(text).checked;
        EXPECT_EQ(checked.answer, Answer::content_error);
        return checked.issues.empty() ? "" : checked.issues[0].path + ": " + checked.issues[0].text;
    };
    EXPECT_EQ(first("5790000143054<", "5790000143054000001<"), "VANSEnvelope/ReceiverID: is longer than 18 characters");
    EXPECT_EQ(first("2026-03-01T11:15:30", "1. marts"), "VANSEnvelope/SentDateTime: is no time: YYYY-MM-DDThh:mm:ss");
    EXPECT_EQ(first("</Message>", "</Message><Message/>"), "VANSEnvelope/Message[2]: is a second message: an envelope holds one");
    EXPECT_EQ(first("</Data>", "</Data><Data/>"), "VANSEnvelope/Message/Data[2]: is a second message: an envelope holds one");
    EXPECT_EQ(answer("<VANSEnvelope xmlns=\"urn:oio:medcom:vans-envelope:1.0.4\"/>").checked.issues.size(), 5u);
}

TEST(Envelope, RefusesAnotherVersionWithAReceiptOfItsOwn)
{
    const auto named = [](std::string_view space) {
        auto text = vans(admission);
        const std::string_view own = " xmlns=\"urn:oio:medcom:vans-envelope:1.0.4\"";
        text.replace(text.find(own), own.size(), space);
        return answer(text);
    };
    const auto [checked, reply] = named(" xmlns=\"urn:oio:medcom:vans-envelope:2.0.0\"");
    EXPECT_EQ(checked.answer, Answer::content_error);
    EXPECT_EQ(checked.issues.at(0).kind, IssueKind::unsupported_version);
    EXPECT_THAT(reply, HasSubstr("<NegativeMessage><Error><Description>VANSEnvelope/@xmlns: names version 2.0.0: send urn:oio:medcom:vans-envelope:1.0.4</Description></Error><OriginalEnvelopeIdentifier>" + envelope_id));
    EXPECT_THAT(named("").reply, HasSubstr("VANSEnvelope/@xmlns: is missing: send urn:oio"));
    EXPECT_THAT(named(" xmlns=\"urn:example\"").reply, HasSubstr("VANSEnvelope/@xmlns: is not VANSEnvelope's namespace: send urn:oio"));
    std::string prefixed;
    for (const char c : vans(admission)) {
        if (c >= 'A' && c <= 'Z' && (prefixed.ends_with('<') || prefixed.ends_with("</"))) prefixed += "v:";
        prefixed += c;
    }
    prefixed.replace(prefixed.find(" xmlns="), 7, " xmlns:v=");
    EXPECT_EQ(answer(prefixed).checked.answer, Answer::accepted) << prefixed;
}

TEST(Envelope, TellsThatItsFormatIsNotWhatItHolds)
{
    const auto as = [](std::string_view format, std::string_view payload) {
        auto text = vans(payload);
        text.replace(text.find("HL7<"), 3, format);
        Issues told;
        for (const auto& issue : answer(text).checked.issues)
            if (issue.path.ends_with("/Format")) told.push_back(issue);
        return told;
    };
    const auto told = as("EDIFACT", admission);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].severity, Severity::warning);
    EXPECT_EQ(told[0].text, "says EDIFACT, but Data holds hl7v2, and is read as that: send the Format of what is inside");
    EXPECT_EQ(as("XML", admission).size(), 1u);
    const std::string letter = "UNB+UNOC:3+5790000121526:14+5790000143054:14+260301:1115+1'", patient = R"({"resourceType":"Patient"})";
    EXPECT_EQ(as("HL7", letter).size(), 1u);
    EXPECT_EQ(as("XML", patient).size(), 1u);
    for (const auto* open : {"HL7", "Binary", "Other"}) EXPECT_TRUE(as(open, admission).empty()) << open;
    EXPECT_TRUE(as("EDIFACT", letter).empty());
    EXPECT_TRUE(as("HL7", patient).empty());
    EXPECT_TRUE(as("XML", "<Patient xmlns=\"http://hl7.org/fhir\"><active value=\"true\"/></Patient>").empty());
}

TEST(Envelope, KnowsTheSameLetterInANewEnvelope)
{
    const auto identity = [](const std::string& text) { return adapter_named("vans")->identity(text, adapter_named("vans")->check(text, {})); };
    EXPECT_EQ(identity(vans(admission)), identity(vans(admission, "1f3b2a34-5b1e-4c55-9a2f-3d6c1f0a7e12")));
    EXPECT_NE(identity(vans(admission)), identity(vans(admission + "NTE|1||x\r")));
    EXPECT_EQ(identity(vans(admission)), admission) << "bare or in an envelope";
}

TEST(Envelope, TellsOfTheDeliveryBesideTheMessage)
{
    const auto bundle = normalise(vans(admission));
    EXPECT_THAT(bundle, HasSubstr("\"resourceType\":\"Encounter\""));
    EXPECT_THAT(bundle, HasSubstr("\"resourceType\":\"AuditEvent\""));
    EXPECT_THAT(bundle, HasSubstr("msg-received-and-finalized"));
    EXPECT_THAT(bundle, HasSubstr(envelope_id));
    EXPECT_TRUE(bundle.ends_with("]}"));
}

TEST(Envelope, TakesAReceiptAndNeverReceiptsIt)
{
    const std::string receipt = "<VANSEnvelope xmlns=\"urn:oio:medcom:vans-envelope:1.0.4\"><SenderID EndPointType=\"EAN\">5790000143054</SenderID>"
                                "<ReceiverID EndPointType=\"EAN\">5790000121526</ReceiverID><EnvelopeIdentifier>2f3b2a34-5b1e-4c55-9a2f-3d6c1f0a7e13</EnvelopeIdentifier>"
                                "<SentDateTime>2026-03-01T11:16:00</SentDateTime><Receipt><NegativeMessage><Error><Description>Ukendt modtager</Description></Error>"
                                "<OriginalEnvelopeIdentifier>" + envelope_id + "</OriginalEnvelopeIdentifier><OriginalMessage><Identifier>" + message_id +
                                "</Identifier></OriginalMessage></NegativeMessage></Receipt></VANSEnvelope>";
    const auto [checked, reply] = answer(receipt);
    EXPECT_EQ(checked.answer, Answer::accepted);
    EXPECT_EQ(checked.type, "receipt");
    EXPECT_EQ(reply, "");
    auto of_none = receipt;
    of_none.erase(of_none.find("<Identifier>" + message_id), message_id.size() + 25);
    EXPECT_EQ(answer(of_none).checked.answer, Answer::content_error);
    EXPECT_EQ(answer(of_none).reply, "");
    const auto bundle = normalise(receipt);
    EXPECT_THAT(bundle, HasSubstr("\"outcome\":\"8\",\"outcomeDesc\":\"Ukendt modtager\""));
    EXPECT_THAT(bundle, HasSubstr(message_id));
}

TEST(Envelope, ReadsAStandardBusinessDocument)
{
    const auto [checked, reply] = answer(sbdh(R"({"resourceType":"Patient","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2512489996"}]})"));
    EXPECT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues[0].text);
    EXPECT_EQ(checked.envelope_id, envelope_id);
    EXPECT_THAT(reply, HasSubstr("<Type>ORIGINALMESSAGEIDENTIFIER</Type><InstanceIdentifier>" + message_id));
    EXPECT_THAT(reply, HasSubstr("0088:5790000143054"));
}

/// An envelope has each of its elements as its schema counts them, and no others' elements.
TEST(Envelope, SaysWhichOfItsElementsIsMissingDoubledOrAnothers)
{
    const auto first_place = [](std::string message, std::string_view from, std::string_view to) {
        message.replace(message.find(from), from.size(), to);
        const auto checked = answer(message).checked;
        return checked.answer == Answer::accepted || checked.issues.empty() ? std::string() : checked.issues.front().path + ": " + checked.issues.front().text;
    };
    const auto in_vans = [&](std::string_view from, std::string_view to) { return first_place(vans(admission), from, to); };
    EXPECT_EQ(in_vans("<SentDateTime>", "<SentDateTime>2026-03-01T11:15:30</SentDateTime><SentDateTime>"), "VANSEnvelope/SentDateTime[2]: stands twice: there is one at most");
    EXPECT_EQ(in_vans("<Name>", "<Name>MCM:A</Name><Name>"), "VANSEnvelope/Message/MetaInformation/Document/Name[2]: stands twice: there is one at most");
    EXPECT_EQ(in_vans("</Document>", "</Document><Transport/>"), "VANSEnvelope/Message/MetaInformation/Transport/TransformMessage: is missing");
    EXPECT_EQ(in_vans("<Name>", "<Name xmlns=\"urn:example:other\">"), "VANSEnvelope/Message/MetaInformation/Document/Name: stands in another namespace than the envelope's elements do");
    EXPECT_EQ(in_vans("<Data>", "<Data xmlns=\"\">"), "VANSEnvelope/Message/Data: stands in another namespace than the envelope's elements do");

    const std::string header = "StandardBusinessDocument/StandardBusinessDocumentHeader/";
    const auto in_sbdh = [&](std::string_view from, std::string_view to) { return first_place(sbdh("{}"), from, to); };
    EXPECT_EQ(in_sbdh("<HeaderVersion>1.0</HeaderVersion>", ""), header + "HeaderVersion: is missing");
    EXPECT_EQ(in_sbdh("<HeaderVersion>1.0", "<HeaderVersion>2.0"), header + "HeaderVersion: must be 1.0");
    EXPECT_EQ(in_sbdh("<Sender>", "<Sender><Identifier>0088:5790000121526</Identifier></Sender><Sender>"), header + "Sender[2]: stands twice: there is one at most");
    EXPECT_EQ(in_sbdh("<TypeVersion>1.2</TypeVersion>", ""), header + "DocumentIdentification/TypeVersion: is missing");
    EXPECT_EQ(in_sbdh("2026-03-01T11:15:30+01:00", "1 March 2026"), header + "DocumentIdentification/CreationDateAndTime: is no time: YYYY-MM-DDThh:mm:ss");
    EXPECT_EQ(in_sbdh("<BusinessScope>", "<BusinessScope><Scope><Type>MESSAGEIDENTIFIER</Type><InstanceIdentifier>1</InstanceIdentifier></Scope>"), header + "BusinessScope/Scope[2]: is a second scope MESSAGEIDENTIFIER");
    EXPECT_EQ(in_sbdh("<Receiver>", "<Receiver xmlns=\"urn:example:other\">"), header + "Receiver: stands in another namespace than the envelope's elements do");
    EXPECT_EQ(in_sbdh(" mimeType=\"application/fhir+json\"", ""), "StandardBusinessDocument/BinaryContent/@mimeType: is missing");
}

TEST(Base64, ReadsWhatItWritesAndNothingElse)
{
    for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xff\xfe\x01"}) EXPECT_EQ(from_base64(to_base64(text)), text);
    EXPECT_EQ(from_base64("YW Jj\n"), "abc");
    for (const auto* wrong : {"YWJ", "YW=j", "=AAA", "YWJj*", "Y==="}) EXPECT_FALSE(from_base64(wrong)) << wrong;
}

} // namespace
} // namespace sluse
