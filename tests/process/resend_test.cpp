// tests/process/resend_test.cpp — a message sent again, in the other syntax, in an envelope, or with other content: what the lane makes of it.
#include "adapters/fhir/xml.hpp"
#include "gateway/base/base64.hpp"
#include "gateway/base/files.hpp"
#include "gateway/process/inspect.hpp"
#include "tests/process/message_log.hpp"

#include <fmt/format.h>

namespace sluse {
namespace {

using namespace message_log;

std::string letter(std::string_view name)
{
    return bytes_of(fmt::format("{}/tests/edifact/letters/{}", SLUSE_SOURCE_DIR, name));
}

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    EXPECT_NE(text.find(from), text.npos) << from;
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

std::string vans(const std::string& message, std::string_view id)
{
    return fmt::format("<VANSEnvelope xmlns=\"urn:oio:medcom:vans-envelope:1.0.4\"><SenderID EndPointType=\"EAN\">5790000000010</SenderID><ReceiverID EndPointType=\"EAN\">5790000000027</ReceiverID>"
                       "<EnvelopeIdentifier>{0}</EnvelopeIdentifier><SentDateTime>2026-03-02T09:15:00</SentDateTime><Message><MetaInformation><Identifier>{0}</Identifier><Document>"
                       "<Format>Other</Format><Name>MCM:Letter</Name><SizeInBytes>{1}</SizeInBytes></Document></MetaInformation><Data>{2}</Data></Message></VANSEnvelope>",
                       id, message.size(), to_base64(message));
}

/// What became of each, and what the gateway counted.
struct Story {
    explicit Story(const std::vector<std::string>& messages) : log(4)
    {
        EXPECT_TRUE(log.start([] { return make_gateway_processor(options()); }, 1));
        int number = 0;
        for (const auto& message : messages) {
            const auto sent = append(log, message, number++);
            log.run();
            const auto trace = trace_of(log, sent.id);
            fates += fates.empty() ? "" : " ";
            fates += trace ? name(trace->fate) : "lost";
        }
        for (const auto& [system, c] : counters_of(log)) counters.add(c);
        EXPECT_EQ(balance_of(counters_of(log)), 0);
    }
    MemoryLog log;
    std::string fates;
    SystemCounters counters;
};

TEST(Resend, of_an_edifact_letter_as_xml_is_a_duplicate)
{
    const auto edifact = letter("DIS20.edi"), xml = letter("DIS20.xml");
    for (const auto& both : {std::vector{edifact, xml}, std::vector{xml, edifact}, std::vector{edifact, replaced(xml, "K2001", "K2999")}}) {
        const Story story(both);
        EXPECT_EQ(story.fates, "normalised duplicate");
        EXPECT_EQ(story.counters.duplicates, 1u);
        EXPECT_EQ(story.counters.control_id_reused, 0u);
    }
}

TEST(Resend, of_a_letter_with_other_content_is_a_new_message)
{
    const Story story({letter("DIS20.edi"), replaced(letter("DIS20.xml"), "nytbrev", "rettetbrev"), letter("DIS20.xml"), replaced(replaced(letter("DIS20.edi"), "GIS+N'\nRFF", "GIS+M'\nRFF"), "GIS+N'\nGIS", "GIS+M'\nGIS")});
    EXPECT_EQ(story.fates, "normalised normalised duplicate duplicate");
    EXPECT_EQ(story.counters.control_id_reused, 1u);
}

TEST(Resend, of_a_letter_in_an_envelope_is_a_duplicate)
{
    const Story story({letter("DIS91.xml"), vans(letter("DIS91.edi"), "0f3b2a34-5b1e-4c55-9a2f-3d6c1f0a7e11"), vans(letter("DIS91.xml"), "1f3b2a34-5b1e-4c55-9a2f-3d6c1f0a7e12")});
    EXPECT_EQ(story.fates, "normalised duplicate duplicate");
}

TEST(Resend, of_a_binary_letter_is_a_duplicate_however_its_base64_is_broken)
{
    auto xml = letter("BIN01.xml");
    const auto data = xml.find("<Object_Base64Encoded>") + 22;
    xml.insert(data + 8, "\n      ");
    EXPECT_EQ(Story({letter("BIN01.edi"), xml}).fates, "normalised duplicate");
}

TEST(Resend, of_a_receipt_in_the_other_syntax_is_a_duplicate)
{
    EXPECT_EQ(Story({letter("CTL02.edi"), letter("CTL02.xml")}).fates, "normalised duplicate");
}

TEST(Resend, of_a_fhir_message_as_xml_is_a_duplicate)
{
    const auto json = bytes_of(SLUSE_SOURCE_DIR "/tests/fhir/cases/notification_admit.json");
    const auto xml = fhir::xml_of_json(json);
    ASSERT_FALSE(xml.empty());
    EXPECT_EQ(Story({json, xml}).fates, "normalised duplicate");
    EXPECT_EQ(Story({xml, json}).fates, "normalised duplicate");
    EXPECT_EQ(Story({json, vans(xml, "0f3b2a34-5b1e-4c55-9a2f-3d6c1f0a7e11")}).fates, "normalised duplicate");
}

} // namespace
} // namespace sluse
