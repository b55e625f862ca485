// tests/serve/server_test.cpp — the HTTP server over real sockets: messages in, refusals, limits, deadlines.
#include "tests/serve/serving.hpp"

namespace sluse::serve {
namespace {

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

TEST_F(Serve, names_a_refused_message_that_is_kept)
{
    open();
    auto c = client();
    auto& next = gateway.receiver.next;
    next.answer = Answer::content_error;
    for (const bool kept : {true, false}) {
        next.id = kept ? *Ulid::parse("01KAR3XQ2HF9E1Q0V5T8YB4M7N") : Ulid{};
        const auto fhir_answer = c.ask(http::verb::post, "/fhir", fhir, bundle), raw = c.ask(http::verb::post, "/api/v1/messages", {{"Content-Type", "application/octet-stream"}}, "MSH|^~\\&|A\r");
        EXPECT_EQ(fhir_answer.result_int(), 422u);
        EXPECT_EQ(raw.result_int(), 422u);
        EXPECT_EQ(fhir_answer["Sluse-Message-Id"], kept ? next.id.text() : "");
        EXPECT_EQ(raw["Sluse-Message-Id"], kept ? next.id.text() : "");
        const auto outcome = parsed(fhir_answer.body()), receipt = parsed(raw.body());
        EXPECT_EQ(outcome.HasMember("id"), kept);
        EXPECT_EQ(receipt["id"].IsString(), kept);
        if (!kept) continue;
        EXPECT_STREQ(outcome["id"].GetString(), next.id.text().c_str());
        EXPECT_STREQ(receipt["id"].GetString(), next.id.text().c_str());
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
    EXPECT_FALSE(many.HasMember("issues"));
    const auto fewer = c.ask(http::verb::post, "/api/v1/messages", {}, "MSH|1\nBTS|2");
    EXPECT_EQ(fewer.result_int(), 422u) << "all that came is in, but not all came";
    EXPECT_EQ(parsed(fewer.body())["accepted"].GetInt(), 1);
    EXPECT_STREQ(parsed(fewer.body())["issues"][0]["path"].GetString(), "BTS-1");
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

TEST_F(Serve, refuses_codings_that_it_does_not_undo_and_chunks_that_are_none)
{
    open();
    EXPECT_EQ(client().ask(http::verb::post, "/fhir", {fhir[0], {"Content-Encoding", "gzip"}}, "\x1f\x8b").result_int(), 415u);
    EXPECT_EQ(client().ask(http::verb::post, "/fhir", {fhir[0], {"Content-Encoding", "identity"}}, bundle).result_int(), 200u);
    const auto refused = [&](const std::string& coding, const std::string& body) {
        auto c = client();
        c.raw("POST /fhir HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: " + coding + "\r\n\r\n" + body);
        return c.read().result_int();
    };
    EXPECT_EQ(refused("gzip, chunked", "0\r\n\r\n"), 501u);
    EXPECT_EQ(refused("chunked", "zz\r\nabc\r\n"), 400u);
    EXPECT_EQ(gateway.receiver.deliveries.size(), 1u);
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

} // namespace
} // namespace sluse::serve
