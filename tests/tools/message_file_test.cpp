// tests/tools/message_file_test.cpp — one stream of every format, however it is cut on its way.
#include "gateway/tools/message_file.hpp"
#include "gateway/intake/runs.hpp"

#include "gateway/tools/simulate.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sluse {
namespace {

std::vector<std::string> mixed_messages(std::uint64_t count)
{
    SimulateOptions options;
    options.seed = 11;
    options.messages = count;
    options.formats = SimulateFormats::all();
    Simulator simulator(options);
    std::vector<std::string> out;
    for (SimulatedMessage message; simulator.next(message);) out.emplace_back(message.bytes);
    return out;
}

TEST(MessageFile, finds_message_by_message_in_a_stream_of_all_formats)
{
    const auto messages = mixed_messages(600);
    std::string stream;
    for (const auto& message : messages) (stream += message) += '\n';
    std::string_view rest = stream;
    for (const auto& message : messages) {
        const auto found = find_message(rest, true);
        ASSERT_EQ(found.kind, FoundMessage::Kind::message);
        ASSERT_EQ(found.text.substr(0, 200), std::string_view(message).substr(0, 200));
        rest.remove_prefix(found.used);
    }
    EXPECT_EQ(find_message(rest, true).kind, FoundMessage::Kind::nothing);
}

TEST(MessageFile, asks_for_more_wherever_a_block_ends_within_a_message)
{
    const auto messages = mixed_messages(150);
    for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
        const auto stream = messages[i] + '\n' + messages[i + 1] + '\n';
        const auto whole = find_message(stream, true);
        ASSERT_EQ(whole.kind, FoundMessage::Kind::message);
        for (std::size_t size = 0; size <= stream.size(); ++size) {
            const auto found = find_message(std::string_view(stream).substr(0, size), false);
            if (found.kind != FoundMessage::Kind::message) ASSERT_LT(size, whole.used + 8) << messages[i];
            else ASSERT_EQ(found.text, whole.text) << "a block of " << size << " bytes";
        }
    }
}

TEST(MessageFile, cuts_a_broken_interchange_where_the_next_begins)
{
    const std::string broken = "UNA:+.? '\nUNB+UNOC:3+5790000000010:14+5790000000027:14+260301:1015+A1'\nUNH+1+MEDDIS:D:93A:UN:D2034X'\n";
    const std::string next = "UNA:+.? '\nUNB+UNOC:3+5790000000010:14+5790000000027:14+260301:1016+A2'\nUNZ+0+A2'\n";
    const auto stream = broken + next;
    EXPECT_EQ(find_message(stream, false).text, broken);
}

} // namespace
} // namespace sluse
