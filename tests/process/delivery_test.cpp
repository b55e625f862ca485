// tests/process/delivery_test.cpp — acknowledgements that come as messages find the message they name, in either order, over all partitions, once.
#include "gateway/base/files.hpp"
#include "gateway/process/delivery.hpp"
#include "gateway/process/inspect.hpp"
#include "tests/process/message_log.hpp"

#include <fmt/format.h>

namespace sluse {
namespace {

using namespace message_log;

constexpr std::uint32_t partitions = 4;

/// A letter to a municipality about someone.
std::string letter(std::string_view sender, std::string_view number)
{
    auto text = bytes_of(SLUSE_SOURCE_DIR "/tests/edifact/letters/DIS91.edi");
    const auto all = [&](std::string_view from, std::string_view to) {
        for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    };
    all("B9001", number);
    all("5790000000010", sender);
    return text;
}

std::string contrl(std::string_view id, std::string_view sender, std::string_view of, bool taken, std::string_view reason = "")
{
    const auto word = taken ? "7" : "4";
    return fmt::format("UNA:+.? 'UNB+UNOC:3+5790000000034:14+{1}:14+260310:0810+{0}++++0'UNH+{0}+CONTRL:D:93A:ZZ:{5}+{6}'"
                       "UCI+K9001+{1}:14+5790000000034:14+{3}'UCM+{2}+MEDDIS:D:93A:UN:D9134L+{3}'{4}UNT+{7}+{0}'UNZ+1+{0}'",
                       id, sender, of, word, taken ? std::string() : fmt::format("FTX+NC+P00++{}'", reason), taken ? "C0330Q" : "C0230Q", taken ? "CTL03" : "CTL02", taken ? 4 : 5);
}

std::string xctl(std::string_view id, std::string_view sender, std::string_view of)
{
    return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Emessage xmlns=\"http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/\"><Envelope><Sent><Date>2026-03-10</Date>"
                       "<Time>08:12</Time></Sent><Identifier>{0}</Identifier><AcknowledgementCode>minuspositivkvitt</AcknowledgementCode></Envelope><PositiveReceipt><Letter><Identifier>{0}</Identifier>"
                       "<VersionCode>XC0330Q</VersionCode><StatisticalCode>XCTL03</StatisticalCode></Letter><Sender><EANIdentifier>5790000000034</EANIdentifier></Sender><Receiver><EANIdentifier>{1}"
                       "</EANIdentifier></Receiver><OriginalEmessage><OriginalEnvelopeIdentifier>K9001</OriginalEnvelopeIdentifier><OriginalSender><EANIdentifier>{1}</EANIdentifier></OriginalSender>"
                       "<OriginalReceiver><EANIdentifier>5790000000034</EANIdentifier></OriginalReceiver><OriginalLetter><OriginalLetterIdentifier>{2}</OriginalLetterIdentifier>"
                       "<OriginalVersionCode>D9134L</OriginalVersionCode></OriginalLetter></OriginalEmessage></PositiveReceipt></Emessage>",
                       id, sender, of);
}

std::string notification() { return bytes_of(SLUSE_SOURCE_DIR "/tests/fhir/cases/notification_admit.json"); }

std::string notification_id()
{
    static const SystemSettings settings;
    const auto text = notification();
    return adapter_for(text)->check(text, settings).control_id;
}

/// What MedCom's own acknowledgement of the notification would be, from the gateway's pen.
std::string acknowledgement(Answer answer, std::string_view id)
{
    static const SystemSettings settings;
    const auto text = notification();
    const auto* adapter = adapter_for(text);
    auto checked = adapter->check(text, settings);
    if (answer != Answer::accepted) checked.issues.insert(checked.issues.begin(), {Severity::error, IssueKind::unmapped, "", "wrong receiver"});
    auto out = adapter->acknowledge(text, checked, answer, {1, std::string(id), {}});
    const auto own = adapter->check(out, settings).control_id; // another sending: another number
    for (auto at = out.find(own); at != out.npos; at = out.find(own, at + id.size())) out.replace(at, own.size(), id);
    return out;
}

struct Story {
    explicit Story(const std::vector<std::string>& messages) : log(partitions)
    {
        EXPECT_TRUE(log.start([] { return make_gateway_processor(options()); }, 1));
        for (std::size_t i = 0; i < messages.size(); ++i) envelopes.push_back(append(log, messages[i], static_cast<int>(i)));
        log.run();
    }
    Receipts of(std::size_t message) const
    {
        static const SystemSettings settings;
        const auto* adapter = adapter_named(envelopes[message].format);
        return adapter->receipts(adapter->check(envelopes[message].bytes, settings));
    }
    /// "accepted by … (1)" of each acknowledgement, and which word holds.
    std::string delivery(std::size_t message)
    {
        const auto came = receipts_for(log, of(message).names, envelopes[message].system);
        std::string out;
        for (const auto& r : came) out += fmt::format("{} {} x{}; ", name(r.outcome), r.text, r.times);
        const auto* word = final_word(came);
        return out + (word ? std::string(name(word->outcome)) : "none");
    }
    /// Index of the message that an acknowledgement's n-th word names; -1: none.
    int named(std::size_t message, std::size_t n = 0)
    {
        const auto found = messages_named(log, of(message).acknowledged);
        if (n >= found.size()) return -2;
        for (std::size_t i = 0; i < envelopes.size(); ++i)
            if (envelopes[i].id == found[n].message) return static_cast<int>(i);
        return -1;
    }
    MemoryLog log;
    std::vector<Envelope> envelopes;
};

TEST(Delivery, a_letter_and_its_contrl_find_each_other_in_either_order)
{
    const auto sent = letter("5790000000010", "B9001"), receipt = contrl("Q1", "5790000000010", "B9001", true);
    for (const auto& messages : {std::vector{sent, receipt}, std::vector{receipt, sent}}) {
        Story story(messages);
        const std::size_t at = messages[0] == sent ? 0 : 1;
        EXPECT_EQ(story.delivery(at), "accepted  x1; accepted");
        EXPECT_EQ(story.named(1 - at), static_cast<int>(at));
        EXPECT_TRUE(story.of(1 - at).names.empty()) << "an acknowledgement is never acknowledged";
    }
}

TEST(Delivery, a_refusal_says_why_and_the_newest_final_word_holds)
{
    Story story({letter("5790000000010", "B9001"), contrl("Q1", "5790000000010", "B9001", false, "Ukendt modtager"), contrl("Q2", "5790000000010", "B9001", true)});
    EXPECT_EQ(story.delivery(0), "refused Ukendt modtager x1; accepted  x1; accepted");
    Story only({letter("5790000000010", "B9001"), contrl("Q1", "5790000000010", "B9001", false, "Ukendt modtager")});
    EXPECT_EQ(only.delivery(0), "refused Ukendt modtager x1; refused");
}

TEST(Delivery, the_same_word_again_has_no_second_effect)
{
    const auto receipt = contrl("Q1", "5790000000010", "B9001", true);
    Story story({letter("5790000000010", "B9001"), receipt, receipt, contrl("Q2", "5790000000010", "B9001", true)});
    EXPECT_EQ(story.delivery(0), "accepted  x2; accepted") << "the second of the same number is a duplicate; under a new number it is counted";
    EXPECT_EQ(trace_of(story.log, story.envelopes[2].id)->fate, Fate::duplicate);
}

TEST(Delivery, numbers_are_their_senders_own)
{
    Story story({letter("5790000000010", "B9001"), letter("5790000000027", "B9001"), contrl("Q1", "5790000000027", "B9001", true)});
    EXPECT_EQ(story.delivery(0), "none");
    EXPECT_EQ(story.delivery(1), "accepted  x1; accepted");
    EXPECT_EQ(story.named(2), 1);
}

TEST(Delivery, an_edifact_letter_is_acknowledged_in_xml_too)
{
    Story story({letter("5790000000010", "B9001"), xctl("Q1", "5790000000010", "B9001")});
    EXPECT_EQ(story.delivery(0), "accepted  x1; accepted");
    EXPECT_EQ(story.named(1), 0);
}

TEST(Delivery, an_acknowledgement_of_nothing_here_says_so)
{
    Story story({letter("5790000000010", "B9001"), contrl("Q1", "5790000000010", "B7777", true)});
    EXPECT_EQ(story.delivery(0), "none");
    EXPECT_EQ(story.named(1), -1);
}

TEST(Delivery, acknowledgements_of_nothing_here_are_counted_until_their_message_comes)
{
    Story story({letter("5790000000010", "B9001"), contrl("Q1", "5790000000010", "B9001", true), contrl("Q2", "5790000000010", "B7777", true), contrl("Q3", "5790000000058", "B9001", false, "x"),
                 acknowledgement(Answer::accepted, "a1")});
    UnmatchedReceipts unmatched;
    EXPECT_EQ(unmatched.sample(story.log, 256), 3u) << "another number, another sender's, and a message that has not come";
    append(story.log, notification(), 9);
    story.log.run();
    std::uint64_t count = 0;
    for (int i = 0; i < 16; ++i) count = unmatched.sample(story.log); // some slices at a time
    EXPECT_EQ(count, 2u);
}

TEST(Delivery, a_medcom_message_that_is_taken_later_is_taken)
{
    Story story({notification(), acknowledgement(Answer::store_failed, "a1"), acknowledgement(Answer::accepted, "a2")});
    EXPECT_EQ(story.of(0).names, std::vector{notification_id()});
    EXPECT_EQ(story.delivery(0).substr(0, 5), "later");
    EXPECT_TRUE(story.delivery(0).ends_with("; accepted")) << story.delivery(0);
    EXPECT_EQ(story.named(1), 0);
    EXPECT_EQ(story.named(2), 0);
    Story late({acknowledgement(Answer::accepted, "a2"), acknowledgement(Answer::store_failed, "a1"), notification()});
    EXPECT_TRUE(late.delivery(2).ends_with("; accepted")) << "a transient error that comes after it takes nothing back";
}

TEST(Delivery, hl7_answers_of_an_application_name_their_message)
{
    const std::string adt = "MSH|^~\\&|EPJ|RM|LAB|RM|20260301101500||ADT^A04^ADT_A01|Z1|P|2.5.1|||AL|AL\rEVN||20260301101500\rPID|1||2512489996^^^CPR^NNDNK||Eksempel^Bo\rPV1|1|O|||||||||||||||||V9\r";
    const std::string ack = "MSH|^~\\&|LAB|RM|EPJ|RM|20260301101600||ACK^A04|A1|P|2.5.1\rMSA|AE|Z1\rERR||PID^1^3|204^Unknown key identifier^HL70357|E||||no such patient\r";
    Story story({adt, ack});
    EXPECT_EQ(story.delivery(0), "refused no such patient x1; refused");
    EXPECT_EQ(story.named(1), 0);
}

TEST(Delivery, what_is_older_than_is_kept_is_swept)
{
    Story story({letter("5790000000010", "B9001"), contrl("Q1", "5790000000010", "B9001", true)});
    for (std::uint32_t p = 0; p < partitions; ++p)
        ASSERT_TRUE(story.log.execute(p, [](Unit& unit, Processor&) {
            for (unsigned slice = 0; slice < 256; ++slice) sweep_receipts(unit, static_cast<std::uint8_t>(slice), *parse_instant("2027-01-01T00:00:00Z"));
        }));
    EXPECT_EQ(story.delivery(0), "none");
    EXPECT_EQ(story.named(1), -1);
}

} // namespace
} // namespace sluse
