// tests/indicators/packs_test.cpp — the shipped indicators load; every mistake in one is told with its line and a hint.
#include "gateway/indicators/packs.hpp"

#include "gateway/indicators/definition.hpp"
#include "gateway/indicators/evaluate.hpp"
#include "gateway/indicators/read_pack.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sluse {
namespace {

const std::filesystem::path schemas = std::filesystem::path(SLUSE_SOURCE_DIR) / "schemas";

std::vector<std::string> mistakes(const std::string& text)
{
    Issues issues;
    CodeTables tables(schemas / "codes" / "sets");
    Cohorts cohorts(schemas / "cohorts", tables);
    read_packs(text, "x.yaml", tables, cohorts, issues);
    std::vector<std::string> out;
    for (const auto& issue : issues) out.push_back(issue.path + ": " + issue.text);
    return out;
}

std::string shipped(const std::string& name)
{
    std::ifstream in(schemas / "indicators" / name);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(Packs, load_what_is_shipped)
{
    Issues issues;
    const auto packs = Packs::load(schemas, issues);
    for (const auto& issue : issues) ADD_FAILURE() << issue.path << ": " << issue.text;
    ASSERT_TRUE(packs);
    std::vector<std::string> ids;
    for (const auto& pack : packs->packs()) ids.push_back(pack.id);
    EXPECT_THAT(ids, testing::IsSupersetOf({"G1.1", "G1.2", "G2.3", "G8.1", "PAN", "PAN.influenza-a"}));
    EXPECT_EQ(packs->hash().size(), 64u);
    EXPECT_EQ(packs->hash(), Packs::load(schemas, issues)->hash());
}

TEST(Packs, name_the_kinds_of_fact_that_can_change_them)
{
    Issues issues;
    const auto packs = Packs::load(schemas, issues);
    ASSERT_TRUE(packs);
    const auto uses = [&](std::string_view id) { return std::ranges::find(packs->packs(), id, &Pack::id)->uses; };
    EXPECT_THAT(uses("G1.1"), testing::ElementsAre(FactKind::person, FactKind::residence, FactKind::contact, FactKind::diagnosis)) << "a diagnosis may decide the specialty";
    EXPECT_THAT(uses("G2.3"), testing::ElementsAre(FactKind::person, FactKind::residence, FactKind::contact, FactKind::diagnosis));
    EXPECT_THAT(uses("PAN"), testing::ElementsAre(FactKind::person, FactKind::residence, FactKind::result));
}

TEST(PackReader, takes_every_shipped_file_without_a_word)
{
    for (const auto* file : {"G1.1.yaml", "G1.2.yaml", "G2.3.yaml", "G8.1.yaml", "PAN.yaml"}) EXPECT_THAT(mistakes(shipped(file)), testing::IsEmpty()) << file;
}

TEST(PackReader, tells_all_mistakes_at_once_with_line_and_hint)
{
    auto text = shipped("G1.1.yaml");
    text = replaced(text, "kind: proportion", "kind: proportoin");
    text = replaced(text, "alive_at: end", "alive_att: end");
    text = replaced(text, "counting: calendar_days", "counting: calendar_day");
    text = replaced(text, "age_band]", "age_bnad]");
    EXPECT_THAT(mistakes(text), testing::UnorderedElementsAre(
        "x.yaml:11: 'kind' cannot be 'proportoin', only proportion, duration, count, mean, rate, level, imported; did you mean 'proportion'?",
        "x.yaml:21: 'alive_att' is not a key here; did you mean 'alive_at'?",
        "x.yaml:30: 'counting' cannot be 'calendar_day', only calendar_days, hours; did you mean 'calendar_days'?",
        "x.yaml:34: 'age_bnad' is not a dimension; did you mean 'age_band'?"));
}

struct Mistake {
    const char* from;
    const char* to;
    const char* says;
};
class Mistaken : public testing::TestWithParam<Mistake> {};
TEST_P(Mistaken, is_told)
{
    EXPECT_THAT(mistakes(replaced(shipped("G1.1.yaml"), GetParam().from, GetParam().to)), testing::ElementsAre(testing::HasSubstr(GetParam().says)));
}
INSTANTIATE_TEST_SUITE_P(PackReader, Mistaken, testing::Values(
    Mistake{"specialty: somatic", "specialty: somatik", "'somatik' is not a specialty; did you mean 'somatic'?"},
    Mistake{"unit: \"%\"", ": \"%\"", "a key must be a word"},
    Mistake{"unit: \"%\"", "? [a, b]\n: \"%\"", "a key must be a word"},
    Mistake{"unit: \"%\"", "unit: [&a [1,2,3,4,5,6,7,8,9,9], &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b], &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c], "
                            "&e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d], [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]]", "aliases of aliases"},
    Mistake{"specialty: somatic", "specialty: same", "only in an outcome"},
    Mistake{"days: 31", "days: 30", "not final before day 31"},
    Mistake{"within: 30 d", "within: thirty", "must be a number and a unit"},
    Mistake{"version: \"1\"\n", "", "'version' is missing"},
    Mistake{"mark: V", "mark: W", "'mark' cannot be 'W'"},
    Mistake{"{from: 2007-01-01}", "{from: 2007-13-01}", "must be a day"},
    Mistake{"acute: true", "acute: yes", "must be true or false"},
    Mistake{"period: end,", "period: sample,", "they have 'start' and 'end'"},
    Mistake{"goal: \"1\"", "goal: \"1\"\ngoal: \"2\"", "'goal' is there twice"},
    Mistake{"    alive_at: end", "    alive_at: end\n    diagnosis: {in: preventable-admision}", "did you mean 'preventable-admission'?"},
    Mistake{"kind: proportion", "kind: [", "x.yaml:"}));

TEST(Packs, a_census_is_at_a_time_of_the_day)
{
    for (const char* wrong : {":3:00", "24:00", "23:60", "2300", "23:0", "11 pm"})
        EXPECT_THAT(mistakes(replaced(shipped("G2.4.yaml"), "at: \"23:00\"", "at: \"" + std::string(wrong) + "\"")), testing::ElementsAre(testing::HasSubstr("must be a time of the day"))) << wrong;
}

TEST(CodeTable, takes_the_longest_row_that_covers_a_code)
{
    const CodeTable table({{"DN30*", "in", ""}, {"DN303*", "out", ""}, {"DN3031", "in", ""}});
    EXPECT_EQ(table.kind_of("DN301"), "in");
    EXPECT_EQ(table.kind_of("DN3039"), "out");
    EXPECT_EQ(table.kind_of("dn3031 "), "in");
    EXPECT_EQ(table.kind_of("DN31"), "");
}

TEST(Regions, ask_for_the_day)
{
    const Regions regions({{"0253", "DK-85", day_of({2007, 1, 1}), day_of({2027, 1, 1})}, {"0253", "OST", day_of({2027, 1, 1}), day_of({9999, 1, 1})}});
    EXPECT_EQ(regions.on("0253", day_of({2026, 12, 31})), "DK-85");
    EXPECT_EQ(regions.on("0253", day_of({2027, 1, 1})), "OST");
    EXPECT_EQ(regions.on("0253", day_of({2006, 12, 31})), "");
    EXPECT_EQ(regions.on("9999", day_of({2026, 12, 31})), "");
}

TEST(AgeBand, has_five_years_until_ninety)
{
    EXPECT_EQ(age_band(0), "0-4");
    EXPECT_EQ(age_band(64), "60-64");
    EXPECT_EQ(age_band(65), "65-69");
    EXPECT_EQ(age_band(89), "85-89");
    EXPECT_EQ(age_band(90), "90+");
    EXPECT_EQ(age_band(-1), "");
}

} // namespace
} // namespace sluse
