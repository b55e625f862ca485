// tests/process/letter_corrections_test.cpp — a letter that corrects or cancels another may come before it: what is then known is the same.
#include "gateway/base/files.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/track/rollups.hpp"
#include "tests/process/event_cells.hpp"
#include "tests/process/message_log.hpp"

#include <algorithm>
#include <set>

namespace sluse {
namespace {

using namespace message_log;

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    EXPECT_NE(text.find(from), text.npos) << from;
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

/// An advice of DIS20.edi's stay, authorised at that time of 2 March.
std::string advice(std::string_view status, std::string_view authorised, std::string_view admitted)
{
    auto letter = bytes_of(SLUSE_SOURCE_DIR "/tests/edifact/letters/DIS20.edi");
    letter = replaced(letter, "GIS+N'", "GIS+" + std::string(status) + '\'');
    letter = replaced(letter, "20260302091500", "20260302" + std::string(authorised) + "00");
    letter = replaced(letter, "260302:0915", "260302:" + std::string(authorised));
    return replaced(letter, "202603020830:203", std::string(admitted) + ":203");
}

std::string discharge(std::string_view status, std::string_view authorised, std::string_view left)
{
    auto letter = advice(status, authorised, left);
    for (const auto& [from, to] : {std::pair{"D2030C+DIS20", "D1730C+DIS17"}, {"DIS20:SKS", "DIS17:SKS"}, {"PAS+HS", "PAS+DH"}, {"B2001", "B1701"}, {"K2001", "K1701"}}) letter = replaced(letter, from, to);
    return letter;
}

/// RPT01.edi, another letter of the same production number.
std::string report(std::string_view number, std::string_view status, std::string_view authorised, std::string_view value)
{
    auto letter = bytes_of(SLUSE_SOURCE_DIR "/tests/edifact/letters/RPT01.edi");
    letter = replaced(letter, "GIS+N'\nRFF+SRI", "GIS+" + std::string(status) + "'\nRFF+SRI");
    letter = replaced(letter, "B3001", number);
    letter = replaced(letter, "DTM+137:202603031355", "DTM+137:20260303" + std::string(authorised));
    letter = replaced(letter, "260303:1400", "260303:" + std::string(authorised));
    return replaced(letter, "RSL+NV+128:7++", "RSL+NV+" + std::string(value) + "++");
}

/// All that is known of anybody, a line a fact, and what was counted.
struct Known {
    std::set<std::string> facts;
    BatchCells cells;

    explicit Known(const std::vector<std::string>& letters)
    {
        MemoryLog log(4);
        EXPECT_TRUE(log.start([] { return make_gateway_processor(options()); }, 1));
        int number = 0;
        for (const auto& letter : letters) {
            append(log, letter, number++);
            log.run();
        }
        EXPECT_EQ(balance_of(counters_of(log)), 0);
        for (std::uint32_t p = 0; p < log.partitions(); ++p)
            log.inspect(p, [&](State& state) { each_node(state, [&](const NodeFacts& node) { take(node); }); });
        cells = event_cells(log);
    }

private:
    void take(const NodeFacts& node)
    {
        for (const auto& fact : node.facts) {
            auto line = node.name + ' ' + std::string(name(fact.kind)) + ' ' + fact.key;
            for (const auto& a : fact.attributes) line += ' ' + std::string(name(a.attr)) + '=' + text_of(a.attr, a.value);
            facts.insert(line);
        }
    }
};

void expect_the_same_in_any_order(std::vector<std::string> letters)
{
    std::ranges::sort(letters);
    const Known first(letters);
    EXPECT_FALSE(first.facts.empty());
    while (std::next_permutation(letters.begin(), letters.end())) {
        const Known other(letters);
        EXPECT_EQ(other.facts, first.facts);
        EXPECT_EQ(other.cells, first.cells);
    }
}

bool any(const Known& known, std::string_view words)
{
    return std::ranges::any_of(known.facts, [&](const std::string& fact) { return fact.find(words) != fact.npos; });
}

TEST(LetterCorrections, before_their_advice_say_the_same)
{
    const auto first = advice("N", "0915", "202603020830"), corrected = advice("M", "1000", "202603020700");
    EXPECT_FALSE(Known({first, discharge("N", "1600", "202603081530")}).cells.empty());
    expect_the_same_in_any_order({first, corrected, discharge("N", "1600", "202603081530")});
    EXPECT_TRUE(any(Known({corrected, first}), "start=2026-03-02T06:00:00Z"));
    EXPECT_FALSE(any(Known({corrected, first}), "start=2026-03-02T07:30:00Z"));
}

TEST(LetterCorrections, of_a_discharge_before_it_say_the_same)
{
    expect_the_same_in_any_order({advice("N", "0915", "202603020830"), discharge("N", "1600", "202603081530"), discharge("M", "1700", "202603081630")});
}

TEST(LetterCorrections, that_cancel_an_advice_before_it_comes_leave_nothing_to_count)
{
    const auto first = advice("N", "0915", "202603020830"), cancelled = advice("C", "1000", "202603020830");
    expect_the_same_in_any_order({first, cancelled});
    EXPECT_TRUE(any(Known({cancelled, first}), "cancelled=1"));
    EXPECT_TRUE(Known({cancelled, first}).cells.empty());
}

TEST(LetterCorrections, of_a_report_before_it_say_the_same)
{
    const auto first = report("B3001", "N", "1355", "128"), corrected = report("B3002", "M", "1500", "95");
    expect_the_same_in_any_order({first, corrected});
    EXPECT_TRUE(any(Known({corrected, first}), "=95"));
    EXPECT_FALSE(any(Known({corrected, first}), "=128"));
}

} // namespace
} // namespace sluse
