// tests/journal/spool_test.cpp — while the brokers are away: who is acknowledged, who waits behind whom, what a crash and a full disk leave.
#include "tests/journal/fake_brokers.hpp"
#include "tests/journal/faulty_disk.hpp"
#include "tests/journal/rig.hpp"
#include "tests/temporary.hpp"

#include <algorithm>
#include <random>

namespace sluse {
namespace {

using namespace std::chrono_literals;
using Values = std::vector<std::string>;

/// A gateway's log over fake brokers; reopen() is a new process on the same disk.
struct Gateway {
    FakeTopic topic;
    TemporaryDirectory directory;
    SpoolOptions options;
    FakeBrokers* brokers{};
    std::unique_ptr<Log> log;

    explicit Gateway(std::size_t bytes_max = 1u << 30)
    {
        options.path = directory.path();
        options.bytes_max = bytes_max;
        open();
    }
    void open(bool away = false)
    {
        auto below = std::make_unique<FakeBrokers>(topic);
        brokers = below.get();
        brokers->away = away;
        auto opened = open_spooling_log(std::move(below), options);
        ASSERT_TRUE(opened) << opened.error().where;
        log = std::move(*opened);
    }
    void reopen(bool away = false)
    {
        log.reset();
        open(away);
    }
    std::future<Result<Position>> send(const std::string& lane, const std::string& value, bool may_spool = true)
    {
        auto answer = std::make_shared<std::promise<Result<Position>>>();
        auto future = answer->get_future();
        log->append_message(0, lane, value, 1000, may_spool, [answer](Result<Position> at) { answer->set_value(std::move(at)); });
        return future;
    }
    bool drained()
    {
        return eventually([&] { return log->spool()->records == 0; }, 20s);
    }
    std::size_t spooled() { return log->spool()->records; }
};

Values numbers(const std::string& prefix, int from, int count)
{
    Values all;
    for (int i = from; i < from + count; ++i) all.push_back(prefix + std::to_string(i));
    return all;
}

TEST(Spool, is_not_touched_while_the_brokers_are_there)
{
    Gateway gateway;
    const auto at = gateway.send("lane", "one").get();
    ASSERT_TRUE(at);
    EXPECT_FALSE(at->spooled);
    EXPECT_EQ(gateway.topic.values(), Values{"one"});
    EXPECT_EQ(gateway.log->spool()->taken, 0u);
}

TEST(Spool, takes_a_system_that_opted_in_and_sends_it_on_in_order)
{
    Gateway gateway;
    gateway.brokers->away = true;
    for (const auto& value : numbers("a", 0, 200)) {
        const auto at = gateway.send("lane" + std::to_string(value.size()), value).get();
        ASSERT_TRUE(at) << at.error().where;
        EXPECT_TRUE(at->spooled);
    }
    EXPECT_EQ(gateway.spooled(), 200u);
    EXPECT_EQ(gateway.log->spool()->oldest, 1000);
    EXPECT_TRUE(gateway.topic.values().empty());
    gateway.brokers->away = false;
    ASSERT_TRUE(gateway.drained());
    EXPECT_EQ(gateway.topic.lanes(), (std::map<std::string, Values>{{"lane2", numbers("a", 0, 10)}, {"lane3", numbers("a", 10, 90)}, {"lane4", numbers("a", 100, 100)}}));
    EXPECT_EQ(gateway.log->spool()->bytes, 0u);
    EXPECT_FALSE(gateway.send("lane2", "after").get()->spooled) << "the way is free again";
}

TEST(Spool, answers_others_that_the_brokers_are_away)
{
    Gateway gateway;
    gateway.brokers->away = true;
    const auto at = gateway.send("lane", "one", false).get();
    ASSERT_FALSE(at);
    EXPECT_EQ(at.error().code, Errc::broker);
    EXPECT_EQ(gateway.spooled(), 0u);
}

TEST(Spool, lets_no_message_pass_those_of_its_lane)
{
    Gateway gateway;
    gateway.brokers->away = true;
    ASSERT_TRUE(gateway.send("lane", "1").get());
    gateway.brokers->fail_after = 0; // the brokers answer again, but store nothing yet
    gateway.brokers->away = false;
    ASSERT_TRUE(gateway.send("lane", "2").get()->spooled);
    EXPECT_FALSE(gateway.send("lane", "3", false).get()) << "a system that does not opt in waits with its sender";
    gateway.brokers->fail_after = -1;
    ASSERT_TRUE(gateway.drained());
    EXPECT_EQ(gateway.topic.lanes()["lane"], (Values{"1", "2"}));
    EXPECT_TRUE(gateway.send("lane", "3", false).get());
    EXPECT_EQ(gateway.topic.lanes()["lane"], (Values{"1", "2", "3"}));
}

TEST(Spool, settles_what_is_in_flight_first)
{
    for (const bool stored : {true, false}) {
        Gateway gateway;
        gateway.brokers->holding = true;
        auto first = gateway.send("lane", "1");
        gateway.brokers->away = true;
        auto second = gateway.send("lane", "2");
        auto other = gateway.send("other", "x");
        EXPECT_TRUE(other.get()->spooled) << "another lane does not wait";
        EXPECT_EQ(second.wait_for(50ms), std::future_status::timeout) << "behind the one in flight";
        gateway.brokers->holding = false;
        gateway.brokers->release(stored);
        EXPECT_EQ(first.get()->spooled, !stored);
        EXPECT_TRUE(second.get()->spooled);
        gateway.brokers->away = false;
        ASSERT_TRUE(gateway.drained());
        EXPECT_EQ(gateway.topic.lanes()["lane"], (Values{"1", "2"}));
    }
}

TEST(Spool, waits_through_a_restart)
{
    Gateway gateway;
    gateway.brokers->away = true;
    for (const auto& value : numbers("a", 0, 50)) ASSERT_TRUE(gateway.send("lane", value).get());
    gateway.reopen(true);
    EXPECT_EQ(gateway.spooled(), 50u);
    for (const auto& value : numbers("a", 50, 10)) ASSERT_TRUE(gateway.send("lane", value).get());
    EXPECT_FALSE(gateway.send("lane", "other", false).get()) << "behind what waited before the restart";
    gateway.brokers->away = false;
    ASSERT_TRUE(gateway.drained());
    EXPECT_EQ(gateway.topic.values(), numbers("a", 0, 60));
    gateway.reopen();
    EXPECT_EQ(gateway.spooled(), 0u) << "what has gone does not come back";
}

TEST(Spool, loses_nothing_when_the_brokers_go_again_while_it_drains)
{
    for (int stored = 0; stored < 40; stored += 7) {
        Gateway gateway;
        gateway.brokers->away = true;
        for (int i = 0; i < 40; ++i) ASSERT_TRUE(gateway.send("lane" + std::to_string(i % 3), std::to_string(i)).get());
        gateway.brokers->fail_after = stored;
        gateway.brokers->away = false;
        ASSERT_TRUE(eventually([&] { return gateway.spooled() == 40u - static_cast<unsigned>(stored); }));
        gateway.reopen();
        ASSERT_TRUE(gateway.drained());
        const auto lanes = gateway.topic.lanes();
        for (int lane = 0; lane < 3; ++lane) {
            Values expected;
            for (int i = lane; i < 40; i += 3) expected.push_back(std::to_string(i));
            EXPECT_EQ(lanes.at("lane" + std::to_string(lane)), expected) << "after " << stored;
        }
    }
}

TEST(Spool, sends_a_record_on_only_when_those_before_it_in_its_lane_are_stored)
{
    for (const bool at_once : {true, false}) {
        Gateway gateway;
        gateway.brokers->away = true;
        for (const auto& value : numbers("a", 0, 3)) ASSERT_TRUE(gateway.send("a", value).get());
        ASSERT_TRUE(gateway.send("b", "b0").get());
        if (at_once) gateway.brokers->missed = "a0"; // the brokers are gone and back between two appends
        else gateway.brokers->holding = true;        // or a0 times out, and what was sent with it does not
        gateway.brokers->away = false;
        if (!at_once) {
            ASSERT_TRUE(eventually([&] { return gateway.brokers->in_flight() == 2; })) << "a0 and b0";
            gateway.brokers->release(false);
            gateway.brokers->holding = false;
            gateway.brokers->release(true);
        }
        ASSERT_TRUE(gateway.drained());
        EXPECT_EQ(gateway.topic.lanes()["a"], numbers("a", 0, 3));
        EXPECT_EQ(gateway.topic.lanes()["b"], Values{"b0"});
    }
}

TEST(Spool, keeps_what_was_in_flight_at_the_end)
{
    Gateway gateway;
    gateway.brokers->holding = true;
    auto first = gateway.send("lane", "1");
    auto other = gateway.send("lane", "x", false);
    gateway.log->close();
    EXPECT_TRUE(first.get()->spooled);
    EXPECT_FALSE(other.get());
    EXPECT_FALSE(gateway.send("lane", "2").get()) << "closed";
    gateway.reopen();
    ASSERT_TRUE(gateway.drained());
    EXPECT_EQ(gateway.topic.values(), Values{"1"});
}

TEST(Spool, pushes_back_past_its_limit)
{
    Gateway gateway(10'000);
    gateway.brokers->away = true;
    int taken = 0;
    for (int i = 0; i < 100; ++i) {
        const auto at = gateway.send("lane", std::to_string(i) + std::string(400, '.')).get();
        if (at) ++taken;
        else EXPECT_EQ(at.error().code, Errc::storage_full);
    }
    EXPECT_EQ(taken, 21);
    EXPECT_LE(gateway.log->spool()->bytes, 10'000u);
    gateway.brokers->away = false;
    ASSERT_TRUE(gateway.drained());
    EXPECT_EQ(gateway.topic.values().size(), 21u);
    gateway.brokers->away = true;
    EXPECT_TRUE(gateway.send("lane", "again").get());
}

TEST(Spool, refuses_what_no_broker_would_take)
{
    Gateway gateway;
    gateway.options.record_bytes_max = 1000;
    gateway.reopen(true);
    EXPECT_FALSE(gateway.send("lane", std::string(1000, 'x')).get());
    EXPECT_TRUE(gateway.send("lane", "short").get());
}

TEST(Spool, sets_a_record_aside_that_the_brokers_refuse_for_itself)
{
    Gateway gateway;
    gateway.brokers->away = true;
    for (const auto& value : numbers("", 0, 20)) ASSERT_TRUE(gateway.send("lane", value).get());
    gateway.brokers->refused = "7";
    gateway.brokers->away = false;
    ASSERT_TRUE(gateway.drained());
    auto expected = numbers("", 0, 20);
    expected.erase(expected.begin() + 7);
    EXPECT_EQ(gateway.topic.lanes()["lane"], expected);
    EXPECT_EQ(gateway.log->spool()->set_aside, 1u);
    gateway.reopen();
    EXPECT_EQ(gateway.log->spool()->set_aside, 1u) << "kept for an operator";
}

TEST(Spool, tells_the_truth_on_a_failing_disk)
{
    for (const auto trouble : {FaultyDisk::Trouble::no_space, FaultyDisk::Trouble::io_error})
        for (const long first : {0, 1, 2, 7}) {
            FaultyDisk disk;
            Gateway gateway;
            gateway.options.disk = disk.env();
            gateway.reopen(true);
            disk.fail(first, 3, trouble);
            std::set<std::string> acknowledged;
            for (int i = 0; i < 2000 && acknowledged.size() < 30; ++i) {
                const auto value = std::to_string(i);
                if (gateway.send("lane", value).get()) acknowledged.insert(value);
                else std::this_thread::sleep_for(10ms);
            }
            EXPECT_EQ(acknowledged.size(), 30u) << "it goes on by itself";
            gateway.reopen();
            ASSERT_TRUE(gateway.drained());
            const auto values = gateway.topic.values();
            const std::set<std::string> arrived(values.begin(), values.end());
            EXPECT_TRUE(std::ranges::includes(arrived, acknowledged)) << "first " << first;
            gateway.log.reset(); // before its disk
        }
}

/// Senders that wait for each answer, one to a lane, some opted in; brokers that come and go. Every positive answer arrives, in order.
TEST(Spool, keeps_every_lane_in_order_whatever_the_brokers_do)
{
    for (unsigned seed = 1; seed <= 4; ++seed) {
        std::mt19937 random(seed);
        Gateway gateway;
        std::map<std::string, Values> acknowledged;
        std::map<std::string, std::pair<std::string, std::future<Result<Position>>>> open;
        int next = 0;
        for (int step = 0; step < 600; ++step) {
            const auto dice = random() % 100;
            if (dice < 4) gateway.brokers->away = !gateway.brokers->away;
            else if (dice < 8) gateway.brokers->holding = !gateway.brokers->holding;
            else if (dice < 14) gateway.brokers->release(random() % 2 == 0);
            else if (dice < 15) gateway.brokers->holding = false, gateway.brokers->release(false), gateway.reopen(random() % 2 == 0);
            else if (dice < 20) std::this_thread::sleep_for(1ms);
            const auto lane = "lane" + std::to_string(random() % 6);
            if (const auto waiting = open.find(lane); waiting != open.end()) {
                if (waiting->second.second.wait_for(0s) != std::future_status::ready) continue;
                if (waiting->second.second.get()) acknowledged[lane].push_back(waiting->second.first);
                open.erase(waiting);
            }
            const auto value = std::to_string(next++);
            open[lane] = {value, gateway.send(lane, value, lane.back() < '4' || random() % 2 == 0)};
        }
        gateway.brokers->away = gateway.brokers->holding = false;
        gateway.brokers->release(true);
        for (auto& [lane, waiting] : open)
            if (waiting.second.get()) acknowledged[lane].push_back(waiting.first);
        ASSERT_TRUE(gateway.drained());
        const auto arrived = gateway.topic.lanes();
        for (const auto& [lane, values] : acknowledged) EXPECT_EQ(arrived.at(lane), values) << lane << " seed " << seed;
    }
}

} // namespace
} // namespace sluse
