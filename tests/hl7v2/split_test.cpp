// tests/hl7v2/split_test.cpp — files of several messages in UTF-16, cut at its units; what begins with its mark and is none.
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/message.hpp"

#include <gtest/gtest.h>

namespace sluse::hl7v2 {
namespace {

std::string utf16(std::u16string_view text, bool little, bool mark)
{
    std::string out;
    const auto put = [&](char16_t unit) {
        const char low = static_cast<char>(unit & 0xff), high = static_cast<char>(unit >> 8);
        out += little ? low : high;
        out += little ? high : low;
    };
    if (mark) put(0xfeff);
    for (const auto unit : text) put(unit);
    return out;
}

std::u16string message(char16_t number)
{
    return std::u16string(u"MSH|^~\\&|EPJ|RH|||20260501||ADT^A08|") + number + u"|P|2.5||||||UNICODE UTF-16\rPID|1||9^^^EPJ||Søndergård 字^Åse\r";
}

class Utf16 : public testing::TestWithParam<std::pair<bool, bool>> {};

TEST_P(Utf16, is_cut_at_its_messages)
{
    const auto [little, mark] = GetParam();
    const auto file = utf16((mark ? u"\r\n" : u"") + message(u'1') + message(u'2') + u"\n" + message(u'3'), little, mark);
    Issues issues;
    const auto pieces = split(file, issues);
    ASSERT_EQ(pieces.size(), 3u);
    EXPECT_TRUE(issues.empty());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const auto one = decode(pieces[i], {});
        ASSERT_TRUE(one) << one.error().where;
        EXPECT_EQ(one->value("MSH", 10), std::to_string(i + 1));
        EXPECT_EQ(one->value("PID", 5), "Søndergård 字");
        EXPECT_EQ(one->segments.size(), 2u);
    }
}

TEST_P(Utf16, keeps_every_byte_of_a_file_that_ends_within_a_unit)
{
    const auto [little, mark] = GetParam();
    const auto file = utf16(message(u'1') + message(u'2'), little, mark) + "x";
    Issues issues;
    const auto pieces = split(file, issues);
    ASSERT_EQ(pieces.size(), 2u);
    EXPECT_EQ(pieces[0].size() + pieces[1].size() + (mark ? 2 : 0), file.size());
    EXPECT_EQ(pieces[1].data() + pieces[1].size(), file.data() + file.size());
}

TEST_P(Utf16, of_a_batch_counts_its_messages)
{
    const auto [little, mark] = GetParam();
    const auto batch = u"BHS|^~\\&|EPJ\r" + message(u'1') + message(u'2') + u"BTS|3\r";
    Issues issues;
    EXPECT_EQ(split(utf16(batch, little, mark), issues).size(), 2u);
    ASSERT_EQ(issues.size(), 1u);
    EXPECT_EQ(issues[0].path, "BTS-1");
}

TEST_P(Utf16, of_a_document_is_not_ours)
{
    const auto [little, mark] = GetParam();
    EXPECT_FALSE(recognises(utf16(u"<?xml version=\"1.0\" encoding=\"UTF-16\"?><Emessage/>", little, mark)));
    EXPECT_TRUE(recognises(utf16(message(u'1'), little, mark)));
}

INSTANTIATE_TEST_SUITE_P(Split, Utf16, testing::Values(std::pair{true, true}, std::pair{false, true}, std::pair{true, false}, std::pair{false, false}));

} // namespace
} // namespace sluse::hl7v2
