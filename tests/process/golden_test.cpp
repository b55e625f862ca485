// tests/process/golden_test.cpp — small logs of messages through the whole stage; beside each what the numbers and signals are afterwards.
#include "gateway/base/files.hpp"
#include "gateway/process/inspect.hpp"
#include "tests/process/message_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <iterator>
#include <set>
#include <sstream>

namespace sluse {
namespace {

namespace fs = std::filesystem;
using namespace message_log;

/// "G8.1 2026-05 0751 unit: 1/2 value 780", one line a cell that is not nought.
std::string cells(MemoryLog& log, const std::set<std::string>& shown)
{
    std::map<std::string, std::array<std::int64_t, 3>> sums;
    for (std::uint32_t p = 0; p < log.partitions(); ++p) {
        const auto records = log.read(Topic::events, p, 0, 1u << 30);
        for (const auto& record : *records) {
            const auto e = parse_cloud_event(record.value);
            if (!e || !shown.contains(e->indicator)) continue;
            const auto& c = e->contribution;
            auto& cell = sums[e->indicator + ' ' + iso(c.counts_day).substr(0, 7) + ' ' + c.dims.municipality + ' ' + c.dims.unit];
            cell[0] += e->sign * c.numerator;
            cell[1] += e->sign * c.denominator;
            cell[2] += e->sign * c.value;
        }
    }
    std::string out;
    for (const auto& [name, c] : sums) {
        if (c == std::array<std::int64_t, 3>{}) continue;
        out += name + ": " + std::to_string(c[0]) + '/' + std::to_string(c[1]);
        if (c[2]) out += " value " + std::to_string(c[2]);
        out += '\n';
    }
    return out;
}

void take(MemoryLog& log, const std::string& message, int number)
{
    if (is_tick(message)) append_tick(log, *parse_instant(message.substr(2, message.size() - 3)), number);
    else append(log, message, number);
}

std::vector<Signal> all_signals(MemoryLog& log)
{
    std::vector<Signal> out;
    for (std::uint32_t p = 0; p < log.partitions(); ++p) {
        const auto records = log.read(Topic::signals, p, 0, 1u << 30);
        for (const auto& record : *records)
            if (auto signal = parse_signal(record.value)) out.push_back(std::move(*signal));
            else ADD_FAILURE() << record.value;
    }
    return out;
}

std::string line_of(const Signal& s)
{
    return s.kind + ' ' + (s.indicator.empty() ? s.watch : s.indicator) + ' ' + s.what + " on " + iso(s.on) + (s.unit.empty() ? "" : " at " + s.unit);
}

/// Those not told before, in no indicator that the story is not about.
std::string signals(MemoryLog& log, const std::set<std::string>& shown, std::set<std::string>& told)
{
    std::vector<std::string> lines;
    for (const auto& s : all_signals(log)) {
        if (!told.insert(s.id).second || (!s.indicator.empty() && !shown.contains(s.indicator))) continue;
        lines.push_back("   signal " + std::string(s.sign > 0 ? "+1 " : "-1 ") + line_of(s) + '\n');
    }
    std::ranges::sort(lines);
    std::string out;
    for (const auto& line : lines) out += line;
    return out;
}

/// What is told and not taken back, after one more look at the clock.
std::map<std::string, int> standing(MemoryLog& log)
{
    append_tick(log, *parse_instant("2026-06-30T10:00:00Z"), 1000);
    log.run();
    std::map<std::string, int> sums;
    std::set<std::string> ids;
    for (const auto& s : all_signals(log)) {
        sums[line_of(s)] += s.sign;
        EXPECT_TRUE(ids.insert(s.id).second) << "two signals have the id of " << line_of(s);
    }
    std::erase_if(sums, [](const auto& sum) { return sum.second == 0; });
    return sums;
}

std::string counted(MemoryLog& log)
{
    std::string out;
    const auto all = counters_of(log);
    for (const auto& [system, counters] : all)
        for (const auto& row : counter_names)
            if (counters.*row.member && std::string_view(row.name) != "unmapped" && std::string_view(row.name) != "issues")
                out += system + ' ' + row.name + ": " + std::to_string(counters.*row.member) + '\n';
    EXPECT_EQ(balance_of(all), 0);
    return out;
}

/// The indicators a story is about, told by the first line of what it counts: "of G1.1 G8.1".
std::set<std::string> shown_in(const std::string& recorded)
{
    std::istringstream line(recorded.substr(0, recorded.find('\n')));
    std::set<std::string> ids{std::istream_iterator<std::string>(line), {}};
    ids.erase("of");
    return ids;
}

class Golden : public testing::TestWithParam<fs::path> {};

/// After each message, what the numbers are: the file reads as a story. The end must be the same with all messages at once.
TEST_P(Golden, ends_in_the_recorded_cells)
{
    const auto messages = messages_in(bytes_of(GetParam()));
    const auto file = fs::path(GetParam()).replace_extension(".cells");
    const auto recorded = bytes_of(file);
    const auto shown = shown_in(recorded);
    std::string actual = recorded.substr(0, recorded.find('\n') + 1);
    MemoryLog log(4);
    ASSERT_TRUE(log.start([] { return ruled(); }, 1));
    std::set<std::string> told;
    int number = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        take(log, messages[i], static_cast<int>(i));
        log.run();
        if (is_tick(messages[i])) actual += messages[i].substr(0, messages[i].size() - 1) + '\n';
        else actual += "after message " + std::to_string(++number) + '\n' + cells(log, shown);
        actual += signals(log, shown, told);
    }
    const auto end = cells(log, shown);
    actual += "counters\n" + counted(log);

    for (const std::uint32_t partitions : {1u, 7u}) {
        MemoryLog backwards(partitions);
        ASSERT_TRUE(backwards.start([] { return ruled(); }, 1));
        for (std::size_t i = messages.size(); i-- > 0;) take(backwards, messages[i], static_cast<int>(i));
        backwards.run();
        EXPECT_EQ(cells(backwards, shown), end) << "in reverse order, " << partitions << " partitions";
        EXPECT_EQ(standing(backwards), standing(log)) << "in reverse order, " << partitions << " partitions";
    }

    EXPECT_EQ(recorded, actual) << file;
    if (recorded != actual && std::getenv("GOLDEN_UPDATE")) std::ofstream(file, std::ios::binary) << actual;
}

std::vector<fs::path> cases()
{
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(SLUSE_SOURCE_DIR "/tests/process/cases"))
        if (entry.path().extension() == ".hl7" || entry.path().extension() == ".fhir") all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
}

INSTANTIATE_TEST_SUITE_P(Corrections, Golden, testing::ValuesIn(cases()), [](const auto& info) { return info.param.stem().string(); });

} // namespace
} // namespace sluse
