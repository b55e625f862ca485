// tests/edifact/microbiology_test.cpp — RPT02's traps: susceptibilities in their column, or refused; texts that do not say what they are.
#include "adapters/edifact/adapter.hpp"
#include "gateway/base/files.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>

namespace sluse::edifact {
namespace {

std::string report()
{
    return bytes_of(SLUSE_SOURCE_DIR "/tests/edifact/letters/RPT02.edi");
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

/// With as many segments as UNT is to count.
std::string counted(std::string text)
{
    const auto from = text.find("UNH+"), to = text.find("UNT+");
    const auto segments = std::count(text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(to), '\n') + 1;
    return text.replace(to + 4, text.find('+', to + 4) - to - 4, std::to_string(segments));
}

std::string refusal(const std::string& bytes)
{
    const auto checked = check(bytes, {});
    return checked.answer == Answer::accepted || checked.issues.empty() ? "" : checked.issues.front().path + ": " + checked.issues.front().text;
}

std::string group(const std::string& headline, const std::string& number, const std::string& text)
{
    return "GIS+N'\nINV+OE+:::" + headline + "'\nSEQ++" + number + "'\nFTX+RIT+P00++" + text + "'\n";
}

TEST(Microbiology, RefusesACellOfNoColumnAndAColumnOfNoOrganism)
{
    const auto cell = refusal(replaced(report(), "RSL+AV+::S'\nRFF+ARL:11'", "RSL+AV+::S'\nRFF+ARL:99'"));
    EXPECT_NE(cell.find("-1.2: is the number (SEQ) of no column before it"), cell.npos) << cell;
    const auto column = refusal(replaced(report(), "INV+MQ+:::Enterococcus faecalis'\nSEQ++16'", "INV+MQ+:::Enterococcus faecium'\nSEQ++16'"));
    EXPECT_NE(column.find("-2.4: this column is of none that stands before the table"), column.npos) << column;
    const auto third = refusal(replaced(report(), "INV+MQ+:::Enterococcus faecalis'\nSEQ++16'", "INV+MQ+:::Escherichia coli'\nSEQ++16'"));
    EXPECT_NE(third.find("this column is of none"), third.npos) << "two strains, three columns";
    EXPECT_NE(refusal(replaced(report(), "SEQ++14'", "SEQ++11'")).find("has the number (SEQ) of another"), std::string::npos);
}

TEST(Microbiology, FindsTheColumnByItsNumberWhereverTheCellStands)
{
    auto moved = report();
    const auto from = moved.find("GIS+N'\nINV+CO+:::Mecillinam'\nSEQ++12'"), to = moved.find("GIS+N'\nINV+MQ+:::Escherichia coli'\nSEQ++14'");
    ASSERT_NE(from, moved.npos);
    const auto cells = moved.substr(from, to - from);
    moved.erase(from, to - from);
    moved.insert(moved.find("GIS+N'\nINV+MM"), cells); // the first column's, behind the last column's
    const auto xml = to_oioxml(moved);
    ASSERT_TRUE(xml) << xml.error().where;
    // Mecillinam is the first antibiotic that is named now, in the second column; the first column's S is still the first organism's.
    EXPECT_NE(xml->find("<RefMicroorganism>2</RefMicroorganism><RefAntibiotic>1</RefAntibiotic><Sensitivity>R<"), xml->npos) << *xml;
    EXPECT_NE(xml->find("<RefMicroorganism>1</RefMicroorganism><RefAntibiotic>1</RefAntibiotic><Sensitivity>S<"), xml->npos) << *xml;
}

TEST(Microbiology, TellsTextsByTheirHeadlineAndElseByTheirPlace)
{
    const auto texts = [](const std::string& groups) {
        auto text = report();
        const auto from = text.find("GIS+N'\nINV+OE+:::Mikroskopi"), to = text.find("UNT+");
        const auto xml = to_oioxml(counted(text.replace(from, to - from, groups)));
        return xml ? xml->substr(xml->find("<Headline>")) : xml.error().where;
    };
    const auto named = texts(group("Konklusion", "3", "Intet fund") + group("DYRKNING", "4", "Steril") + group("Direkte mikroskopi", "5", "Ingen"));
    EXPECT_NE(named.find("<Headline>Konklusion</Headline><Comment>Intet fund<Break/></Comment>"), named.npos) << named;
    EXPECT_NE(named.find("<CultureWithoutFindings><Headline>DYRKNING</Headline><Comments>Steril<Break/></Comments>"), named.npos) << named;
    EXPECT_NE(named.find("<MicroscopicFindings><Headline>Direkte mikroskopi</Headline>"), named.npos) << named;
    const auto unnamed = texts(group("A", "3", "et") + group("B", "4", "to") + group("C", "5", "tre") + group("D", "6", "fire"));
    EXPECT_NE(unnamed.find("<MicroscopicFindings><Headline>A</Headline><Comments>et<Break/>"), unnamed.npos) << unnamed;
    EXPECT_NE(unnamed.find("<CultureWithoutFindings><Headline>B</Headline><Comments>to<Break/>"), unnamed.npos) << unnamed;
    EXPECT_NE(unnamed.find("<Headline>C</Headline><Comment>tre<Break/>D<Break/>fire<Break/></Comment>"), unnamed.npos) << "nothing is left out: " << unnamed;
}

TEST(Microbiology, KeepsWhatACulturesHeadlineIsFollowedBy)
{
    const auto xml = to_oioxml(counted(replaced(report(), "INV+OE+:::Dyrkning'\nSEQ++5'\n", "INV+OE+:::Dyrkning'\nSEQ++5'\nFTX+RIT+P00++Efter to dage'\n")));
    ASSERT_TRUE(xml) << xml.error().where;
    EXPECT_NE(xml->find("<Comments>Efter to dage<Break/>De to stammer af E. coli er forskellige<Break/></Comments>"), xml->npos) << *xml;
}

} // namespace
} // namespace sluse::edifact
