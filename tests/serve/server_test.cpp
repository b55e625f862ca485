// tests/serve/server_test.cpp — the HTTP server over real sockets: answers, refusals, roles, limits, deadlines, live events.
#include "gateway/serve/admission.hpp"
#include "gateway/serve/server.hpp"
#include "tests/serve/client.hpp"
#include "tests/serve/fakes.hpp"
#include "tests/temporary.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace sluse::serve {
namespace {

using namespace std::chrono_literals;
using testing::Test;

const std::string bundle = R"({"resourceType":"Bundle","type":"message","entry":[]})";
const Fields fhir{{"Content-Type", "application/fhir+json"}};

rapidjson::Document parsed(const std::string& text)
{
    rapidjson::Document document;
    document.Parse(text);
    EXPECT_FALSE(document.HasParseError()) << text;
    return document;
}

struct Serve : Test {
    void open(ServeOptions options = {}, bool start = true)
    {
        options.port = 0;
        auto opened = Server::open(std::move(options), gateway.sources());
        ASSERT_TRUE(opened) << opened.error().where;
        server = std::move(*opened);
        if (start) server->start();
    }
    Client client() { return Client(server->port()); }
    FakeGateway gateway;
    std::unique_ptr<Server> server;
};

struct Guarded : Serve {
    void SetUp() override
    {
        const auto line = [](const char* roles, const char* token, const char* name) { return std::string(roles) + " " + hex(view(sha256(token))) + " " + name + "\n"; };
        std::ofstream(file) << "# roles, hash, name\n" << line("sender", "sender-token-0000", "ward") << line("viewer", "viewer-token-0000", "leader")
                            << line("viewer,operator", "operator-token-0", "desk") << line("viewer,content-viewer", "content-token-00", "doctor");
        ServeOptions options;
        options.tokens_file = file;
        open(options);
    }
    static Fields bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }
    TemporaryDirectory folder;
    std::filesystem::path file = folder.path() / "tokens";
};

TEST_F(Serve, lives_and_is_ready)
{
    open();
    auto c = client();
    EXPECT_EQ(c.ask(http::verb::get, "/livez").body(), "ok\n");
    const auto ready = c.ask(http::verb::get, "/readyz?verbose");
    EXPECT_EQ(ready.result_int(), 200u);
    EXPECT_EQ(ready.body(), "journal: ok\nkafka: ok\nready\n");
}

TEST_F(Serve, is_degraded_but_ready_without_kafka_and_not_ready_without_journal_or_while_draining)
{
    open();
    auto c = client();
    gateway.kafka = CheckState::degraded;
    EXPECT_EQ(c.ask(http::verb::get, "/readyz").body(), "ready, degraded\n");
    gateway.journal = CheckState::failed;
    EXPECT_EQ(c.ask(http::verb::get, "/readyz").result_int(), 503u);
    gateway.journal = CheckState::ok;
    server->drain();
    EXPECT_EQ(c.ask(http::verb::get, "/readyz").result_int(), 503u);
    const auto refused = c.ask(http::verb::post, "/fhir", fhir, bundle);
    EXPECT_EQ(refused.result_int(), 503u);
    EXPECT_EQ(refused[http::field::retry_after], "5");
}

TEST_F(Serve, answers_an_accepted_bundle_after_the_receipt)
{
    open();
    auto c = client();
    const auto answer = c.ask(http::verb::post, "/fhir", fhir, bundle);
    EXPECT_EQ(answer.result_int(), 200u) << answer.body();
    EXPECT_EQ(answer[http::field::content_type], "application/fhir+json");
    EXPECT_EQ(answer["Sluse-Message-Id"].size(), 26u);
    ASSERT_EQ(gateway.receiver.deliveries.size(), 1u);
    EXPECT_EQ(gateway.receiver.deliveries[0].bytes, bundle);
    EXPECT_EQ(gateway.receiver.deliveries[0].format, "fhir");
    EXPECT_EQ(gateway.receiver.deliveries[0].via, "http");
    EXPECT_EQ(gateway.receiver.deliveries[0].peer, "127.0.0.1");
}

TEST_F(Serve, sends_the_formats_own_acknowledgement_bundle)
{
    open();
    gateway.receiver.next.reply = R"({"resourceType":"Bundle","type":"message"})";
    EXPECT_EQ(client().ask(http::verb::post, "/fhir/$process-message", fhir, bundle).body(), gateway.receiver.next.reply);
}

struct RefusalCase {
    Answer answer;
    std::string body;
    unsigned status;
};
TEST_F(Serve, refuses_with_an_operation_outcome_and_the_right_status)
{
    open();
    auto c = client();
    const RefusalCase cases[] = {{Answer::content_error, bundle, 422}, {Answer::content_error, "{not json", 400}, {Answer::refused, bundle, 422}, {Answer::store_failed, bundle, 503}};
    for (const auto& each : cases) {
        gateway.receiver.next.answer = each.answer;
        gateway.receiver.next.issues = {{Severity::error, IssueKind::required_missing, "Bundle.entry[0].resource", "is missing"}};
        const auto answer = c.ask(http::verb::post, "/fhir", fhir, each.body);
        EXPECT_EQ(answer.result_int(), each.status) << each.body;
        const auto outcome = parsed(answer.body());
        EXPECT_STREQ(outcome["resourceType"].GetString(), "OperationOutcome");
        EXPECT_STREQ(outcome["issue"][0]["code"].GetString(), "required");
        EXPECT_EQ(answer.count(http::field::retry_after), each.status == 503 ? 1u : 0u);
    }
}

TEST_F(Serve, says_503_when_the_journal_does_not_answer_and_survives_the_late_answer)
{
    ServeOptions options;
    options.answer_max = 100ms;
    open(options);
    gateway.receiver.silent = true;
    EXPECT_EQ(client().ask(http::verb::post, "/fhir", fhir, bundle).result_int(), 503u);
    server->stop();
    for (auto& done : gateway.receiver.held) done({}); // after the server has gone: nobody waits, nothing breaks
}

TEST_F(Serve, refuses_by_header_what_cannot_be_a_message)
{
    open();
    auto c = client();
    EXPECT_EQ(c.ask(http::verb::post, "/fhir", {{"Content-Type", "text/plain"}}, "<Bundle/>").result_int(), 415u);
    auto d = client();
    EXPECT_EQ(d.ask(http::verb::post, "/fhir", fhir, " \n").result_int(), 400u);
    EXPECT_EQ(gateway.receiver.deliveries.size(), 0u);
}

TEST_F(Serve, takes_a_raw_message_of_a_named_format)
{
    open();
    const auto answer = client().ask(http::verb::post, "/api/v1/messages?format=nonsense", {}, "MSH|");
    EXPECT_EQ(answer.result_int(), 415u);
    EXPECT_EQ(answer[http::field::content_type], "application/problem+json");
}

TEST_F(Serve, takes_one_raw_message_or_many)
{
    open();
    auto c = client();
    const auto one = parsed(c.ask(http::verb::post, "/api/v1/messages", {}, "MSH|^~\\&|A").body());
    EXPECT_STREQ(one["answer"].GetString(), "accepted");
    EXPECT_EQ(one["id"].GetStringLength(), 26u);
    const auto many = parsed(c.ask(http::verb::post, "/api/v1/messages", {}, "MSH|1\nMSH|2\nMSH|3").body());
    EXPECT_EQ(many["accepted"].GetInt(), 3);
    EXPECT_EQ(many["messages"].Size(), 3u);
    EXPECT_EQ(gateway.receiver.deliveries.back().format, "hl7v2");
}

TEST_F(Serve, limits_the_body_by_its_stated_length_before_reading_it)
{
    ServeOptions options;
    options.body_bytes_max = 1000;
    open(options);
    auto c = client();
    c.raw("POST /fhir HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000000000\r\n\r\n");
    const auto answer = c.read();
    EXPECT_EQ(answer.result_int(), 413u);
    EXPECT_FALSE(answer.keep_alive());
}

TEST_F(Serve, limits_a_chunked_body_while_reading_it)
{
    ServeOptions options;
    options.body_bytes_max = 1000;
    open(options);
    auto c = client();
    c.raw("POST /fhir HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + std::string(0x800, ' '));
    EXPECT_EQ(c.read().result_int(), 413u);
}

TEST_F(Serve, bounds_all_bodies_together)
{
    ServeOptions options;
    options.body_bytes_max = 1000;
    options.bodies_bytes_max = 1500;
    open(options);
    auto slow = client();
    slow.raw("POST /fhir HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
    EXPECT_EQ(slow.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    const auto answer = client().ask(http::verb::post, "/fhir", fhir, bundle + std::string(800, ' '));
    EXPECT_EQ(answer.result_int(), 503u);
    slow.raw(std::string(1000 - bundle.size(), ' ') + bundle);
    EXPECT_EQ(slow.read().result_int(), 200u);
    EXPECT_EQ(client().ask(http::verb::post, "/fhir", fhir, bundle + std::string(800, ' ')).result_int(), 200u);
}

TEST_F(Serve, ends_a_sender_that_is_too_slow_in_header_or_body)
{
    ServeOptions options;
    options.header_max = options.body_max = options.idle_max = 200ms;
    open(options);
    for (const std::string start : {"", "GET /livez HT", "POST /fhir HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"}) {
        auto c = client();
        c.raw(start);
        const auto began = std::chrono::steady_clock::now();
        c.until("never");
        EXPECT_LT(std::chrono::steady_clock::now() - began, 3s) << start;
    }
    EXPECT_EQ(gateway.receiver.deliveries.size(), 0u);
}

TEST_F(Serve, refuses_a_header_that_is_too_long)
{
    open();
    auto c = client();
    c.raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
    EXPECT_EQ(c.read().result_int(), 431u);
}

TEST_F(Serve, answers_rubbish_with_400_and_lives_on)
{
    open();
    for (const std::string bytes : {"\x0bMSH|^~\\&|\x1c\r\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /livez HTTP/1.1\r\n\r\n"}) {
        auto c = client();
        c.raw(bytes);
        EXPECT_EQ(c.read().result_int(), 400u) << bytes;
    }
    EXPECT_EQ(client().ask(http::verb::get, "/livez").result_int(), 200u);
}

TEST_F(Serve, limits_connections_per_address)
{
    ServeOptions options;
    options.connections_per_address_max = 2;
    open(options);
    auto a = client(), b = client();
    EXPECT_EQ(a.ask(http::verb::get, "/livez").result_int(), 200u);
    EXPECT_EQ(b.ask(http::verb::get, "/livez").result_int(), 200u);
    auto c = client();
    EXPECT_EQ(c.until("never"), "");
    EXPECT_EQ(a.ask(http::verb::get, "/livez").result_int(), 200u);
}

TEST_F(Serve, serves_nothing_to_a_rebound_name_or_another_sites_page)
{
    open();
    auto c = client();
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/goals", {{"Host", "evil.example:8080"}}).result_int(), 421u);
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

TEST_F(Serve, answers_head_like_get_without_the_body)
{
    open();
    auto c = client();
    const auto get = c.ask(http::verb::get, "/"), head = c.ask(http::verb::head, "/");
    EXPECT_EQ(head[http::field::content_length], get[http::field::content_length]);
    EXPECT_EQ(c.ask(http::verb::get, "/", {{"If-None-Match", std::string(get[http::field::etag])}}).result_int(), 304u);
    EXPECT_EQ(c.ask(http::verb::get, "/goals/1").body(), get.body());
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
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/messages/01K8H9ZQ4M0000000000000001").result_int(), 404u);
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/messages/no-ulid").result_int(), 400u);
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
    EXPECT_EQ(c.ask(http::verb::get, "/api/v1/indicators/G1.1?exact=true&as_known_on=2026-04-15&revisions=true").result_int(), 200u);
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

TEST_F(Serve, stops_with_connections_open)
{
    open();
    auto idle = client(), live = client();
    live.raw("GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
    live.until("event: throughput");
    const auto began = std::chrono::steady_clock::now();
    server->stop();
    server.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
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
