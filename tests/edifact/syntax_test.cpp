// tests/edifact/syntax_test.cpp — segments, release characters, counts, references, binary objects: what is legal, and where what is not is found.
#include "adapters/edifact/syntax.hpp"

#include <gtest/gtest.h>

namespace sluse::edifact {
namespace {

const std::string una = "UNA:+.? '";
const std::string unb = "UNB+UNOC:3+5790000000001:14+5790000000002:14+260301:1015+K1++++1'";

std::string interchange(const std::string& letters, int count = 1)
{
    return una + unb + letters + "UNZ+" + std::to_string(count) + "+K1'";
}

const std::string letter = "UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91'BGM+EPI++9+NA'UNT+3+B1'";

/// The first error's place, "" when there is none.
std::string fault_of(const std::string& bytes)
{
    const auto read = read_interchange(bytes);
    for (const auto& t : read.troubles)
        if (t.severity == Severity::error) return t.place();
    for (const auto& l : read.letters)
        for (const auto& t : l.troubles)
            if (t.severity == Severity::error) return t.place();
    return "";
}

TEST(Syntax, ReadsElementsAndComponents)
{
    const auto bytes = interchange(letter);
    const auto read = read_interchange(bytes);
    ASSERT_FALSE(read.refused());
    ASSERT_EQ(read.letters.size(), 1u);
    const auto& unh = read.text.segments[read.letters[0].first];
    EXPECT_EQ(read.text.raw(unh, 1), "B1");
    EXPECT_EQ(read.text.raw(unh, 2, 5), "D9134L");
    EXPECT_EQ(read.text.raw(unh, 3), "DIS91");
    EXPECT_EQ(read.text.raw(unh, 4), "");
    EXPECT_EQ(read.text.components_of(unh, 2), 5u);
    EXPECT_EQ(read.end, bytes.size());
}

TEST(Syntax, TakesReleasedMarksAsText)
{
    const auto bytes = interchange("UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91'FTX+NC+P00++kl. 9?:15 ?+ O?'Hara??:rest'UNT+3+B1'");
    const auto read = read_interchange(bytes);
    ASSERT_FALSE(read.refused());
    std::string scratch;
    const auto& ftx = read.text.segments[2];
    EXPECT_EQ(read.text.value(ftx, 4, 1, scratch), "kl. 9:15 + O'Hara?");
    EXPECT_EQ(read.text.value(ftx, 4, 2, scratch), "rest");
}

TEST(Syntax, IgnoresLineEndsBetweenAndInsideSegments)
{
    const auto bytes = una + "\r\n" + unb + "\r\n UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91'\nBGM+EPI+\r\n+9+NA'\nUNT+3+B1'\nUNZ+1+K1'\n";
    const auto read = read_interchange(bytes);
    ASSERT_FALSE(read.refused());
    std::string scratch;
    EXPECT_EQ(read.text.value(read.text.segments[2], 2, 1, scratch), "");
    EXPECT_EQ(read.text.raw(read.text.segments[2], 3), "9");
}

TEST(Syntax, AssumesTheStandardMarksWithAWarning)
{
    const auto bytes = interchange(letter).substr(una.size());
    const auto read = read_interchange(bytes);
    EXPECT_FALSE(read.refused());
    ASSERT_EQ(read.troubles.size(), 1u);
    EXPECT_EQ(read.troubles[0].place(), "UNA");
    EXPECT_EQ(read.troubles[0].severity, Severity::warning);
}

TEST(Syntax, ReadsOtherMarks)
{
    const auto bytes = std::string("UNA;*.! ~UNB*UNOC;3*A;14*B;14*260301;1015*K1~UNH*B1*MEDDIS;D;93A;UN;D9134L*DIS91~BGM*it's+:fine~UNT*3*B1~UNZ*1*K1~");
    const auto read = read_interchange(bytes);
    ASSERT_FALSE(read.refused());
    EXPECT_EQ(read.text.raw(read.text.segments[2], 1), "it's+:fine");
}

TEST(Syntax, CountsAndReferencesMustAgree)
{
    EXPECT_EQ(fault_of(interchange(letter)), "");
    EXPECT_EQ(fault_of(interchange("UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91'BGM+EPI'UNT+4+B1'")), "UNT[3]-1.1");
    EXPECT_EQ(fault_of(interchange("UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91'BGM+EPI'UNT+3+B2'")), "UNT[3]-2.1");
    EXPECT_EQ(fault_of(interchange(letter, 2)), "UNZ-1.1");
    EXPECT_EQ(fault_of(una + unb + letter + "UNZ+1+K2'"), "UNZ-2.1");
    EXPECT_EQ(fault_of(una + unb + letter + "UNZ+1:K1'"), "UNZ-1.1");
    EXPECT_EQ(fault_of(una + unb + letter), "interchange");
}

TEST(Syntax, TheFrameMustBeWhole)
{
    EXPECT_EQ(fault_of(una + "UNB+UNOC:3+A:14+B:14+260301:1015'" + letter + "UNZ+1+K1'"), "UNB-5.1");
    EXPECT_EQ(fault_of(una + "UNB+UNOY:4+A:14+B:14+260301:1015+K1'" + letter + "UNZ+1+K1'"), "UNB-1.1");
    EXPECT_EQ(fault_of(una + "UNB+UNOC:3+A:14+B:14+2603:1015+K1'" + letter + "UNZ+1+K1'"), "UNB-4.1");
    EXPECT_EQ(fault_of(una + unb + unb + letter + "UNZ+1+K1'"), "UNB");
    EXPECT_EQ(fault_of(interchange("UNH'BGM+EPI'UNT+3+B1'")), "UNH[1]-1.1");
    EXPECT_EQ(fault_of(interchange("BGM+EPI'UNT+2+B1'")), "BGM");
    EXPECT_EQ(fault_of(interchange("UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91'BGM+EPI'")), "UNZ");
}

TEST(Syntax, SegmentsMustHaveLegalTags)
{
    EXPECT_EQ(fault_of(interchange("UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91''UNT+3+B1'")), "segment[2]");
    EXPECT_EQ(fault_of(interchange("UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91'bgm+EPI'UNT+3+B1'")), "segment[2]");
    EXPECT_EQ(fault_of(interchange("UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91'B?M+EPI'UNT+3+B1'")), "segment[2]");
    EXPECT_EQ(fault_of(una + unb + "bgm+EPI'" + letter + "UNZ+1+K1'").substr(0, 11), "interchange") << "outside of a letter nothing can be passed over";
    EXPECT_EQ(fault_of("UNA:+.? 'UNB+UNOC:3+A"), "UNB");
    EXPECT_EQ(fault_of("UNA++.? '" + unb), "UNA");
}

TEST(Syntax, AReleaseCharacterBeforeOtherTextIsALettersError)
{
    const auto bytes = interchange("UNH+B1+MEDDIS:D:93A:UN:D9134L+DIS91'FTX+NC+P00++a?b'UNT+3+B1'");
    const auto read = read_interchange(bytes);
    EXPECT_FALSE(read.refused());
    ASSERT_EQ(read.letters.size(), 1u);
    ASSERT_TRUE(read.letters[0].refused());
    EXPECT_EQ(read.letters[0].troubles[0].place(), "FTX[2]-4");
    EXPECT_EQ(read.letters[0].troubles[0].at, bytes.find("?b"));
}

TEST(Syntax, BinaryObjectsAreTakenBySize)
{
    const std::string raw("a'b+c:d?e\xff", 10);
    const auto bytes = interchange("UNH+B1+MEDBIN:D:93A:UN:B0131X+BIN01'UNO+1+AID:0+OBJ:TXT:TXT:91+10:14:1:A'" + raw + "\nUNP+10+1'UNT+4+B1'");
    const auto read = read_interchange(bytes);
    ASSERT_FALSE(read.refused());
    ASSERT_FALSE(read.letters[0].refused());
    EXPECT_EQ(read.text.segments[2].binary, raw);
    EXPECT_EQ(fault_of(interchange("UNH+B1+MEDBIN:D:93A:UN:B0131X+BIN01'UNO+1+AID:0+OBJ:TXT:TXT:91+9:14:1:A'" + raw + "UNP+9+1'UNT+4+B1'")), "UNO[2]");
    EXPECT_EQ(fault_of(interchange("UNH+B1+MEDBIN:D:93A:UN:B0131X+BIN01'UNO+1+AID:0+OBJ:TXT:TXT:91+x'")), "UNO[2]");
    EXPECT_EQ(fault_of(interchange("UNH+B1+MEDBIN:D:93A:UN:B0131X+BIN01'UNO+1+AID:0+OBJ:TXT:TXT:91+10'" + raw + "UNP+11+1'UNT+4+B1'")), "UNP[3]-1.1");
}

TEST(Syntax, WritesLatin1WithMarksReleased)
{
    std::string out;
    append_escaped("\xc3\xa6"
                   "b?:+'\xe2\x80\x93",
                   {}, out);
    EXPECT_EQ(out, "\xe6"
                   "b???:?+?'-");
    std::string utf8;
    append_utf8("\xe6\xb5", utf8);
    EXPECT_EQ(utf8, "\xc3\xa6\xc2\xb5");
}

} // namespace
} // namespace sluse::edifact
