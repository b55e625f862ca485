// tests/serve/access_test.cpp — who may ask the HTTP server what: hosts, pages, methods, tokens, roles.
#include "gateway/serve/admission.hpp"
#include "tests/serve/serving.hpp"

namespace sluse::serve {
namespace {

TEST_F(Serve, serves_nothing_to_a_rebound_name_or_another_sites_page)
{
    open();
    auto c = client();
    for (const auto* name : {"evil.example:8080", "127.evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "127.1", "[::1].evil.example:1"})
        EXPECT_EQ(c.ask(http::verb::get, "/api/v1/goals", {{"Host", name}}).result_int(), 421u) << name;
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/goals", {{"Host", "LocalHost:8080"}}).result_int(), 200u);
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/goals", {{"Host", "127.0.0.1:8080"}}).result_int(), 200u);
    EXPECT_EQ(c.ask(http::verb::get, "/livez", {{"Host", "[::1]:8080"}}).result_int(), 200u);
    for (const auto& field : Fields{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}})
        EXPECT_EQ(client().ask(http::verb::post, "/fhir", {fhir[0], field}, bundle).result_int(), 403u) << field.second;
    EXPECT_EQ(client().ask(http::verb::post, "/fhir", {fhir[0], {"Origin", "http://localhost"}}, bundle).result_int(), 200u);
    EXPECT_EQ(gateway.receiver.deliveries.size(), 1u);
    for (const auto& route : routes()) {
        if (route.method != "POST") continue;
        auto target = std::string(route.pattern);
        if (const auto at = target.find("{id}"); at != target.npos) target.replace(at, 4, known_message);
        EXPECT_EQ(client().ask(http::verb::post, target, {{"Sec-Fetch-Site", "cross-site"}}).result_int(), 403u) << target;
    }
}

TEST_F(Serve, sets_the_security_headers_everywhere_and_no_cors)
{
    open();
    auto c = client();
    for (const auto* target : {"/", "/livez", "/api/v1/goals", "/fhir/metadata", "/api/v1/nothing", "/nothing"}) {
        const auto answer = c.ask(http::verb::get, target);
        const auto csp = std::string(answer["Content-Security-Policy"]);
        EXPECT_NE(csp.find("default-src 'none'"), csp.npos) << target;
        EXPECT_EQ(csp.find("unsafe"), csp.npos);
        EXPECT_EQ(answer["X-Content-Type-Options"], "nosniff");
        EXPECT_EQ(answer.count("Access-Control-Allow-Origin"), 0u);
    }
}

TEST_F(Serve, says_which_methods_a_path_has)
{
    open();
    const auto answer = client().ask(http::verb::delete_, "/api/v1/goals");
    EXPECT_EQ(answer.result_int(), 405u);
    EXPECT_EQ(answer[http::field::allow], "GET");
    EXPECT_EQ(client().ask(http::verb::get, "/fhir/nothing").result_int(), 404u);
}

TEST_F(Serve, tells_a_person_that_there_is_no_such_page_by_a_page)
{
    open();
    auto c = client();
    const auto page = c.ask(http::verb::get, "/nothing", {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}});
    EXPECT_EQ(page.result_int(), 404u);
    EXPECT_EQ(page[http::field::content_type], "text/html; charset=utf-8");
    EXPECT_EQ(page.body(), c.ask(http::verb::get, "/").body()) << "the app, which says so";
    EXPECT_EQ(page[http::field::cache_control], "no-store");
    EXPECT_EQ(c.ask(http::verb::get, "/nothing", {{"Accept", "*/*"}})[http::field::content_type], "application/problem+json");
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/nothing", {{"Accept", "text/html"}})[http::field::content_type], "application/problem+json");
}

TEST_F(Serve, shows_metadata_to_all_and_content_separately)
{
    open();
    auto c = client();
    const std::string target = std::string("/api/v1/messages/") + known_message;
    const auto message = c.ask(http::verb::get, target);
    EXPECT_EQ(message.result_int(), 200u);
    EXPECT_EQ(message.body().find("0101010000"), std::string::npos);
    EXPECT_EQ(message.body().find("65-69"), std::string::npos);
    const auto content = parsed(c.ask(http::verb::get, target + "/content").body());
    EXPECT_STREQ(content["changes"][0]["dimensions"]["ageBand"].GetString(), "65-69");
    EXPECT_TRUE(content["changes"][0]["value"].IsNull()) << "a readmission has none";
    EXPECT_EQ(content["changes"][1]["value"].GetDouble(), 1.5) << "in the indicator's unit, as every number about it";
    EXPECT_STREQ(content["changes"][1]["valueUnit"].GetString(), "days");
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/messages/01K8H9ZQ4M0000000000000001").result_int(), 404u);
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/messages/no-ulid").result_int(), 400u);
}

TEST_F(Guarded, every_route_refuses_no_token_a_wrong_token_and_a_lesser_role)
{
    const std::map<Role, std::string> lesser{{Role::sender, "content-token-00"}, {Role::viewer, "sender-token-0000"}, {Role::operator_, "viewer-token-0000"}, {Role::content_viewer, "operator-token-0"}};
    for (const auto& route : routes()) {
        if (route.role == Role::anyone) continue;
        auto target = std::string(route.pattern);
        if (const auto at = target.find("{id}"); at != target.npos) target.replace(at, 4, known_message);
        const auto verb = route.method == "POST" ? http::verb::post : http::verb::get;
        EXPECT_EQ(client().ask(verb, target, {}, bundle).result_int(), 401u) << target;
        EXPECT_EQ(client().ask(verb, target, bearer("viewer-token-0001"), bundle).result_int(), 401u) << target;
        EXPECT_EQ(client().ask(verb, target, {{"Authorization", "Basic dmlld2VyLXRva2VuLTAwMDA="}}, bundle).result_int(), 401u) << target;
        EXPECT_EQ(client().ask(verb, target, bearer(lesser.at(route.role)), bundle).result_int(), 403u) << target;
    }
    EXPECT_EQ(gateway.receiver.deliveries.size(), 0u);
}

TEST_F(Guarded, a_token_that_is_taken_out_of_the_file_is_no_longer_known_after_a_reload)
{
    const auto status = [&](const std::string& token) { return client().ask(http::verb::get, "/api/v1/goals", bearer(token)).result_int(); };
    auto follower = client();
    follower.raw("GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer viewer-token-0000\r\n\r\n");
    EXPECT_NE(follower.until("retry: 2000").find("200 OK"), std::string::npos);
    EXPECT_EQ(status("viewer-token-0000"), 200u);
    std::ofstream(file) << "viewer nothash leader\n";
    EXPECT_FALSE(server->reload());
    EXPECT_EQ(status("viewer-token-0000"), 200u) << "a file that cannot be used changes nothing";
    std::ofstream(file) << "viewer " << hex(view(sha256("another-token-000"))) << " leader\n";
    EXPECT_TRUE(server->reload());
    EXPECT_EQ(status("viewer-token-0000"), 401u);
    EXPECT_EQ(status("another-token-000"), 200u);
    follower.until("what never comes"); // comes back because the connection ends
}

TEST_F(Guarded, only_these_routes_are_open)
{
    std::vector<std::string> open_routes;
    for (const auto& route : routes())
        if (route.role == Role::anyone) open_routes.emplace_back(route.pattern);
    EXPECT_EQ(open_routes, (std::vector<std::string>{"/livez", "/readyz", "/fhir/metadata", "/api/v1/openapi.json", "/*"}));
}

TEST_F(Guarded, refuses_before_it_reads_the_body)
{
    auto c = client();
    c.raw("POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000000\r\n\r\n");
    const auto answer = c.read(); // not a byte of the body was sent
    EXPECT_EQ(answer.result_int(), 401u);
    EXPECT_EQ(answer[http::field::www_authenticate], "Bearer realm=\"sluse\"");
}

TEST_F(Guarded, keeps_exact_numbers_for_a_content_viewer)
{
    const std::string then = "/api/v1/indicators/G1.1?as-known-on=2026-04-15";
    EXPECT_EQ(client().ask(http::verb::get, then, bearer("viewer-token-0000")).result_int(), 200u) << "what was published is for all";
    EXPECT_FALSE(gateway.tracker.asked.authorised);
    EXPECT_EQ(client().ask(http::verb::get, then + "&exact=true", bearer("operator-token-0")).result_int(), 403u);
    EXPECT_EQ(client().ask(http::verb::get, then + "&exact=true", bearer("content-token-00")).result_int(), 200u);
    EXPECT_TRUE(gateway.tracker.asked.authorised);
    EXPECT_EQ(client().ask(http::verb::get, "/api/v1/indicators/G1.1", bearer("content-token-00")).result_int(), 200u);
    EXPECT_FALSE(gateway.tracker.asked.authorised);
}

TEST_F(Guarded, shows_states_sources_and_what_is_held)
{
    const auto body = parsed(client().ask(http::verb::get, "/api/v1/indicators/G1.1?revisions=true", bearer("viewer-token-0000")).body());
    const auto& rows = body["rows"];
    EXPECT_STREQ(rows[0]["state"].GetString(), "frozen");
    EXPECT_STREQ(rows[11]["state"].GetString(), "restated");
    EXPECT_EQ(rows[11]["revisions"].Size(), 2u);
    EXPECT_EQ(rows[17]["held"].GetInt(), 5);
    EXPECT_STREQ(rows[17]["state"].GetString(), "provisional");
    ASSERT_EQ(body["sources"].Size(), 2u);
    EXPECT_DOUBLE_EQ(body["sources"][0]["coverage"].GetDouble(), 1.0) << "as much as it usually sends";
    EXPECT_DOUBLE_EQ(body["sources"][1]["coverage"].GetDouble(), 0.0) << "nothing for a week";
    EXPECT_DOUBLE_EQ(body["sources"][1]["usualInAWeek"].GetDouble(), 700.0);
    const auto goals = parsed(client().ask(http::verb::get, "/api/v1/goals", bearer("viewer-token-0000")).body());
    EXPECT_EQ(goals["held"].GetInt(), 10) << "thirteen, in whole multiples of five";
}

TEST_F(Guarded, lets_each_role_do_its_own)
{
    EXPECT_EQ(client().ask(http::verb::post, "/fhir", {fhir[0], bearer("sender-token-0000")[0]}, bundle).result_int(), 200u);
    EXPECT_EQ(client().ask(http::verb::get, "/api/v1/goals", bearer("viewer-token-0000")).result_int(), 200u);
    EXPECT_EQ(client().ask(http::verb::get, "/api/v1/quarantine", bearer("operator-token-0")).result_int(), 200u);
    const auto target = std::string("/api/v1/messages/") + known_message;
    EXPECT_EQ(client().ask(http::verb::get, target + "/content", bearer("content-token-00")).result_int(), 200u);
    const auto seen = parsed(client().ask(http::verb::get, target, bearer("viewer-token-0000")).body());
    EXPECT_FALSE(seen["contentAllowed"].GetBool());
}

TEST(ServeOpen, refuses_to_listen_beyond_loopback_without_tls_and_tokens)
{
    FakeGateway gateway;
    ServeOptions options;
    options.address = "0.0.0.0";
    options.port = 0;
    const auto opened = Server::open(options, gateway.sources());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::bad_config);
}

TEST(Tokens, names_the_line_that_is_wrong)
{
    const auto hash = hex(view(sha256("secret")));
    EXPECT_EQ(Tokens::parse("viewer " + hash + " a\nking " + hash + " b").error().where, "token file, line 2: roles are sender, viewer, operator, content-viewer");
    EXPECT_FALSE(Tokens::parse("viewer secret a"));
    EXPECT_FALSE(Tokens::parse("viewer " + hash));
    EXPECT_FALSE(Tokens::parse("viewer " + hash + " a b"));
    EXPECT_FALSE(Tokens::parse("# nobody\n"));
    EXPECT_EQ(Tokens::parse("viewer,sender " + hash + " a # why")->find("secret")->name, "a");
}

} // namespace
} // namespace sluse::serve
