// tests/indicators/golden_test.cpp — stories that a clinician can read, each beside what it counts in every indicator (GOLDEN_UPDATE=1 writes anew).
#include "gateway/indicators/packs.hpp"
#include "tests/indicators/story.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace sluse {
namespace {

namespace fs = std::filesystem;
const fs::path source = SLUSE_SOURCE_DIR;

std::string line_of(const Pack& pack, const Contribution& c)
{
    auto counts = fmt::format("{} of {}", c.numerator, c.denominator);
    if (c.has_value) counts = fmt::format("{:.2f} days ({} min)", static_cast<double>(c.value) / 1440, c.value);
    return fmt::format("   {:<4} {}  final {}  {:<22} {} {} {} {} {}\n", pack.id, iso(c.counts_day), iso(c.matures_day), counts, c.dims.region,
                       c.dims.municipality, c.dims.unit, c.dims.sex, c.dims.age_band);
}

std::string told(const Packs& packs, const fs::path& story)
{
    std::string out;
    int number = 0;
    const auto shown = indicators_of(story);
    for (const auto& step : read_story(story)) {
        out += fmt::format("{}. {}\n", ++number, step.says);
        const auto timeline = timeline_of(step.facts);
        std::vector<std::string> lines;
        for (std::size_t i = 0; i < packs.packs().size(); ++i) {
            if (!shown.empty() && !shown.contains(packs.packs()[i].id)) continue;
            for (const auto& c : packs.evaluate(i, timeline)) lines.push_back(line_of(packs.packs()[i], c));
        }
        std::ranges::sort(lines);
        for (const auto& line : lines) out += line;
        if (lines.empty()) out += "   nothing counts\n";
    }
    return out;
}

class Story : public testing::TestWithParam<fs::path> {};
TEST_P(Story, counts_as_recorded)
{
    Issues issues;
    const auto packs = Packs::load(source / "schemas", issues);
    ASSERT_TRUE(packs);
    const auto actual = told(*packs, GetParam());
    const auto file = fs::path(GetParam()).replace_extension(".counts");
    std::ifstream in(file);
    std::ostringstream recorded;
    recorded << in.rdbuf();
    EXPECT_EQ(recorded.str(), actual) << file;
    if (recorded.str() != actual && std::getenv("GOLDEN_UPDATE")) std::ofstream(file, std::ios::binary) << actual;
}

std::vector<fs::path> stories()
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(source / "tests" / "indicators" / "cases"))
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}
INSTANTIATE_TEST_SUITE_P(Cases, Story, testing::ValuesIn(stories()), [](const auto& info) { return info.param.stem().string(); });

} // namespace
} // namespace sluse
