// tests/journal/kafka_group_test.cpp — a group of real processes through stops, kills and rebalances, and a broker that goes away.
#include "tests/journal/kafka_broker.hpp"
#include "tests/journal/rig.hpp"

#include <cstdlib>
#include <map>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

namespace sluse {
namespace {

/// Not a test: what a member process runs, this same binary started again with its options in the environment.
TEST(KafkaMember, DISABLED_works)
{
    if (!std::getenv("SLUSE_TEST_BROKERS")) GTEST_SKIP();
    KafkaOptions options;
    options.brokers = std::getenv("SLUSE_TEST_BROKERS");
    options.topic_prefix = std::getenv("SLUSE_TEST_PREFIX");
    options.group = options.topic_prefix + "group";
    options.instance = std::getenv("SLUSE_TEST_INSTANCE");
    options.state_path = std::getenv("SLUSE_TEST_STATE");
    options.replication = 1;
    options.unit_records_max = 64;
    options.session_timeout_ms = 3000;
    auto log = open_kafka_log(options);
    ASSERT_TRUE(log) << log.error().where;
    ASSERT_TRUE((*log)->start(counting(), 1));
    char byte = 0;
    while (::read(0, &byte, 1) > 0) {} // until the test closes its end, or is gone
    (*log)->close();
}

class Member {
public:
    Member(const KafkaOptions& options, const std::string& instance, const std::string& state)
    {
        int ends[2] = {-1, -1};
        if (::pipe(ends) != 0) return;
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(ends[0], 0);
            ::close(ends[0]);
            ::close(ends[1]);
            ::setenv("SLUSE_TEST_BROKERS", options.brokers.c_str(), 1);
            ::setenv("SLUSE_TEST_PREFIX", options.topic_prefix.c_str(), 1);
            ::setenv("SLUSE_TEST_INSTANCE", instance.c_str(), 1);
            ::setenv("SLUSE_TEST_STATE", state.c_str(), 1);
            ::execl("/proc/self/exe", "journal_tests", "--gtest_also_run_disabled_tests", "--gtest_filter=KafkaMember.DISABLED_works",
                    "--gtest_brief=1", nullptr);
            ::_exit(127);
        }
        ::close(ends[0]);
        input_ = ends[1];
    }
    ~Member()
    {
        ::close(input_);
        for (int i = 0; i < 200 && pid_ > 0; ++i) {
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        if (pid_ > 0) kill_hard();
    }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    void signal(int number) const { ::kill(pid_, number); }
    void kill_hard()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

private:
    pid_t pid_{-1};
    int input_{-1};
};

void pass_time(int ms)
{
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

std::map<std::string, int> events_of(Log& log)
{
    std::map<std::string, int> values;
    for (std::uint32_t partition = 0; partition < 2; ++partition)
        for (const auto& record : everything(log, Topic::events, partition)) ++values[record.value];
    return values;
}

TEST(KafkaGroup, has_each_effect_once_through_a_stopped_a_killed_and_a_joining_process)
{
    const auto address = kafka_broker().start();
    if (address.empty()) GTEST_SKIP() << "no Java on this machine, so no Kafka broker";
    auto options = kafka_test_options(address);
    const TemporaryDirectory own, first_state, second_state;
    options.state_path = own.path();
    auto opened = open_kafka_log(options);
    ASSERT_TRUE(opened) << opened.error().where;
    auto& log = **opened;

    std::atomic<bool> over{false};
    std::atomic<int> appended{0};
    std::thread feed([&] {
        for (int i = 0; i < 6000 && !over; ++i) {
            log.append(static_cast<std::uint32_t>(i) % 2, "k" + std::to_string(i % 10), std::to_string(i), i + 1, [&](Result<Position> result) {
                if (result) ++appended;
            });
            pass_time(5);
        }
    });
    {
        Member first(options, "first", first_state.path());
        pass_time(3000);
        auto second = std::make_unique<Member>(options, "second", second_state.path()); // rebalance: one more process
        pass_time(4000);
        first.signal(SIGSTOP); // past its session: the second takes over
        pass_time(7000);
        first.signal(SIGCONT); // a zombie, in the midst of what it did
        pass_time(4000);
        second->kill_hard();
        pass_time(1000);
        second = std::make_unique<Member>(options, "second", second_state.path());
        pass_time(3000);
        over = true;
        feed.join();
        const auto count = static_cast<std::size_t>(appended);
        EXPECT_GT(count, 500u);
        EXPECT_TRUE(eventually([&] { return events_of(log).size() >= count; }, std::chrono::seconds(60))) << events_of(log).size() << " of " << count;
    }
    const auto count = appended.load();
    for (const auto& [value, times] : events_of(log)) EXPECT_EQ(times, 1) << value;
    ASSERT_TRUE(log.start(counting(), 1)); // takes over everything, from the changelog alone
    EXPECT_TRUE(eventually([&] { return total(log, "facts") == count; })) << total(log, "facts") << " of " << count;
    EXPECT_EQ(total(log, "raw"), count);
    EXPECT_EQ(static_cast<int>(events_of(log).size()), count);
}

TEST(KafkaLog, acknowledges_nothing_while_the_broker_is_away_and_goes_on_by_itself)
{
    const auto address = kafka_broker().start();
    if (address.empty()) GTEST_SKIP() << "no Java on this machine, so no Kafka broker";
    auto options = kafka_test_options(address);
    const TemporaryDirectory own;
    options.state_path = own.path();
    auto opened = open_kafka_log(options);
    ASSERT_TRUE(opened) << opened.error().where;
    auto& log = **opened;
    ASSERT_TRUE(log.start(counting(), 1));
    ASSERT_EQ(append_many(log, 0, 200), 200);
    std::set<std::string> acknowledged;
    for (int i = 0; i < 200; ++i) acknowledged.insert(std::to_string(i));

    kafka_broker().kill(); // in the midst of its work
    const auto began = std::chrono::steady_clock::now();
    for (int i = 200; i < 230; ++i) {
        const auto answer = append(log, static_cast<std::uint32_t>(i) % 2, "k" + std::to_string(i % 10), std::to_string(i));
        EXPECT_FALSE(answer);
        if (!answer) { EXPECT_EQ(answer.error().code, Errc::broker) << answer.error().where; }
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(40));
    EXPECT_NE(log.health(), "");

    ASSERT_EQ(kafka_broker().start(), address);
    int number = 1000;
    EXPECT_TRUE(eventually([&] {
        const auto value = std::to_string(number++);
        const auto good = append(log, 0, "k0", value).has_value();
        if (good) acknowledged.insert(value);
        return good && log.health().empty();
    }));
    std::map<std::string, int> stored;
    for (std::uint32_t partition = 0; partition < 2; ++partition)
        for (const auto& record : everything(log, Topic::raw, partition)) ++stored[record.value];
    for (const auto& value : acknowledged) EXPECT_EQ(stored.count(value), 1u) << "lost " << value;
    std::int64_t records = 0;
    for (const auto& [value, times] : stored) records += times;
    EXPECT_TRUE(eventually([&] { return total(log, "facts") == records; })) << total(log, "facts") << " of " << records << log.health();
    EXPECT_EQ(total(log, "raw"), records);
}

} // namespace
} // namespace sluse
