// tests/journal/waiting_log_test.cpp — brokers that are away at the start: what is answered meanwhile, and what follows when they come.
#include "tests/journal/fake_brokers.hpp"
#include "tests/journal/rig.hpp"
#include "tests/temporary.hpp"

namespace sluse {
namespace {

using namespace std::chrono_literals;

/// A cluster that does not answer before a test says so.
struct Cluster {
    FakeTopic topic;
    std::atomic<bool> up{};
    std::atomic<int> tries{};
    std::optional<Fault> wrong; ///< what it answers when it is up, instead of a log
    OpenLog open()
    {
        return [this]() -> Result<std::unique_ptr<Log>> {
            ++tries;
            if (!up) return Fault{Errc::broker, "kafka: cannot list topics: no answer"};
            if (wrong) return *wrong;
            return std::unique_ptr<Log>(std::make_unique<FakeBrokers>(topic));
        };
    }
};

TEST(WaitingLog, is_the_log_itself_when_that_opens_at_once)
{
    Cluster cluster;
    cluster.up = true;
    const auto log = open_log_or_wait(cluster.open(), 2, 10'000);
    ASSERT_TRUE(log) << log.error().where;
    EXPECT_NE(dynamic_cast<FakeBrokers*>(log->get()), nullptr);
    EXPECT_EQ(cluster.tries, 1);
}

TEST(WaitingLog, says_at_once_what_no_later_try_mends)
{
    Cluster cluster;
    cluster.up = true;
    cluster.wrong = Fault{Errc::bad_config, "keys.secret_file: another secret"};
    const auto log = open_log_or_wait(cluster.open(), 2, 10'000);
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, Errc::bad_config);
}

TEST(WaitingLog, answers_that_the_brokers_are_away_and_stops_while_it_waits)
{
    Cluster cluster;
    auto log = open_log_or_wait(cluster.open(), 3, 50);
    ASSERT_TRUE(log) << log.error().where;
    auto& waiting = **log;
    EXPECT_EQ(waiting.partitions(), 3u);
    EXPECT_EQ(waiting.stats().size(), 3u);
    EXPECT_FALSE(waiting.stats().front().assigned);
    EXPECT_FALSE(waiting.stats().front().current);
    EXPECT_FALSE(waiting.takes_appends());
    EXPECT_NE(waiting.health().find("cannot list topics"), std::string::npos);
    std::optional<Fault> fault;
    waiting.append(0, "key", "value", 1, [&](const Result<Position>& at) { fault = at.error(); });
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->code, Errc::broker);
    EXPECT_EQ(waiting.read(Topic::raw, 0, 0, 1).error().code, Errc::broker);
    EXPECT_EQ(waiting.offset_at(0, 1).error().code, Errc::broker);
    EXPECT_EQ(waiting.trim(0, 1).error().code, Errc::broker);
    EXPECT_EQ(waiting.execute(0, [](Unit&, Processor&) {}).error().code, Errc::broker);
    waiting.inspect(0, [](State&) { FAIL() << "there is no state to look at"; });
    EXPECT_TRUE(waiting.start([] { return std::unique_ptr<Processor>(); }, 1));
    waiting.wait(Topic::events, 0, 0, 20);
    waiting.close();
}

TEST(WaitingLog, lets_the_preparation_go_first_and_then_what_waited_in_the_spool)
{
    Cluster cluster;
    const TemporaryDirectory directory;
    SpoolOptions options;
    options.path = directory.path();
    auto waiting = open_log_or_wait(cluster.open(), 2, 50);
    ASSERT_TRUE(waiting) << waiting.error().where;
    auto opened = open_spooling_log(std::move(*waiting), options);
    ASSERT_TRUE(opened) << opened.error().where;
    auto& log = **opened;
    log.on_open([&] { log.append(1, "rules", "activate", 1, [](const Result<Position>& at) { EXPECT_TRUE(at); }); });
    for (int i = 0; i < 20; ++i) {
        std::promise<Result<Position>> answer;
        log.append_message(0, "lane", "m" + std::to_string(i), 1000 + i, true, [&](Result<Position> at) { answer.set_value(std::move(at)); });
        const auto at = answer.get_future().get();
        ASSERT_TRUE(at);
        EXPECT_TRUE(at->spooled);
    }
    std::vector<std::string> seen;
    ASSERT_TRUE(log.look_into_spool(1005, 1008, [&](const Record& record) { return seen.push_back(record.value), true; }));
    EXPECT_EQ(seen, (std::vector<std::string>{"m5", "m6", "m7"}));
    cluster.up = true;
    ASSERT_TRUE(eventually([&] { return log.spool()->records == 0; }, 20s));
    const auto arrived = cluster.topic.values();
    ASSERT_EQ(arrived.size(), 21u);
    EXPECT_EQ(arrived.front(), "activate");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(arrived[static_cast<std::size_t>(i) + 1], "m" + std::to_string(i));
    EXPECT_TRUE(log.health().empty());
}

TEST(WaitingLog, does_not_take_a_log_with_another_number_of_partitions)
{
    Cluster cluster;
    auto log = open_log_or_wait(cluster.open(), 8, 50);
    ASSERT_TRUE(log) << log.error().where;
    cluster.up = true; // with 2
    EXPECT_TRUE(eventually([&] { return (*log)->health().find("have 2 partitions") != std::string::npos; }, 20s)) << (*log)->health();
    EXPECT_FALSE((*log)->takes_appends());
}

} // namespace
} // namespace sluse
