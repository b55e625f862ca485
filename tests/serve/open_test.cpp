// tests/serve/open_test.cpp — open courses: rounded counts for viewers, rows for those who may see persons, the most urgent first.
#include "gateway/serve/routes.hpp"
#include "tests/serve/fakes.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace sluse::serve {
namespace {

struct Open : testing::Test {
    Open() { context.sources = gateway.sources(); }
    Reply ask(Roles roles, std::map<std::string, std::string, std::less<>> query = {})
    {
        Call call;
        call.query = std::move(query);
        call.caller.roles = roles;
        return get_open(context, call);
    }
    rapidjson::Document parsed(const Reply& reply)
    {
        EXPECT_EQ(reply.status, 200u) << reply.body;
        rapidjson::Document document;
        document.Parse(reply.body);
        return document;
    }
    FakeGateway gateway;
    Context context;
};

TEST_F(Open, tells_a_viewer_how_many_in_whole_multiples_and_nothing_of_anybody)
{
    const auto reply = ask(static_cast<Roles>(Role::viewer));
    const auto body = parsed(reply);
    EXPECT_EQ(reply.body.find("person0"), std::string::npos);
    EXPECT_EQ(reply.body.find("331006016"), std::string::npos) << "nor where";
    EXPECT_EQ(body["courses"].Size(), 0u);
    ASSERT_EQ(body["watches"].Size(), 2u) << "a run chart has no courses";
    EXPECT_EQ(body["watches"][0]["persons"].GetInt(), 0) << "of one person nothing is told";
    EXPECT_EQ(body["watches"][1]["persons"].GetInt(), 5) << "seven";
    EXPECT_EQ(body["watches"][1]["limits"][0]["passed"].GetInt(), 0) << "four";
}

TEST_F(Open, lists_courses_for_a_content_viewer_what_comes_next_first)
{
    const auto body = parsed(ask(all_roles));
    EXPECT_EQ(body["watches"][0]["persons"].GetInt(), 1);
    EXPECT_EQ(body["watches"][1]["persons"].GetInt(), 7);
    EXPECT_EQ(body["watches"][1]["limits"][0]["passed"].GetInt(), 4);
    const auto& courses = body["courses"];
    ASSERT_EQ(courses.Size(), 8u);
    EXPECT_STREQ(courses[0]["person"].GetString(), "person6");
    EXPECT_STREQ(courses[0]["next"].GetString(), "20 d");
    EXPECT_STREQ(courses[3]["person"].GetString(), "person3");
    EXPECT_STREQ(courses[3]["passed"][0].GetString(), "20 d");
    EXPECT_STREQ(courses[7]["watch"].GetString(), "belt") << "every limit has passed";
    EXPECT_TRUE(courses[7]["nextAt"].IsNull());
}

TEST_F(Open, lists_one_watch_and_no_more_than_asked_for)
{
    const auto body = parsed(ask(all_roles, {{"watch", "diagnosis-right"}, {"limit", "2"}}));
    EXPECT_EQ(body["watches"].Size(), 1u);
    EXPECT_EQ(body["watches"][0]["persons"].GetInt(), 7) << "counted are all";
    EXPECT_EQ(body["courses"].Size(), 2u);
    EXPECT_EQ(ask(all_roles, {{"watch", "run-chart"}, {"limit", "2"}}).status, 404u);
    EXPECT_EQ(ask(all_roles, {{"watch", "belt"}, {"limit", "0"}}).status, 400u);
    context.sources.open = nullptr;
    EXPECT_EQ(ask(all_roles).status, 501u);
}

} // namespace
} // namespace sluse::serve
