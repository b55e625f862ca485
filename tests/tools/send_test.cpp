// tests/tools/send_test.cpp — splitting of files, the load client against the real listener and against peers that misbehave.
#include "gateway/intake/mllp_listener.hpp"
#include "gateway/tools/load_feed.hpp"
#include "gateway/tools/message_file.hpp"
#include "gateway/tools/send.hpp"
#include "tests/intake/fakes.hpp"
#include "tests/temporary.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace sluse {
namespace {

using namespace testing_intake;

struct TempFile {
    explicit TempFile(std::string_view text)
    {
        std::ofstream(path, std::ios::binary) << text;
    }
    TemporaryDirectory directory;
    std::string path = directory.path() / "messages";
};

std::vector<std::string> messages_in(std::string_view text)
{
    const TempFile temp(text);
    auto file = MessageFile::open(temp.path);
    EXPECT_TRUE(file);
    std::vector<std::string> out;
    std::string message;
    for (auto more = file->next(message); more && *more; more = file->next(message)) out.push_back(message);
    EXPECT_EQ(file->bytes_total(), text.size());
    return out;
}

const std::string a = "MSH|^~\\&|A\rPID|1\r", b = "MSH|^~\\&|B\rPID|2\r";

TEST(MessageFileTest, plain_hl7_is_cut_at_each_msh)
{
    EXPECT_EQ(messages_in(a + b), (std::vector<std::string>{a, b}));
    EXPECT_EQ(messages_in("\xef\xbb\xbf" + a + "\n" + b + "\n"), (std::vector<std::string>{a, b}));
    EXPECT_EQ(messages_in("MSH|^~\\&|A\nPID|1\n\nMSH|^~\\&|B\nPID|2"), (std::vector<std::string>{"MSH|^~\\&|A\nPID|1\n", "MSH|^~\\&|B\nPID|2"}));
    EXPECT_EQ(messages_in("FHS|^~\\&|x\rBHS|^~\\&|y\r" + a + b + "BTS|2\rFTS|1\r"), (std::vector<std::string>{a, b}));
    EXPECT_TRUE(messages_in("").empty());
    EXPECT_TRUE(messages_in("\r\n \n").empty());
}

TEST(MessageFileTest, frames_are_unwrapped)
{
    EXPECT_EQ(messages_in(frame(a) + frame(b)), (std::vector<std::string>{a, b}));
    EXPECT_EQ(messages_in(frame(a) + "\r\n" + b), (std::vector<std::string>{a, b}));
    EXPECT_EQ(messages_in("\v" + a), (std::vector<std::string>{a})); // cut: the receiver shall judge
}

TEST(MessageFileTest, json_is_cut_by_its_braces)
{
    const std::string x = R"({"resourceType":"Bundle","id":"}\"{"})", y = "{\n \"a\": [1, {}]\n}";
    EXPECT_EQ(messages_in(x + "\n" + y + "\n"), (std::vector<std::string>{x, y}));
    EXPECT_EQ(messages_in(a + "\n" + x + "\n" + b), (std::vector<std::string>{a, x, b}));
    EXPECT_EQ(messages_in("UNA:+.? 'UNB"), (std::vector<std::string>{"UNA:+.? 'UNB"}));
}

TEST(MessageFileTest, blocks_do_not_matter)
{
    std::string all;
    std::vector<std::string> wanted;
    for (int i = 0; i < 9000; ++i) {
        wanted.push_back("MSH|^~\\&|A\rNTE|" + std::string(static_cast<std::size_t>(i % 97), 'x') + '\r');
        all += wanted.back();
    }
    wanted.push_back("MSH|^~\\&|B\rOBX|" + std::string(900'000, 'y') + '\r');
    all += wanted.back();
    EXPECT_EQ(messages_in(all), wanted);
}

TEST(TargetTest, urls)
{
    const auto t = parse_target("mllp://[::1]:2575");
    ASSERT_TRUE(t);
    EXPECT_EQ(t->host, "::1");
    EXPECT_EQ(t->port, 2575);
    EXPECT_FALSE(t->http);
    EXPECT_EQ(parse_target("https://gw.dk/fhir")->path, "/fhir");
    EXPECT_EQ(parse_target("https://gw.dk/fhir")->port, 443);
    EXPECT_EQ(parse_target("http://localhost:8080/")->path, "");
    for (const auto* bad : {"gw:2575", "mllp://", "mllp://x:0", "mllp://x:99999", "mllp://x:1a", "ftp://x"}) EXPECT_FALSE(parse_target(bad)) << bad;
}

TEST(AcknowledgementTest, reads_codes_places_and_store_failures)
{
    const auto ok = load::read_acknowledgement("MSH|^~\\&|S\rMSA|AA|17\r");
    EXPECT_EQ(ok.code, "AA");
    EXPECT_EQ(ok.control_id, "17");
    const auto bad = load::read_acknowledgement("MSH|^~\\&|S\rMSA|AE|17\rERR||PID^1^3|101^x|E||||is missing\r");
    EXPECT_EQ(bad.detail, "AE PID^1^3 101 is missing");
    EXPECT_FALSE(bad.store_failed);
    EXPECT_TRUE(load::read_acknowledgement("MSH|^~\\&|S\rMSA|AR|17\rERR|||207^x|E\r").store_failed);
    EXPECT_TRUE(load::read_acknowledgement("MSH|^~\\&|S\rMSA|CR|17\rERR|^^^207&x\r").store_failed);
    EXPECT_EQ(load::read_acknowledgement("hello").code, "");
}

TEST(LatenciesTest, quantiles_within_three_per_cent)
{
    Latencies l;
    for (int i = 1; i <= 10'000; ++i) l.add(std::chrono::microseconds(i * 10));
    EXPECT_NEAR(l.quantile_ms(0.5), 50, 1.6);
    EXPECT_NEAR(l.quantile_ms(0.99), 99, 3);
    EXPECT_EQ(l.max_ms(), 100);
    EXPECT_EQ(l.quantile_ms(1), 100);
}

struct LoadTest : testing::Test {
    Metrics metrics;
    FakeLog log;
    IoThreads io{2};
    std::unique_ptr<JournalReceiver> receiver = [this] {
        ReceiverOptions o;
        o.adapters = fake_adapters();
        o.metrics = &metrics;
        return make_receiver(log, o);
    }();
    std::unique_ptr<MllpListener> listener;
    LoadOptions options;
    std::uint64_t offered{}, total{100};
    std::vector<MessageOutcome> outcomes;
    std::function<std::string(std::uint64_t)> make = [](std::uint64_t i) { return adt(std::to_string(i)); };

    std::uint16_t open(std::uint16_t port = 0)
    {
        MllpOptions o;
        o.port = port;
        o.sweep = 10;
        auto opened = MllpListener::open(o, io, *receiver, metrics);
        EXPECT_TRUE(opened);
        listener = std::move(*opened);
        options.to = {"mllp://127.0.0.1:" + std::to_string(listener->port())};
        return listener->port();
    }
    LoadSummary run()
    {
        auto summary = run_load(
            options,
            [this](std::string& message) {
                if (offered == total) return false;
                message = make(offered++);
                return true;
            },
            {}, [this](const MessageOutcome& o) { outcomes.push_back(o); });
        EXPECT_TRUE(summary);
        return *summary;
    }
};

TEST_F(LoadTest, everything_is_answered_over_several_pipelined_connections)
{
    open();
    options.connections = 4;
    total = 5000;
    make = [](std::uint64_t i) {
        return "MSH|^~\\&|EPJ|RH|||20260301||ADT^A01|" + std::to_string(i) + "|P|2.5\rPID|1||" + std::to_string(i % 50) + "\r" + (i % 10 == 0 ? "BAD\r" : "");
    };
    const auto s = run();
    EXPECT_EQ(s.messages, 5000u);
    EXPECT_EQ(s.accepted, 4500u);
    EXPECT_EQ(s.content_error, 500u);
    EXPECT_EQ(s.unanswered + s.resent + s.stale_answers + s.reconnects, 0u);
    EXPECT_EQ(s.latencies.count(), 5000u);
    ASSERT_EQ(outcomes.size(), 5000u);
    // Each patient's messages arrived in their order.
    std::map<std::string, int> last;
    for (const auto& r : log.records()) {
        const auto patient = std::string(field_of(r.envelope.bytes, "PID", 3));
        const int number = std::stoi(r.envelope.control_id);
        const auto at = last.find(patient);
        EXPECT_LT(at == last.end() ? -1 : at->second, number);
        last[patient] = number;
    }
}

TEST_F(LoadTest, a_rate_is_kept)
{
    open();
    options.rate = 500;
    total = 200;
    const auto s = run();
    EXPECT_EQ(s.accepted, 200u);
    EXPECT_GT(s.seconds, 0.35);
    EXPECT_LT(s.seconds, 2.0);
}

TEST_F(LoadTest, what_the_store_could_not_take_is_sent_again)
{
    open();
    log.fail(Fault{Errc::storage, "disk"});
    total = 5;
    std::thread mender([this] {
        eventually([this] { return log.offered() >= 5; });
        log.fail({});
    });
    const auto s = run();
    mender.join();
    EXPECT_EQ(s.accepted, 5u);
    EXPECT_GE(s.resent, 5u);
    EXPECT_EQ(log.records().size(), 5u);
}

TEST_F(LoadTest, a_broken_connection_is_made_again_and_nothing_is_lost)
{
    const auto port = open();
    options.rate = 1000;
    total = 600;
    std::thread breaker([&] {
        log.wait_for(100);
        listener->close();
        listener.reset();
        open(port);
    });
    const auto s = run();
    breaker.join();
    EXPECT_EQ(s.accepted, 600u);
    EXPECT_GE(s.reconnects, 1u);
    std::set<std::string> ids;
    for (const auto& r : log.records()) ids.insert(r.envelope.control_id);
    EXPECT_EQ(ids.size(), 600u);
}

TEST_F(LoadTest, nobody_there_ends_in_time)
{
    options.to = {"mllp://127.0.0.1:1"};
    options.outage_max = 300;
    total = 10;
    const auto s = run();
    EXPECT_EQ(s.accepted, 0u);
    EXPECT_EQ(s.messages, s.unanswered);
    EXPECT_TRUE(s.unfinished);
    EXPECT_FALSE(s.fault.empty());
}

/// Accepts connections and answers by a script.
class Peer {
public:
    explicit Peer(std::function<std::string(std::string_view message, int nth)> answer) : answer_(std::move(answer))
    {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at);
        ::listen(socket_, 8);
        socklen_t size = sizeof at;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
        port = ntohs(at.sin_port);
        thread_ = std::thread([this] { run(); });
    }
    ~Peer()
    {
        stop_ = true;
        thread_.join();
        ::close(socket_);
    }
    std::uint16_t port{};

private:
    void run()
    {
        int nth = 0;
        while (!stop_) {
            pollfd ready{socket_, POLLIN, 0};
            if (::poll(&ready, 1, 20) <= 0) continue;
            const int peer = ::accept(socket_, nullptr, nullptr);
            std::string buffer;
            char bytes[4096];
            for (bool up = true; up && !stop_;) {
                pollfd readable{peer, POLLIN, 0};
                if (::poll(&readable, 1, 20) <= 0) continue;
                const auto n = ::recv(peer, bytes, sizeof bytes, 0);
                if (n <= 0) break;
                buffer.append(bytes, static_cast<std::size_t>(n));
                for (auto end = buffer.find("\x1c\r"); up && end != buffer.npos; end = buffer.find("\x1c\r")) {
                    const auto reply = answer_(std::string_view(buffer).substr(1, end - 1), nth++);
                    up = !reply.empty();
                    if (up) ::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
                    buffer.erase(0, end + 2);
                }
            }
            ::close(peer);
        }
    }
    std::function<std::string(std::string_view, int)> answer_;
    int socket_{-1};
    std::thread thread_;
    std::atomic<bool> stop_{false};
};

std::string accept_of(std::string_view message)
{
    return frame("MSH|^~\\&|S\rMSA|AA|" + std::string(msh(message, 10)) + '\r');
}

TEST_F(LoadTest, a_stale_answer_poisons_the_connection)
{
    // The third answer is about another message: it must not be taken for the third message's.
    Peer peer([](std::string_view message, int nth) { return nth == 2 ? frame("MSH|^~\\&|S\rMSA|AA|stale\r") : accept_of(message); });
    options.to = {"mllp://127.0.0.1:" + std::to_string(peer.port)};
    options.pipeline = 1;
    total = 5;
    const auto s = run();
    EXPECT_EQ(s.accepted, 5u);
    EXPECT_EQ(s.stale_answers, 1u);
    EXPECT_EQ(s.resent, 1u);
    EXPECT_EQ(s.reconnects, 1u);
}

TEST_F(LoadTest, a_peer_that_always_hangs_up_is_given_up)
{
    Peer peer([](std::string_view, int) { return std::string(); });
    options.to = {"mllp://127.0.0.1:" + std::to_string(peer.port)};
    options.resends_max = 2;
    options.pipeline = 1;
    total = 2;
    const auto s = run();
    EXPECT_EQ(s.unanswered, 2u);
    EXPECT_EQ(s.resent, 4u);
}

TEST_F(LoadTest, an_answer_that_never_comes_ends_in_time)
{
    Peer peer([](std::string_view, int) { return std::string("\v"); });
    options.to = {"mllp://127.0.0.1:" + std::to_string(peer.port)};
    options.answer_max = 200;
    options.resends_max = 0;
    total = 1;
    EXPECT_EQ(run().unanswered, 1u);
}

struct RunSendTest : LoadTest {
    int code{};
    std::string out;
    void send(const std::vector<std::string>& files)
    {
        SendOptions o;
        o.files = files;
        o.load = options;
        o.json = true;
        o.quiet = true;
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        code = run_send(o);
        out = testing::internal::GetCapturedStdout();
        err = testing::internal::GetCapturedStderr();
    }
    std::string err;
};

TEST_F(RunSendTest, exit_code_and_summary_say_what_happened)
{
    open();
    const TempFile good(adt("1") + adt("2")), mixed(frame(adt("3")) + frame(adt("4", "BAD\r")));
    send({good.path});
    EXPECT_EQ(code, 0) << err;
    EXPECT_NE(out.find(R"("messages":2,)"), std::string::npos) << out;
    send({good.path, mixed.path});
    EXPECT_EQ(code, 1);
    EXPECT_NE(out.find(R"("accepted":3,"content_error":1,)"), std::string::npos) << out;
    EXPECT_NE(err.find(mixed.path + ":2: AE PID-3 101"), std::string::npos) << err;
    send({"/nowhere/at/all"});
    EXPECT_EQ(code, 65);
    options.to = {"nonsense"};
    send({good.path});
    EXPECT_EQ(code, 78);
}

} // namespace
} // namespace sluse
