// tests/intake/mllp_frame_test.cpp — the framer gives the same messages however the bytes are cut.
#include "gateway/intake/mllp_frame.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

using Messages = std::vector<std::string>;

/// Feeds `bytes` in reads of `step` bytes; at the end the sender is silent.
Messages messages_of(std::string_view bytes, std::size_t step, MllpFramer& framer)
{
    Messages out;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        auto input = bytes.substr(at, step);
        for (;;) {
            const auto message = framer.next(input);
            if (!message) return out.push_back("fault: " + message.error().where), out;
            if (!*message) break;
            out.emplace_back(**message);
        }
        EXPECT_TRUE(input.empty());
    }
    if (const auto last = framer.settle()) out.emplace_back(*last);
    return out;
}

struct Case {
    const char* name;
    std::string_view bytes;
    Messages messages;
    std::uint64_t junk;
};

const Case cases[] = {
    {"one", "\vMSH|1\r\x1c\r", {"MSH|1\r"}, 0},
    {"pipelined", "\vMSH|1\x1c\r\vMSH|2\x1c\r\vMSH|3\x1c\r", {"MSH|1", "MSH|2", "MSH|3"}, 0},
    {"junk_before_and_between", "xy\vMSH|1\x1c\rzzz\r\n\vMSH|2\x1c\r", {"MSH|1", "MSH|2"}, 5},
    {"no_cr_before_the_next", "\vMSH|1\x1c\vMSH|2\x1c\r", {"MSH|1", "MSH|2"}, 0},
    {"no_cr_at_the_end", "\vMSH|1\x1c", {"MSH|1"}, 0},
    {"lf_for_cr", "\vMSH|1\x1c\n\vMSH|2\x1c\r\n", {"MSH|1", "MSH|2"}, 0},
    {"empty_frames", "\v\x1c\r\v\r\n\x1c\r\vMSH|1\x1c\r", {"MSH|1"}, 0},
    {"fs_in_the_text", "\vMSH|a\x1c" "b\x1c\x1c\r", {"MSH|a\x1c" "b\x1c"}, 0},
    {"vt_in_the_text", "\vMSH|a\vb\x1c\r", {"MSH|a\vb"}, 0},
    {"broken_off_and_begun_again", "\vMSH|1\rPID|\vMSH|2\r\x1c\r", {"MSH|2\r"}, 10},
    {"never_ended", "\vMSH|1\r", {}, 0},
};

class Mllp : public testing::TestWithParam<Case> {};

TEST_P(Mllp, gives_the_same_messages_for_every_cut)
{
    const auto& [name, bytes, expected, junk] = GetParam();
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        MllpFramer framer(1000);
        EXPECT_EQ(messages_of(bytes, step, framer), expected) << "in reads of " << step;
        EXPECT_EQ(framer.junk_bytes(), junk) << "in reads of " << step;
    }
}

INSTANTIATE_TEST_SUITE_P(Streams, Mllp, testing::ValuesIn(cases), [](const auto& info) { return info.param.name; });

TEST(MllpFramer, views_a_whole_frame_where_it_was_read)
{
    MllpFramer framer(1000);
    const std::string read = "\vMSH|1\x1c\r\vMSH|2\x1c\r";
    std::string_view input = read;
    for (int i = 0; i < 2; ++i) {
        const auto message = framer.next(input);
        ASSERT_TRUE(message && *message);
        EXPECT_GE((*message)->data(), read.data());
        EXPECT_LT((*message)->data(), read.data() + read.size());
    }
}

TEST(MllpFramer, refuses_a_frame_over_the_limit_before_it_ends)
{
    for (const std::size_t step : {1u, 7u, 500u}) {
        MllpFramer framer(64);
        const auto messages = messages_of("\v" + std::string(500, 'x'), step, framer);
        EXPECT_EQ(messages, Messages{"fault: message is longer than message_bytes_max"});
    }
    MllpFramer framer(6);
    EXPECT_EQ(messages_of("\vMSH|12\x1c\r", 3, framer), Messages{"MSH|12"}) << "the limit itself is allowed";
}

TEST(MllpFramer, gives_up_on_a_stream_that_never_starts_a_frame)
{
    MllpFramer framer(1000, 10);
    EXPECT_EQ(messages_of("GET / HTTP/1.1", 1, framer), Messages{"fault: no start block"});
}

TEST(MllpFramer, says_when_a_pause_would_end_the_message)
{
    MllpFramer framer(1000);
    std::string_view input = "\vMSH|1";
    EXPECT_FALSE(framer.next(input).value());
    EXPECT_TRUE(framer.inside());
    EXPECT_FALSE(framer.may_settle());
    EXPECT_FALSE(framer.settle());
    input = "\x1c";
    EXPECT_FALSE(framer.next(input).value());
    EXPECT_TRUE(framer.may_settle());
    EXPECT_EQ(framer.settle(), "MSH|1");
    EXPECT_FALSE(framer.inside());
    input = "\r\vMSH|2\x1c\r";
    EXPECT_EQ(framer.next(input).value(), "MSH|2");
    EXPECT_EQ(framer.junk_bytes(), 0u);
}

} // namespace
} // namespace sluse
