// tests/intake/mllp_limits_test.cpp — what one sender may take: time, room, connections, and its end.
#include "tests/intake/mllp_fixture.hpp"

#include <fstream>
#include <random>
#include <thread>

namespace sluse {
namespace {

using namespace testing_intake;

TEST_F(MllpTest, too_long_a_message_closes_with_its_reason)
{
    options.message_bytes_max = 4096;
    open();
    auto client = connect();
    client.send(frame(adt("1")) + '\v' + std::string(100'000, 'x'));
    EXPECT_EQ(said(client.receive(1).at(0)), "AA 1");
    EXPECT_TRUE(client.closed());
    EXPECT_TRUE(eventually([&] { return closed("bad_frame") == 1; }));
    auto next = connect();
    next.send(frame(adt("2")));
    EXPECT_EQ(next.receive(1).size(), 1u);
}

TEST_F(MllpTest, silence_and_slowness_have_an_end)
{
    options.idle_max = 100;
    options.mid_frame_max = 150;
    open();
    auto silent = connect(), slow = connect();
    for (int i = 0; i < 40 && !slow.closed(1); ++i) {
        slow.send(i == 0 ? "\v" : "x");
        ::usleep(10'000);
    }
    EXPECT_TRUE(silent.closed());
    EXPECT_TRUE(slow.closed());
    EXPECT_TRUE(eventually([&] { return closed("idle") == 1 && closed("mid_frame") == 1; }));
}

TEST_F(MllpTest, a_steady_stream_is_not_taken_for_a_slow_frame)
{
    options.mid_frame_max = 100;
    open();
    auto client = connect();
    const auto bytes = frame(adt("1"));
    client.send(bytes.substr(0, 10)); // every read from here on ends inside a frame
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(client.send(bytes.substr(10) + bytes.substr(0, 10)));
        ::usleep(10'000);
    }
    EXPECT_EQ(client.receive(30).size(), 30u);
}

TEST_F(MllpTest, a_journal_that_never_answers_does_not_hold_a_connection_for_ever)
{
    options.answer_max = 100;
    log.hold(true);
    open();
    auto client = connect();
    client.send(frame(adt("1")));
    EXPECT_TRUE(client.closed());
    EXPECT_TRUE(eventually([&] { return closed("answer_timeout") == 1; }));
    log.answer_all();
    EXPECT_EQ(metrics.value("sluse_answers_undeliverable_total", {{"listener", "mllp"}}), 1);
    EXPECT_EQ(count("sluse_messages_acknowledged_total"), 1);
}

TEST_F(MllpTest, a_full_window_stops_reading)
{
    options.window_messages_max = 4;
    log.hold(true);
    open();
    auto client = connect();
    std::string all;
    for (int i = 0; i < 50; ++i) all += frame(adt(std::to_string(i)));
    client.send(all);
    ASSERT_TRUE(log.wait_for(4));
    ::usleep(100'000);
    EXPECT_EQ(log.records().size(), 4u);
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(eventually([&] { return log.held() > 0; }));
        log.answer(log.held() - 1); // newest first
    }
    const auto answers = client.receive(50);
    ASSERT_EQ(answers.size(), 50u);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(said(answers[static_cast<std::size_t>(i)]), "AA " + std::to_string(i));
}

TEST_F(MllpTest, bytes_under_way_are_bounded_over_all_connections)
{
    options.in_flight_bytes_max = 1000;
    log.hold(true);
    open();
    auto a = connect(), b = connect();
    const auto big = adt("1", "NTE|" + std::string(900, 'x') + '\r');
    for (auto* c : {&a, &b})
        for (int i = 0; i < 5; ++i) c->send(frame(big));
    ::usleep(150'000);
    EXPECT_LE(log.records().size(), 4u); // at most one beyond the bound each
    ASSERT_TRUE(eventually([&] {
        if (log.held()) log.answer();
        return log.records().size() == 10 && log.held() == 0;
    }));
    EXPECT_EQ(a.receive(5).size(), 5u);
    EXPECT_EQ(b.receive(5).size(), 5u);
}

TEST_F(MllpTest, a_peer_that_does_not_read_its_answers_is_let_go)
{
    options.write_max = 200;
    options.window_messages_max = 100'000;
    options.window_bytes_max = 1u << 30;
    open();
    auto client = connect();
    int small = 4096;
    ::setsockopt(client.descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    std::string all;
    for (int i = 0; i < 500; ++i) all += frame(adt(std::to_string(i)));
    for (int i = 0; i < 200 && client.send(all); ++i)
        if (closed("write_timeout") > 0) break;
    EXPECT_TRUE(eventually([&] { return closed("write_timeout") == 1; }));
}

TEST_F(MllpTest, connections_are_limited_in_total_and_per_address)
{
    options.connections_max = 3;
    options.connections_per_address_max = 2;
    open();
    auto a = connect(), b = connect();
    ASSERT_TRUE(eventually([&] { return listener->connections() == 2; }));
    auto c = connect();
    EXPECT_TRUE(c.closed());
    EXPECT_TRUE(eventually([&] { return rejected("connections_per_address") == 1; }));
    a.close();
    ASSERT_TRUE(eventually([&] { return listener->connections() == 1; }));
    auto d = connect();
    d.send(frame(adt("1")));
    EXPECT_EQ(d.receive(1).size(), 1u);
}

TEST_F(MllpTest, drains_answers_what_it_has_and_closes_without_a_reset)
{
    log.hold(true);
    open();
    auto busy = connect(), idle = connect(), cut = connect();
    busy.send(frame(adt("1")) + frame(adt("2")));
    const auto late = frame(adt("3"));
    cut.send(late.substr(0, 20));
    ASSERT_TRUE(log.wait_for(2));
    ASSERT_TRUE(eventually([&] { return listener->connections() == 3; }));
    bool drained = false;
    std::thread stopper([&] { drained = listener->drain(5000); });
    EXPECT_TRUE(idle.closed());
    cut.send(late.substr(20) + frame(adt("4"))); // begun before: taken; begun after: not
    ASSERT_TRUE(log.wait_for(3));
    log.answer_all();
    EXPECT_EQ(busy.receive(3, 1000).size(), 2u);
    EXPECT_EQ(cut.receive(2, 1000).size(), 1u);
    busy.close();
    cut.close();
    idle.close();
    stopper.join();
    EXPECT_TRUE(drained);
    EXPECT_FALSE(busy.reset());
    EXPECT_EQ(log.records().size(), 3u);
    EXPECT_FALSE(connect().receive(1, 100).size());
}

TEST_F(MllpTest, drain_ends_when_a_steady_sender_goes_on)
{
    open();
    auto client = connect();
    std::atomic<bool> stop{false};
    std::size_t sent = 0;
    std::thread sender([&] {
        while (!stop && client.send(frame(adt(std::to_string(sent))))) ++sent;
    });
    std::vector<std::string> answers;
    std::thread reader([&] { answers = client.receive(10'000'000, 4000); });
    ::usleep(100'000);
    EXPECT_TRUE(listener->drain(5000));
    stop = true;
    sender.join();
    reader.join();
    EXPECT_GE(answers.size(), 1u);
    EXPECT_LE(answers.size(), log.records().size());
    for (std::size_t i = 0; i < answers.size(); ++i) ASSERT_EQ(said(answers[i]), "AA " + std::to_string(i));
}

TEST_F(MllpTest, force_closes_at_once)
{
    log.hold(true);
    open();
    auto client = connect();
    client.send(frame(adt("1")));
    ASSERT_TRUE(log.wait_for(1));
    EXPECT_FALSE(listener->drain(50));
    listener->close();
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(closed("forced"), 1);
}

TEST_F(MllpTest, a_system_over_its_rate_is_read_more_slowly)
{
    auto slow = System{};
    slow.settings.name = "slow";
    slow.sender = "EPJ|RH";
    slow.messages_per_second_max = 40;
    receiver->reload(std::make_shared<Systems>(std::vector<System>{slow}));
    open();
    auto client = connect(), other = connect();
    const auto began = std::chrono::steady_clock::now();
    std::thread fast([&] { // another system does not wait for it
        for (int i = 0; i < 50; ++i) {
            other.send(frame(adt(std::to_string(i), "", "LAB|X")));
            EXPECT_EQ(other.receive(1).size(), 1u);
        }
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(500));
    });
    for (int i = 0; i < 70; ++i) { // 40 at once, then 40 a second
        client.send(frame(adt(std::to_string(i))));
        ASSERT_EQ(client.receive(1).size(), 1u);
    }
    fast.join();
    EXPECT_GT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(600));
    EXPECT_EQ(count("sluse_messages_acknowledged_total", "slow"), 70);
}

TEST_F(MllpTest, random_bytes_harm_nobody_else)
{
    open();
    std::mt19937 random(7);
    auto good = connect();
    for (int round = 0; round < 60; ++round) {
        auto client = connect();
        std::string bytes(static_cast<std::size_t>(random() % 20'000), '\0');
        for (auto& c : bytes) c = random() % 50 == 0 ? "\v\x1c\r"[random() % 3] : static_cast<char>(random());
        client.send(bytes);
        good.send(frame(adt(std::to_string(round))));
        const auto answers = good.receive(1);
        ASSERT_EQ(answers.size(), 1u);
        ASSERT_EQ(said(answers[0]), "AA " + std::to_string(round));
    }
    EXPECT_EQ(log.records().size(), 60u);
}

TEST_F(MllpTest, a_decoder_that_throws_costs_one_message)
{
    open();
    auto client = connect();
    client.send(frame(adt("1", "THROW\r")) + frame(adt("2")));
    const auto answers = client.receive(2);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(said(answers[0]), "AE 1");
    EXPECT_EQ(said(answers[1]), "AA 2");
}

std::size_t resident_bytes()
{
    std::size_t pages = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(MllpTest, a_gigabyte_frame_costs_bounded_memory)
{
    options.message_bytes_max = 8u << 20;
    open();
    const auto before = resident_bytes();
    std::size_t most = 0, sent = 0;
    const std::string block(1u << 20, 'x');
    auto client = connect();
    client.send("\v");
    for (int i = 0; i < 1024 && client.send(block); ++i, sent += block.size()) most = std::max(most, resident_bytes());
    EXPECT_TRUE(client.closed());
    EXPECT_LT(sent, 64u << 20);
    EXPECT_LT(most - std::min(most, before), 64u << 20);
    EXPECT_TRUE(eventually([&] { return closed("bad_frame") == 1; }));
    EXPECT_EQ(log.offered(), 0u);
}

TEST_F(MllpTest, long_frames_share_a_bounded_memory)
{
    options.message_bytes_max = 8u << 20;
    options.buffer_bytes_max = 4u << 20;
    open();
    const std::string block(1u << 20, 'x');
    std::vector<Client> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(connect());
        clients.back().send("\v");
        clients.back().send(block);
    }
    EXPECT_TRUE(eventually([&] { return closed("buffers_full") >= 3; }));
    auto good = connect();
    good.send(frame(adt("1")));
    EXPECT_EQ(good.receive(1).size(), 1u);
}

TEST_F(MllpTest, two_thousand_silent_connections_cost_a_few_kilobytes_each)
{
    open();
    { // warm up what is allocated once
        auto client = connect();
        client.send(frame(adt("0")));
        client.receive(1);
    }
    const auto before = resident_bytes();
    std::vector<Client> silent;
    for (int i = 0; i < 2000; ++i) {
        silent.push_back(connect());
        ASSERT_TRUE(silent.back().connected()) << i;
    }
    ASSERT_TRUE(eventually([&] { return listener->connections() >= 2000; }));
    const auto each = (resident_bytes() - before) / 2000;
    RecordProperty("bytes_per_silent_connection", static_cast<int>(each));
    std::printf("%zu bytes a silent connection\n", each);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(each, 8u * 1024);
#endif
    auto good = connect();
    for (int i = 0; i < 100; ++i) {
        good.send(frame(adt(std::to_string(i))));
        ASSERT_EQ(good.receive(1).size(), 1u);
    }
}

} // namespace
} // namespace sluse
