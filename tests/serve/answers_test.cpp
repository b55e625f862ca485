// tests/serve/answers_test.cpp — what the HTTP server answers: repairs, queries, goals, live events.
#include "tests/serve/serving.hpp"

namespace sluse::serve {
namespace {

TEST_F(Serve, tries_again_gives_up_and_says_what_came_of_it)
{
    open();
    const std::string held = std::string("/api/v1/quarantine/") + known_message, unknown = "/api/v1/quarantine/00000000000000000000000001";
    const auto done = client().ask(http::verb::post, held + "/retry");
    ASSERT_EQ(done.result_int(), 200u);
    const auto said = parsed(done.body());
    EXPECT_EQ(said["processed"].GetInt(), 2);
    EXPECT_EQ(said["left"].GetInt(), 1);
    EXPECT_STREQ(said["reason"].GetString(), "OBX-5: is no number though OBX-2 says NM");
    EXPECT_EQ(client().ask(http::verb::post, held + "/discard").result_int(), 409u);
    EXPECT_EQ(client().ask(http::verb::post, unknown + "/retry").result_int(), 404u);
    EXPECT_EQ(client().ask(http::verb::post, "/api/v1/quarantine/short/retry").result_int(), 400u);
    const auto sent = parsed(client().ask(http::verb::post, "/api/v1/messages", {}, "MSH|1").body());
    const auto processed = client().ask(http::verb::post, std::string("/api/v1/quarantine/") + sent["id"].GetString() + "/retry");
    EXPECT_EQ(processed.result_int(), 409u);
    EXPECT_STREQ(parsed(processed.body())["detail"].GetString(), "it is not held in quarantine: it is processed");
    EXPECT_EQ(client().ask(http::verb::get, held + "/retry").result_int(), 405u);
}

TEST_F(Serve, compares_with_the_batch_or_says_that_it_could_not)
{
    open();
    const auto said = parsed(client().ask(http::verb::post, "/api/v1/recompute").body());
    EXPECT_EQ(said["cells"].GetInt(), 12);
    EXPECT_EQ(said["identifiers"].GetInt(), 3);
    EXPECT_STREQ(said["differences"][0].GetString(), "G1.1 2026-03: stream 2, batch 3");
    gateway.busy = true;
    const auto refused = client().ask(http::verb::post, "/api/v1/recompute");
    EXPECT_EQ(refused.result_int(), 503u);
    EXPECT_EQ(refused.count(http::field::retry_after), 1u);
}

TEST_F(Serve, answers_head_like_get_without_the_body)
{
    open();
    auto c = client();
    const auto get = c.ask(http::verb::get, "/"), head = c.ask(http::verb::head, "/");
    EXPECT_EQ(head[http::field::content_length], get[http::field::content_length]);
    EXPECT_EQ(c.ask(http::verb::get, "/", {{"If-None-Match", std::string(get[http::field::etag])}}).result_int(), 304u);
    EXPECT_EQ(c.ask(http::verb::get, "/goals/1").body(), get.body());
}

TEST_F(Serve, passes_the_query_on_and_refuses_bounds_inside_a_period)
{
    open();
    auto c = client();
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/indicators/G1.1?by=region&period=quarter&from=2026-01&to=2026-04-01&as-known-on=2026-04-15").result_int(), 200u);
    EXPECT_EQ(gateway.tracker.asked.by, "region");
    EXPECT_EQ(gateway.tracker.asked.period, PeriodKind::quarter);
    EXPECT_EQ(gateway.tracker.asked.from, day_of({2026, 1, 1}));
    EXPECT_EQ(gateway.tracker.asked.as_known_on, day_of({2026, 4, 15}));
    EXPECT_EQ(gateway.tracker.asked.today, day_of({2026, 4, 15}));
    EXPECT_FALSE(gateway.tracker.asked.authorised) << "also who may see all is shown what is published";
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/indicators/G1.1?exact=true&as-known-on=2026-04-15&revisions=true").result_int(), 200u);
    EXPECT_TRUE(gateway.tracker.asked.authorised); // an open loopback has every role
    EXPECT_TRUE(gateway.tracker.asked.revisions);
    EXPECT_EQ(gateway.tracker.asked.as_known_on, day_of({2026, 4, 15}));
    for (const auto* query : {"period=fortnight", "by=cpr", "from=2026-01-02", "period=quarter&from=2026-02-01", "period=all&from=2026-01-01", "as-known-on=yesterday", "standardize=direct"})
        EXPECT_EQ(c.ask(http::verb::get, std::string("/api/v1/indicators/G1.1?") + query).result_int(), 400u) << query;
    EXPECT_NE(c.ask(http::verb::get, "/api/v1/indicators/G1.1?standardize=direct").body().find("did you mean 'standardise'?"), std::string::npos);
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/indicators/G9.9").result_int(), 404u);
    gateway.tracker.fail = true;
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/indicators/G1.1").result_int(), 503u);
}

TEST_F(Serve, refuses_parameters_that_a_path_does_not_know)
{
    open();
    auto c = client();
    const auto told = [&](const std::string& target) {
        const auto answer = c.ask(http::verb::get, target);
        EXPECT_EQ(answer.result_int(), 400u) << target;
        return std::string(parsed(answer.body())["detail"].GetString());
    };
    EXPECT_EQ(told("/api/v1/messages?sytem=EPJ"), "'sytem' is not a parameter here; did you mean 'system'?");
    EXPECT_EQ(told("/api/v1/goals?year=2026"), "'year' is not a parameter here; there is none");
    EXPECT_EQ(told("/api/v1/indicators/G1.1?period=month&period=year"), "'period' is given twice");
    const auto misspelt = client().ask(http::verb::post, "/api/v1/messages?formt=hl7v2", {}, "MSH|");
    EXPECT_EQ(misspelt.result_int(), 400u) << "before the body is read";
    EXPECT_STREQ(parsed(misspelt.body())["detail"].GetString(), "'formt' is not a parameter here; did you mean 'format'?");
    EXPECT_TRUE(gateway.receiver.deliveries.empty());
    EXPECT_EQ(told("/api/v1/indicators/G1.1?exact=yes"), "exact is true or false");
    EXPECT_EQ(c.ask(http::verb::get, "/readyz?for=kubernetes").result_int(), 200u) << "a probe's own parameters harm nothing";
}

TEST_F(Serve, keeps_the_goals_until_cells_change)
{
    open();
    auto c = client();
    const auto first = c.ask(http::verb::get, "/api/v1/goals").body();
    gateway.receiver.accepted += 50;
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/goals").body(), first);
    gateway.tracker.change();
    EXPECT_NE(c.ask(http::verb::get, "/api/v1/goals").body(), first);
}

TEST_F(Serve, tells_throughput_each_second_and_goals_when_they_change)
{
    open();
    auto c = client();
    c.raw("GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto first = c.until("event: throughput");
    EXPECT_NE(first.find("text/event-stream"), first.npos);
    gateway.tracker.change();
    const auto second = c.until("event: goals");
    EXPECT_NE(second.find("\"ratePerSecond\""), second.npos);
}

TEST_F(Serve, limits_followers_and_forgets_those_who_left)
{
    ServeOptions options;
    options.subscribers_max = 1;
    open(options);
    {
        auto one = client();
        one.raw("GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        one.until("event: throughput");
        EXPECT_EQ(client().ask(http::verb::get, "/api/v1/live").result_int(), 503u);
    }
    unsigned status = 503;
    for (int i = 0; i < 50 && status == 503; ++i) {
        std::this_thread::sleep_for(100ms);
        auto two = client();
        two.raw("GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        status = two.until("\r\n\r\n").find("200 OK") == std::string::npos ? 503 : 200;
    }
    EXPECT_EQ(status, 200u);
}

} // namespace
} // namespace sluse::serve
