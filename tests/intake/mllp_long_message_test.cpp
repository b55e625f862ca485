// tests/intake/mllp_long_message_test.cpp — long messages are checked beside the senders' loop; what a listener wakes; how it may listen.
#include "tests/intake/mllp_fixture.hpp"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

namespace sluse {
namespace {

using namespace testing_intake;

/// Takes long messages only when it is let; `fails` after each.
struct SlowReceiver final : Receiver {
    explicit SlowReceiver(Receiver& inner) : inner(inner) {}
    void receive(Delivery delivery, std::function<void(Receipt)> done) override
    {
        if (delivery.text().size() > 100'000) {
            began = true;
            go.get_future().wait();
        }
        inner.receive(std::move(delivery), std::move(done));
        if (fails) throw std::runtime_error("a bug");
    }
    Receiver& inner;
    std::atomic<bool> began{false}, fails{false};
    std::promise<void> go;
};

struct LongMessageTest : MllpTest {
    IoThreads one{1};
    SlowReceiver slow{*receiver};
    void open_slow()
    {
        auto opened = MllpListener::open(options, one, slow, metrics);
        ASSERT_TRUE(opened) << opened.error().where;
        listener = std::move(*opened);
    }
    static std::string long_one(const std::string& control) { return frame(adt(control, "NTE|1||" + std::string(200'000, 'x') + '\r')); }
};

TEST_F(LongMessageTest, holds_up_no_other_sender_and_is_not_overtaken_by_its_own)
{
    open_slow();
    auto client = connect(), other = connect();
    client.send(long_one("1") + frame(adt("2")));
    ASSERT_TRUE(eventually([&] { return slow.began.load(); }, 60'000));
    other.send(frame(adt("3")));
    EXPECT_EQ(other.receive(1, 60'000).size(), 1u);
    EXPECT_EQ(log.records().size(), 1u);
    slow.go.set_value();
    const auto answers = client.receive(2, 60'000);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(said(answers[0]) + ", " + said(answers[1]), "AA 1, AA 2");
    ASSERT_EQ(log.records().size(), 3u);
    EXPECT_EQ(log.records()[1].envelope.control_id, "1");
}

TEST_F(LongMessageTest, is_waited_for_by_a_listener_that_closes)
{
    open_slow();
    auto client = connect();
    client.send(long_one("1"));
    ASSERT_TRUE(eventually([&] { return slow.began.load(); }, 60'000));
    std::thread letting([&] {
        ::usleep(50'000);
        slow.go.set_value();
    });
    listener.reset();
    EXPECT_EQ(log.records().size(), 1u);
    letting.join();
}

TEST_F(LongMessageTest, a_receiver_that_throws_costs_the_connection)
{
    slow.fails = true;
    open_slow();
    auto client = connect();
    client.send(long_one("1"));
    slow.go.set_value();
    EXPECT_TRUE(client.closed(60'000));
    EXPECT_TRUE(eventually([&] { return closed("internal") == 1; }, 60'000));
}

struct Visitor final : Woken {
    explicit Visitor(bool fails) : fails(fails) {}
    void woken() override
    {
        ++times;
        if (fails) throw std::runtime_error("a bug");
    }
    const bool fails;
    std::atomic<int> times{0};
};

TEST(DoorbellTest, whoever_rings_is_heard_also_beside_one_that_throws)
{
    IoThreads io{1};
    constexpr int threads = 4, times = 500;
    std::vector<std::shared_ptr<Visitor>> visitors;
    for (int i = 0; i < threads; ++i) visitors.push_back(std::make_shared<Visitor>(i == 0));
    std::vector<std::thread> ringing;
    for (const auto& visitor : visitors)
        ringing.emplace_back([&io, visitor] {
            for (int i = 0; i < times; ++i) io.doorbell(0).ring(visitor);
        });
    for (auto& thread : ringing) thread.join();
    for (const auto& visitor : visitors) EXPECT_TRUE(eventually([&] { return visitor->times == times; })) << visitor->times;
}

TEST(MllpOptionsTest, plaintext_beyond_loopback_must_be_said)
{
    MllpOptions o;
    EXPECT_TRUE(validate(o).empty());
    o.address = "0.0.0.0";
    ASSERT_EQ(validate(o).size(), 1u);
    EXPECT_EQ(validate(o)[0].path, "address");
    o.insecure_plaintext = true;
    EXPECT_TRUE(validate(o).empty());
    o.insecure_plaintext = false;
    o.tls = TlsOptions{"a.pem", "b.pem", ""};
    EXPECT_TRUE(validate(o).empty());
}

} // namespace
} // namespace sluse
