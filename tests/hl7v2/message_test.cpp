// tests/hl7v2/message_test.cpp — decoding: separators, terminators, character sets, escapes.
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/message.hpp"
#include "gateway/normalise/charset.hpp"

#include <gtest/gtest.h>

namespace sluse::hl7v2 {
namespace {

const SystemSettings settings;

Message decoded(std::string_view bytes, const SystemSettings& system = settings)
{
    auto message = decode(bytes, system);
    EXPECT_TRUE(message) << message.error().where;
    return message ? std::move(*message) : Message();
}

std::string fault_of(std::string_view bytes)
{
    const auto message = decode(bytes, settings);
    return message ? "no fault" : message.error().where;
}

std::string plain(std::string_view text, const Delimiters& delimiters = {})
{
    std::string out;
    unescape(text, delimiters, out);
    return out;
}

TEST(Decode, counts_fields_as_the_standard_does)
{
    const auto m = decoded("MSH|^~\\&|EPJ|RH|SLUSE|X|20260301101530||ADT^A01^ADT_A01|7|P|2.5\rPID|1||0101010000^^^CPR||Åse^\rPV1\rZBE|a\r");
    ASSERT_EQ(m.segments.size(), 4u);
    EXPECT_EQ(m.value("MSH", 1), "|");
    EXPECT_EQ(m.value("MSH", 2), "^~\\&");
    EXPECT_EQ(m.value("MSH", 3), "EPJ");
    EXPECT_EQ(m.value("MSH", 9, 2), "A01");
    EXPECT_EQ(m.value("MSH", 12), "2.5");
    EXPECT_EQ(m.value("PID", 3), "0101010000");
    EXPECT_EQ(m.value("PID", 3, 4), "CPR");
    EXPECT_EQ(m.value("PID", 3, 5), "");
    EXPECT_EQ(m.value("PID", 5), "Åse");
    EXPECT_EQ(m.segments[1].count, 5u);
    EXPECT_EQ(m.segments[2].id, "PV1");
    EXPECT_EQ(m.segments[2].count, 0u);
    EXPECT_EQ(m.segments[3].text, "ZBE|a");
    EXPECT_EQ(m.field(m.segments[1], 99), "");
}

TEST(Decode, ends_segments_at_cr_lf_and_crlf_alike)
{
    for (const std::string_view end : {"\r", "\n", "\r\n", "\r\r", "  \r\n", "\n\n"}) {
        std::string bytes = "MSH|^~\\&|A|B";
        bytes += end;
        bytes += "PID|1||7";
        bytes += end;
        bytes += "PV1|1|I";
        const auto m = decoded(bytes);
        ASSERT_EQ(m.segments.size(), 3u);
        EXPECT_EQ(m.value("MSH", 4), "B");
        EXPECT_EQ(m.value("PID", 3), "7");
        EXPECT_EQ(m.value("PV1", 2), "I");
        EXPECT_EQ(m.skipped, 0u);
    }
}

TEST(Decode, keeps_a_line_feed_inside_text_when_cr_ends_segments)
{
    const auto m = decoded("MSH|^~\\&|A\rOBX|1|FT|x||one\ntwo\nthree\rOBX|2|ST\nOBX|3|ST\r");
    ASSERT_EQ(m.segments.size(), 4u);
    EXPECT_EQ(m.value("OBX", 5), "one\ntwo\nthree");
    EXPECT_EQ(m.field(m.segments[3], 1), "3");
}

TEST(Decode, reads_any_separators)
{
    const auto m = decoded("MSH^~|\\&^A^B\rPID^1^^12~~~CPR|34~~~X\r");
    EXPECT_EQ(m.value("PID", 3, 4), "CPR");
    EXPECT_EQ(part(m.field(m.segments[1], 3), m.delimiters.repetition, 2), "34~~~X");
    EXPECT_EQ(decoded("MSH|^~|A\rPID|1\r").delimiters.escape, '\0');
    EXPECT_EQ(decoded("MSH|^~\\&#|A\r").delimiters.truncation, '#');
    EXPECT_EQ(fault_of("MSH|^|A\r"), "MSH-2: must hold 2 to 5 encoding characters; send the usual four: circumflex, tilde, backslash, ampersand");
    EXPECT_EQ(fault_of("MSH|^^\\&|A\r"), "MSH-2: holds the same character twice; send the usual four: circumflex, tilde, backslash, ampersand");
    EXPECT_EQ(decoded("MSH|^~\\\\&|A\r").delimiters.subcomponent, '&') << "the backslash written twice";
    EXPECT_EQ(fault_of("MSH|"), "MSH-1: the message ends before its separators");
    EXPECT_EQ(fault_of("MSHA^~\\&|"), "MSH-1: is no field separator");
}

TEST(Decode, forgives_what_comes_before_and_counts_lines_that_are_no_segments)
{
    const auto m = decoded("\xef\xbb\xbf \r\nMSH|^~\\&|A|B\r  PID|1||7\rnonsense\rx\rPV1|1\r");
    EXPECT_EQ(m.segments.size(), 3u);
    EXPECT_EQ(m.skipped, 2u);
    EXPECT_EQ(m.value("PID", 3), "7");
    EXPECT_EQ(fault_of("GET / HTTP/1.1\r\n"), "MSH: the message does not begin with MSH");
    EXPECT_EQ(fault_of(""), "MSH: the message does not begin with MSH");
}

TEST(Decode, survives_a_move_also_when_it_owns_its_text)
{
    auto first = decoded("MSH|^~\\&|\xe6\r");
    const auto second = std::move(first);
    EXPECT_EQ(second.value("MSH", 3), "æ");
    EXPECT_EQ(second.text.data(), second.owned.data());
}

TEST(Decode, bounds_what_a_message_may_hold)
{
    EXPECT_EQ(fault_of("MSH|^~\\&|A\rPID" + std::string(5000, '|')), "PID: has more than 4000 fields");
    EXPECT_EQ(fault_of("MSH|^~\\&|A\rPID|" + std::string(60'000, '~')), "message: has more than 50000 repetitions");
    std::string many = "MSH|^~\\&|A\r";
    for (int i = 0; i < 50'001; ++i) many += "NTE\r";
    EXPECT_EQ(fault_of(many), "message: has more than 50000 segments");
}

std::string with_charset(std::string_view name, std::string_view text)
{
    return "MSH|^~\\&" + std::string(16, '|') + std::string(name) + "\rPID|1||7||" + std::string(text) + "^x\r";
}

struct Set {
    std::string_view declared, bytes, name, family;
};

class Charset : public testing::TestWithParam<Set> {};

TEST_P(Charset, is_decoded_before_splitting)
{
    const auto& set = GetParam();
    const auto bytes = with_charset(set.declared, set.bytes); // must outlive the message
    const auto m = decoded(bytes);
    EXPECT_EQ(m.charset, set.name);
    EXPECT_EQ(m.value("PID", 5, 1), set.family);
    EXPECT_EQ(m.value("PID", 5, 2), "x");
    EXPECT_TRUE(valid_utf8(m.text));
}

INSTANTIATE_TEST_SUITE_P(Sets, Charset,
                         testing::Values(Set{"", "Hansen", "ASCII", "Hansen"}, Set{"", "S\xc3\xb8", "UTF-8", "Sø"},
                                         Set{"", "S\xf8", "windows-1252", "Sø"}, Set{"8859/1", "S\xf8\x80", "windows-1252", "Sø€"},
                                         Set{"8859/15", "\xa4", "iso-8859-15", "€"}, Set{"8859/5", "\xb8", "iso-8859-5", "И"},
                                         Set{"8859/7", "\xd0", "iso-8859-7", "Π"}, Set{"UNICODE UTF-8", "\xc3\xa6", "UTF-8", "æ"},
                                         Set{"UNICODE UTF-8", "\xc3\xa6\xf8", "windows-1252", "æø"},
                                         Set{"BIG-5", "\xb3\x5c", "Big5", "許"},      // 0x5c is the second byte
                                         Set{"SHIFT_JIS", "\x95\x5c\x94\x5c", "SHIFT_JIS", "表能"},
                                         Set{"GB 18030-2000", "\xd5\xc5", "GB18030", "张"}, Set{"KS X 1001", "\xb1\xe8", "windows-949", "김"},
                                         Set{"~ISO IR87", "\x1b$B45\x1b(B", "ISO-2022-JP-2", "患"},
                                         Set{"~ISO IR87", "患", "UTF-8", "患"}, // mislabelled
                                         Set{"ISO IR14", "\x95\x5c", "Shift_JIS", "表"},
                                         Set{"no such set", "S\xf8", "windows-1252", "Sø"}));

TEST(Decode, reads_utf16_by_its_mark_or_its_look)
{
    std::string wide = "\xff\xfe";
    for (const char c : std::string_view("MSH|^~\\&|A\rPID|1||7\r")) wide += c, wide += '\0';
    EXPECT_EQ(decoded(wide).value("PID", 3), "7");
    EXPECT_EQ(decoded(std::string_view(wide).substr(2)).value("PID", 3), "7");
}

TEST(Decode, notices_doubly_encoded_danish_and_repairs_it_only_when_told)
{
    const auto bytes = with_charset("8859/1", "S\xc3\xb8rensen \xc3\x85 \xe9");
    EXPECT_TRUE(decoded(bytes).mojibake);
    EXPECT_EQ(decoded(bytes).value("PID", 5), "SÃ¸rensen Ã… é");
    SystemSettings repair;
    repair.repair_mojibake = true;
    EXPECT_EQ(decoded(bytes, repair).value("PID", 5), "Sørensen Å é");
    EXPECT_FALSE(decoded(with_charset("", "Sørensen Ærø Århus")).mojibake);
}

TEST(Unescape, follows_chapter_two)
{
    EXPECT_EQ(plain("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f"), "a|b^c&d~e\\f");
    EXPECT_EQ(plain("\\E\\F\\E\\"), "\\F\\"); // once, not twice
    EXPECT_EQ(plain("one\\.br\\two\\.sp2\\three\\.in+4\\"), "one\ntwo\n\nthree");
    EXPECT_EQ(plain("\\H\\HIGH\\N\\ normal"), "HIGH normal");
    EXPECT_EQ(plain("\\X0D0A\\\\Xe6\\\\XC3A6\\"), "\r\næ" "æ");
    EXPECT_EQ(plain("A\\C2842\\B\\M2442\\C"), "ABC");
    EXPECT_EQ(plain("a\\Z12\\b"), "ab");
    EXPECT_EQ(plain("C:\\Temp\\file"), "C:\\Temp\\file");
    EXPECT_EQ(plain("ends with \\"), "ends with \\");
    EXPECT_EQ(plain("\\X0\\ \\Xzz\\ \\P\\"), "\\X0\\ \\Xzz\\ \\P\\");
    EXPECT_EQ(plain("\\F\\", {.escape = '\0'}), "\\F\\");
}

std::string value_of(const Message& message, std::string_view field)
{
    std::string out;
    unescape(field, message, out);
    return out;
}

TEST(Escape, reads_hexadecimal_bytes_in_the_messages_set)
{
    const auto latin9 = decoded("MSH|^~\\&||||||||||||||||8859/15\rOBX|1|ST|||\\XA4\\ \\XF8\\\r");
    EXPECT_EQ(value_of(latin9, latin9.value("OBX", 5)), "€ ø") << "declared, all else being ASCII";
    const auto chinese = decoded("MSH|^~\\&||||||||||||||||GB 18030-2000\rOBX|1|ST|||\\XB1B1BEA9\\\xb1\xb1\r");
    EXPECT_EQ(value_of(chinese, chinese.value("OBX", 5)), "北京北");
    const auto utf8 = decoded("MSH|^~\\&\rOBX|1|ST|||\\XC3\\\\XA6\\ \\XE6\\ \\X0D0A\\x\r");
    EXPECT_EQ(value_of(utf8, utf8.value("OBX", 5)), "æ æ \r\nx") << "one letter in two escapes; without a set, what the bytes look like";
}

TEST(Escape, reads_text_in_the_multi_byte_set_that_M_names)
{
    const auto m = decoded("MSH|^~\\&\rPID|1||7||x\r");
    EXPECT_EQ(value_of(m, "\\M2442\\;3ED\\C2842\\ Taro"), "山田 Taro");
    EXPECT_EQ(value_of(m, "\\M2442\\;3ED"), "山田") << "up to the end";
    EXPECT_EQ(value_of(m, "\\M242844\\0!\\C2842\\."), "丂.") << "JIS X 0212, three bytes";
    EXPECT_EQ(value_of(m, "a\\C2842\\b\\C2D41\\c"), "abc");
    EXPECT_EQ(value_of(m, "\\M24\\x"), "\\M24\\x");
}

TEST(Escape, knows_formatting_in_any_case)
{
    EXPECT_EQ(plain("a\\.BR\\b\\.sp2\\c\\.in+4\\d\\.sk3\\e\\.ce\\f"), "a\nb\n\ncd   e\nf");
    EXPECT_EQ(plain("\\H\\high\\N\\ \\Z01\\x \\Q\\"), "high x \\Q\\");
}

TEST(Decode, joins_ADD_to_the_segment_that_it_continues)
{
    const auto m = decoded("MSH|^~\\&|A\rPID|1||7\rOBX|1|FT|x||first half \rADD|and second|mg\rADD||N\rNTE|1||n\r");
    ASSERT_EQ(m.segments.size(), 4u);
    EXPECT_EQ(m.value("OBX", 5), "first half and second");
    EXPECT_EQ(m.value("OBX", 6), "mg");
    EXPECT_EQ(m.value("OBX", 7), "N");
    EXPECT_EQ(m.value("NTE", 3), "n");
    EXPECT_TRUE(m.issues.empty());
    const auto lines = decoded("MSH|^~\\&|A\nPID|1||7\nOBX|1|FT|x||a\nADD|b\n");
    EXPECT_EQ(lines.value("OBX", 5), "ab");
}

TEST(Decode, says_when_a_message_goes_on_in_another)
{
    const auto first = decoded("MSH|^~\\&|A\rPID|1||7\rOBX|1|FT|x||half\rDSC|77|F\r");
    ASSERT_EQ(first.issues.size(), 1u);
    EXPECT_EQ(first.issues[0].path, "DSC-1");
    const auto second = decoded("MSH|^~\\&|A|||||||||||77\rADD|rest\rOBX|2|FT|y\r");
    ASSERT_EQ(second.issues.size(), 1u);
    EXPECT_EQ(second.issues[0].path, "ADD");
    EXPECT_TRUE(decoded("MSH|^~\\&|A\rPID|1\rDSC||I\r").issues.empty());
}

TEST(Split, joins_a_message_that_goes_on_in_the_next)
{
    const std::string file = "MSH|^~\\&|A||||||ORU^R01|1\rPID|1||7\rOBX|1|FT|x||first \rDSC|77|F\r"
                             "MSH|^~\\&|A||||||ORU^R01|2||||77\rADD|second\rOBX|2|ST|y||z\rDSC|78|F\r"
                             "MSH|^~\\&|A||||||ORU^R01|3||||78\rOBX|3|ST|y||w\r"
                             "MSH|^~\\&|A||||||ORU^R01|4\rPID|1||8\r";
    Issues issues;
    auto messages = split(file, issues);
    ASSERT_EQ(messages.size(), 4u);
    std::deque<std::string> owned;
    join_continued(messages, owned);
    ASSERT_EQ(messages.size(), 2u);
    const auto m = decoded(messages[0]);
    EXPECT_EQ(m.value("MSH", 10), "1");
    EXPECT_EQ(m.value("OBX", 5), "first second");
    EXPECT_EQ(m.segments.size(), 6u);
    EXPECT_EQ(m.segments[1].text, "DSC|77~78|F|2~3");
    EXPECT_TRUE(m.issues.empty());
    EXPECT_EQ(decoded(messages[1]).value("MSH", 10), "4");
}

TEST(Mojibake, is_noticed_and_repaired_only_where_a_system_is_set_so)
{
    struct Case {
        std::string_view bytes, repaired;
    };
    constexpr Case cases[] = {
        {"S\xc3\x83\xc2\xb8nderg\xc3\x83\xc2\xa5rd", "Søndergård"}, // twice UTF-8
        {"S\x9bnderg\x86rd", "Søndergård"},                         // code page 865, read as windows-1252
        {"S\xbfnderg\x8crd", "Søndergård"},                         // Mac Roman
        {"O\x92" "Brien \x86lborg S\x9b" "by", "O’Brien ålborg Søby"},  // an apostrophe stays one
    };
    SystemSettings repairs;
    repairs.repair_mojibake = true;
    for (const auto& one : cases) {
        const auto bytes = "MSH|^~\\&|A\rPID|1||7||" + std::string(one.bytes) + "\r";
        const auto noticed = decoded(bytes);
        EXPECT_TRUE(noticed.mojibake) << one.repaired;
        EXPECT_NE(noticed.value("PID", 5), one.repaired);
        ASSERT_FALSE(noticed.issues.empty());
        EXPECT_EQ(noticed.issues.back().path, "MSH-18");
        EXPECT_EQ(noticed.value("PID", 5).find('?'), std::string_view::npos);
        const auto mended = decoded(bytes, repairs);
        EXPECT_TRUE(mended.mojibake) << "counted all the same";
        EXPECT_EQ(mended.value("PID", 5), one.repaired);
    }
    for (const std::string_view sound : {"Søndergård", "D’Angelo ‘x’", "† 2026", "Æblet ¿que?", "cœur Œuvre", "MÃ©"})
        EXPECT_EQ(mojibake_in(sound), sound == "MÃ©" ? Mojibake::encoded_twice : Mojibake::none) << sound;
}

TEST(CharsetNames, every_name_of_table_0211_is_a_set_that_can_be_read)
{
    for (const auto* name : {"ASCII", "8859/1", "8859/2", "8859/3", "8859/4", "8859/5", "8859/6", "8859/7", "8859/8", "8859/9", "8859/10", "8859/11", "8859/13", "8859/14",
                             "8859/15", "ISO IR6", "ISO IR13", "ISO IR14", "ISO IR87", "ISO IR159", "GB 18030-2000", "KS X 1001", "CNS 11643-1992", "BIG-5", "UNICODE",
                             "UNICODE UTF-8", "UNICODE UTF-16", "UNICODE UTF-32", "windows-1252"}) {
        const auto charset = canonical_charset(name);
        EXPECT_FALSE(charset.empty()) << name;
        std::string out;
        std::size_t lost = 0;
        EXPECT_TRUE(to_utf8("", charset, out, lost)) << name;
    }
}

} // namespace
} // namespace sluse::hl7v2
