// tests/tools/answer_reason_test.cpp — what a sender is told of a refusal, whichever path it sent to.
#include "gateway/tools/answer_reason.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

TEST(AnswerReason, is_the_first_issue_with_its_place)
{
    EXPECT_EQ(reason_in(R"({"answer":"content-error","issues":[{"path":"interchange","text":"must begin with UNB"},{"path":"x","text":"y"}]})"),
              "interchange: must begin with UNB");
    EXPECT_EQ(reason_in(R"({"resourceType":"OperationOutcome","issue":[{"details":{"text":"is missing"},"expression":["Bundle.type"]}]})"),
              "Bundle.type: is missing");
}

TEST(AnswerReason, is_the_detail_of_a_problem)
{
    EXPECT_EQ(reason_in(R"({"title":"Unprocessable Content","status":422,"detail":"the body is no envelope"})"), "the body is no envelope");
}

TEST(AnswerReason, is_empty_when_none_is_told)
{
    for (const auto body : {"", "[]", "{}", "<html>", R"({"issues":[]})", R"({"detail":7})"}) EXPECT_EQ(reason_in(body), "") << body;
}

} // namespace
} // namespace sluse
