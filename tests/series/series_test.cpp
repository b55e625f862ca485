// tests/series/series_test.cpp — tables of published numbers: what is read, what is refused and where, and what they become.
#include "adapters/adapter.hpp"
#include "adapters/series/table.hpp"
#include "gateway/normalise/maps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> complaints(std::string_view table)
{
    Issues issues;
    series::read_table(table, issues);
    std::vector<std::string> out;
    for (const auto& issue : issues) out.push_back(issue.path + ": " + issue.text);
    return out;
}

TEST(Series, ReadsEnglishAndDanishColumnsWithEitherSeparator)
{
    Issues issues;
    const auto rows = series::read_table("# smokers\nindicator,period,municipality,numerator,denominator\nG7.2,2024,751,130,1000\nG7.2,2024,,262,2000\n", issues);
    ASSERT_TRUE(issues.empty()) << issues.front().path << issues.front().text;
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].dimension, "municipality");
    EXPECT_EQ(rows[0].code, "0751");
    EXPECT_EQ(iso(rows[0].from), "2024-01-01");
    EXPECT_EQ(iso(rows[0].last), "2024-12-31");
    EXPECT_EQ(rows[1].dimension, "");
    const auto danish = series::read_table("Indikator;Fra;Til;Køn;Værdi\r\nG7.1;2022-01-01;2024-12-31;kvinde;83,5\r\n", issues);
    ASSERT_TRUE(issues.empty());
    ASSERT_EQ(danish.size(), 1u);
    EXPECT_EQ(danish[0].code, "female");
    EXPECT_EQ(danish[0].value, "83.5");
}

TEST(Series, ReadsQuotedCellsAndQuarters)
{
    Issues issues;
    const auto rows = series::read_table("indicator,period,unit,value\n\"G4.1\",2024-Q4,\"Afdeling \"\"A\"\", 2. sal\",91\n", issues);
    ASSERT_TRUE(issues.empty());
    EXPECT_EQ(rows.at(0).code, "Afdeling \"A\", 2. sal");
    EXPECT_EQ(iso(rows.at(0).from), "2024-10-01");
    EXPECT_EQ(iso(rows.at(0).last), "2024-12-31");
}

TEST(Series, SaysWhereEachMistakeIs)
{
    EXPECT_THAT(complaints("indicator;period;region;value\nG7.2;2024;DK-84;13,1\nG7.2;2024-13;DK-84;13\nG7.2;2024;Hovedstaden;abc\n"),
                ElementsAre("line 3, column 6 (period): is a year, a quarter or a month: 2024, 2024-Q1, 2024-03", "line 4, column 11 (region): is an ISO 3166-2 code such as DK-84",
                            "line 4, column 23 (value): is a number of at most nine digits and six decimals, 0 or more"));
    EXPECT_THAT(complaints("indicator,from,to,value,colour\nG7.2,2024-01-01,2023-01-01,5,red\n"),
                ElementsAre("line 1, column 25 (colour): is no column of a series (docs/formats/series.md lists them)", "line 2, column 17 (to): lies before the period's first day"));
    EXPECT_THAT(complaints("indicator,period,region,sex,value\nG7.2,2024,DK-84,f,3\n"), ElementsAre("line 2, column 17 (sex): a row is about one of region, municipality, unit, sex and age_band, or about all"));
    EXPECT_THAT(complaints("indicator,period,value\nG7.2,2024,3\nG7.2,2024,4\n"), ElementsAre("line 3, column 1 (row): the same indicator, period and place stand above"));
    EXPECT_THAT(complaints("indicator,period,numerator,denominator\nG7.2,2024,3,\nG7.2,2025,3,0\nG7.2,2026,,\n"),
                ElementsAre("line 2, column 13 (denominator): is missing beside a numerator", "line 3, column 13 (denominator): is 0", "line 4, column 11 (numerator): a row needs a value, or a numerator and a denominator"));
    EXPECT_THAT(complaints("indicator,period,value\n"), ElementsAre("line 1: the table has no rows"));
    EXPECT_THAT(complaints("indicator,period,value\n,2024,3\nG7.2,2024,3,4\n"), ElementsAre("line 2, column 1 (indicator): is missing", "line 3, column 13 (row): has 4 cells, the header 3"));
}

TEST(Series, IsRecognisedByItsHeaderAndOnlyByThat)
{
    const auto name = [](std::string_view bytes) { return adapter_for(bytes) ? adapter_for(bytes)->name : std::string_view("none"); };
    EXPECT_EQ(name("indicator,period,value\nG7.2,2024,13.1\n"), "series");
    EXPECT_EQ(name("\xef\xbb\xbf# from the survey\nINDIKATOR;FRA;TIL;V\xe6rdi\n"), "series");
    EXPECT_EQ(name("name,period\n"), "none");
    EXPECT_EQ(name("MSH|^~\\&|indicator,period\r"), "hl7v2");
    EXPECT_EQ(name(""), "none");
    EXPECT_EQ(name("\n\n#\n"), "none");
}

TEST(Series, BecomesAMeasureReportForEachIndicatorAndPeriod)
{
    const std::string table = "indicator;period;region;value;denominator;reporter\nG7.2;2023;;13,1;5000;SST\nG7.2;2023;DK-84;12,5;2000;SST\nG7.2;2024;;12,0;5000;SST\n";
    const auto* adapter = adapter_for(table);
    const auto checked = adapter->check(table, {});
    ASSERT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues.front().path + checked.issues.front().text);
    EXPECT_TRUE(checked.persons.empty());
    Issues issues;
    const auto maps = Maps::load(std::string(SLUSE_SOURCE_DIR) + "/schemas", issues);
    const HmacKey key("test");
    const SystemSettings system;
    Normalised out;
    ASSERT_TRUE(adapter->normalise(table, checked, {*maps, system, key, {}, 0}, out));
    EXPECT_EQ(std::ranges::count(out.resources, "MeasureReport", &ResourceSpan::type), 2);
    EXPECT_THAT(out.bundle, HasSubstr(R"("measureScore":{"value":12.5})"));
    EXPECT_THAT(out.bundle, HasSubstr(R"("stratum":[{"value":{"text":"DK-84"})"));
    EXPECT_THAT(out.bundle, HasSubstr(R"("period":{"start":"2023-01-01","end":"2023-12-31"})"));
}

} // namespace
} // namespace sluse
