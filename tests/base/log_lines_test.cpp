// tests/base/log_lines_test.cpp — lines are JSON, cannot be forged, repeat once, and refuse Phi at compilation.
#include "gateway/base/log_lines.hpp"

#include <gtest/gtest.h>
#include <ostream>
#include <type_traits>

namespace sluse {
namespace {

static_assert(!std::is_constructible_v<LogValue, Phi>);
static_assert(!std::is_constructible_v<LogValue, const Phi&>);
static_assert(!fmt::is_formattable<Phi>::value);
template <class T>
concept printable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!printable<Phi>);
static_assert(printable<std::string>);

struct LogLinesTest : testing::Test {
    std::vector<std::string> lines;
    std::int64_t now{1'772'359'200'000}; // 2026-03-01T10:00:00Z
    LogLines log{[this](std::string_view line) { lines.emplace_back(line); }, [this] { return now; }, 10'000, 3};
};

TEST_F(LogLinesTest, a_line_is_one_json_object)
{
    log.warn("intake.closed", {{"system", "EPJ"}, {"bytes", 42}, {"where", "a\"b\nc"}});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0], R"({"ts":"2026-03-01T10:00:00Z","level":"warn","msg":"intake.closed","system":"EPJ","bytes":42,"where":"a\"b\u000ac"})");
}

TEST_F(LogLinesTest, repeated_lines_are_counted_and_said_when_the_window_ends)
{
    for (int i = 0; i < 5; ++i) log.warn("a", {{"x", 1}});
    EXPECT_EQ(lines.size(), 1u);
    now += 10'000;
    log.info("b");
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[1], R"({"ts":"2026-03-01T10:00:10Z","level":"warn","msg":"a","repeated":4})");
}

TEST_F(LogLinesTest, one_event_cannot_flood)
{
    for (int i = 0; i < 50; ++i) log.error("a", {{"peer", i}});
    EXPECT_EQ(lines.size(), 3u);
    log.flush();
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_NE(lines[3].find(R"("repeated":47)"), std::string::npos);
}

TEST_F(LogLinesTest, lines_below_the_level_are_left_out)
{
    log.debug("quiet");
    EXPECT_TRUE(lines.empty());
    log.level(LogLevel::debug);
    log.debug("loud");
    EXPECT_EQ(lines.size(), 1u);
}

} // namespace
} // namespace sluse
