// tests/process/said_again_test.cpp — what is known of a resource that was said before, as stored.
#include "gateway/process/said_again.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

TEST(SaidAgain, knows_the_same_bytes_after_it_was_stored)
{
    auto said = said_now(R"({"id":"a"})", {1, 2, 3});
    said.newest = {4, 5, 6};
    std::string record;
    encode(said, record);
    const auto read = decode_said_again(record);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->base, (Version{1, 2, 3}));
    EXPECT_EQ(read->newest, (Version{4, 5, 6}));
    EXPECT_TRUE(read->is(R"({"id":"a"})"));
    EXPECT_FALSE(read->is(R"({"id":"b"})"));
    EXPECT_FALSE(read->is(""));
}

TEST(SaidAgain, keeps_the_versions_of_the_first_format_and_takes_no_bytes_for_its_own)
{
    const auto said = said_now("{}", {1, 2, 3});
    std::string record;
    encode(said, record);
    record[0] = 1;
    record.erase(2, 8); // format, size; then 8 bytes of hash
    const auto read = decode_said_again(record);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->newest, said.newest);
    EXPECT_FALSE(read->is("{}"));
}

TEST(SaidAgain, refuses_a_damaged_record)
{
    std::string record;
    encode(said_now("{}", {1, 2, 3}), record);
    for (std::size_t size = 0; size < record.size(); ++size) EXPECT_FALSE(decode_said_again(record.substr(0, size))) << size;
    EXPECT_FALSE(decode_said_again(record + "x"));
    record[0] = 9;
    EXPECT_FALSE(decode_said_again(record));
}

} // namespace
} // namespace sluse
