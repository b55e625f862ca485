// tests/journal/log_contract_test.cpp — one suite for every log: what the stages may rely on, whichever log they run over.
#include "tests/journal/rig.hpp"

#include <set>
#include <stdexcept>

namespace sluse {
namespace {

class LogContract : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override
    {
        rig_ = GetParam() == std::string_view("kafka") ? make_kafka_rig() : make_embedded_rig();
        if (!rig_) GTEST_SKIP() << "no Java on this machine, so no Kafka broker";
    }
    std::unique_ptr<Log> open(std::size_t append_bytes_max = 64u << 20)
    {
        auto log = rig_->open(append_bytes_max);
        EXPECT_TRUE(log) << log.error().where;
        return log ? std::move(*log) : nullptr;
    }
    std::unique_ptr<Rig> rig_;
};

TEST_P(LogContract, reads_what_was_appended_in_order)
{
    const auto log = open();
    ASSERT_EQ(append_many(*log, 0, 500), 500);
    for (std::uint32_t partition = 0; partition < 2; ++partition) {
        const auto all = everything(*log, Topic::raw, partition);
        ASSERT_EQ(all.size(), 250u);
        for (std::size_t i = 0; i < all.size(); ++i) {
            EXPECT_EQ(all[i].value, std::to_string(2 * i + partition));
            EXPECT_EQ(all[i].timestamp, static_cast<Millis>(2 * i + partition + 1));
            EXPECT_EQ(all[i].key, "k" + std::to_string((2 * i + partition) % 10));
            EXPECT_GE(all[i].offset, i == 0 ? 0 : all[i - 1].offset + 1);
        }
    }
}

TEST_P(LogContract, answers_with_the_offset_at_which_the_record_is_read)
{
    const auto log = open();
    ASSERT_EQ(append_many(*log, 0, 20), 20);
    const auto position = append(*log, 1, "key", "here", 77);
    ASSERT_TRUE(position);
    const auto found = asked_until_answered([&] { return log->read(Topic::raw, 1, position->offset, 1); });
    ASSERT_TRUE(found && found->size() == 1);
    EXPECT_EQ(found->front().value, "here");
    const auto offset_at = [&](Millis when) { return *asked_until_answered([&] { return log->offset_at(1, when); }); };
    EXPECT_EQ(offset_at(50), position->offset);
    EXPECT_EQ(offset_at(0), log->stats().at(1).begin);
    EXPECT_EQ(offset_at(1000), position->offset + 1);
}

TEST_P(LogContract, refuses_a_partition_that_is_not)
{
    const auto log = open();
    EXPECT_FALSE(append(*log, 99, "k", "v"));
    EXPECT_FALSE(log->read(Topic::raw, 99, 0, 100));
}

TEST_P(LogContract, processes_each_record_once_and_mails_facts_between_partitions)
{
    const auto log = open();
    ASSERT_TRUE(log->start(counting(), 2));
    ASSERT_EQ(append_many(*log, 0, 1000), 1000);
    EXPECT_TRUE(eventually([&] { return total(*log, "facts") == 1000; })) << total(*log, "facts") << log->health();
    EXPECT_EQ(total(*log, "raw"), 1000);
    for (int key = 0; key < 10; ++key) {
        EXPECT_EQ(total(*log, "raw/k" + std::to_string(key)), 100);
        EXPECT_EQ(total(*log, "facts/k" + std::to_string(key)), 100);
    }
    EXPECT_EQ(total(*log, "temporary"), 0);
    std::multiset<std::string> events;
    for (std::uint32_t partition = 0; partition < 2; ++partition)
        for (const auto& record : everything(*log, Topic::events, partition)) events.insert(record.value);
    EXPECT_EQ(events.size(), 1000u);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(events.count(std::to_string(i)), 1u);
    EXPECT_EQ(log->health(), "");
}

TEST_P(LogContract, goes_on_where_it_stopped)
{
    for (int round = 0; round < 3; ++round) {
        const auto log = open();
        ASSERT_TRUE(log->start(counting(), 1));
        ASSERT_EQ(append_many(*log, round * 300, 300), 300);
        if (round == 1) {
            EXPECT_TRUE(eventually([&] { return total(*log, "raw") > 300; }));
        }
        log->close(); // in the midst of its work
    }
    const auto log = open();
    ASSERT_TRUE(log->start(counting(), 1));
    EXPECT_TRUE(eventually([&] { return total(*log, "facts") == 900; })) << total(*log, "facts");
    EXPECT_EQ(total(*log, "raw"), 900);
    std::size_t events = 0;
    for (std::uint32_t partition = 0; partition < 2; ++partition) events += everything(*log, Topic::events, partition).size();
    EXPECT_EQ(events, 900u);
}

/// Throws at every 50th record the first time it comes: the unit aborts and is done again.
class Stumbling final : public Processor {
public:
    explicit Stumbling(std::atomic<int>* forgotten) : inner_(forgotten) {}
    void process(Topic topic, const Record& record, Unit& unit) override
    {
        inner_.process(topic, record, unit);
        if (topic == Topic::raw && std::stoi(record.value) % 50 == 7 && stumbled_.insert(record.value).second) throw std::runtime_error("stumbled");
    }
    void flush(Unit& unit) override { inner_.flush(unit); }
    void forget(std::uint32_t partition) override { inner_.forget(partition); }

private:
    Counting inner_;
    std::set<std::string> stumbled_;
};

TEST_P(LogContract, leaves_nothing_of_an_aborted_unit)
{
    std::atomic<int> forgotten{0}; // before the log, whose last act is to forget
    const auto log = open();
    ASSERT_EQ(append_many(*log, 0, 200), 200);
    ASSERT_TRUE(log->start([&] { return std::make_unique<Stumbling>(&forgotten); }, 1));
    EXPECT_TRUE(eventually([&] { return total(*log, "facts") == 200; })) << total(*log, "facts") << log->health();
    EXPECT_EQ(total(*log, "raw"), 200);
    EXPECT_GE(forgotten, 2);
    std::size_t events = 0;
    for (std::uint32_t partition = 0; partition < 2; ++partition) events += everything(*log, Topic::events, partition).size();
    EXPECT_EQ(events, 200u);
    EXPECT_TRUE(eventually([&] { return log->health().empty(); })) << log->health();
}

TEST_P(LogContract, executes_between_batches_as_one_unit)
{
    const auto log = open();
    ASSERT_TRUE(log->start(counting(), 1));
    ASSERT_EQ(append_many(*log, 0, 100), 100);
    ASSERT_TRUE(eventually([&] { return log->execute(1, [](Unit&, Processor&) {}).has_value(); }));
    const auto done = log->execute(1, [](Unit& unit, Processor&) {
        unit.put("set/a", "1");
        unit.put("set/b", "2");
        unit.erase("set/a");
        unit.send(Topic::quarantine, 0, "q", "parked");
    });
    ASSERT_TRUE(done) << done.error().where;
    EXPECT_EQ(committed_number(*log, 1, "set/b"), 2);
    EXPECT_EQ(committed_number(*log, 1, "set/a"), 0);
    EXPECT_EQ(everything(*log, Topic::quarantine, 0).size(), 1u);
    EXPECT_TRUE(eventually([&] { return total(*log, "raw") == 100; })) << total(*log, "raw");
    EXPECT_FALSE(log->execute(1, [](Unit& unit, Processor&) { unit.send(Topic::raw, 0, "k", "not a unit's to make"); }));
    EXPECT_TRUE(eventually([&] { return log->execute(1, [](Unit&, Processor&) {}).has_value(); }));
}

TEST_P(LogContract, trims_only_what_is_committed)
{
    const auto log = open();
    ASSERT_EQ(append_many(*log, 0, 40), 40);
    PartitionStats before;
    ASSERT_TRUE(eventually([&] { return (before = log->stats().at(0)).end == 20; })); // a busy broker is counted later
    ASSERT_TRUE(log->trim(0, before.end));
    EXPECT_EQ(log->stats().at(0).begin, before.begin);
    ASSERT_TRUE(log->start(counting(), 1));
    ASSERT_TRUE(eventually([&] { return log->stats().at(0).committed == before.end; }));
    const auto kept = everything(*log, Topic::raw, 0).at(15).offset;
    ASSERT_TRUE(log->trim(0, kept));
    EXPECT_TRUE(eventually([&] { return log->stats().at(0).begin == kept; })) << log->stats().at(0).begin;
    ASSERT_TRUE(eventually([&] { return everything(*log, Topic::raw, 0).size() == 5; }));
    EXPECT_EQ(everything(*log, Topic::raw, 0).front().value, "30");
    EXPECT_EQ(everything(*log, Topic::raw, 1).size(), 20u);
}

TEST_P(LogContract, keeps_counting_offsets_after_all_was_trimmed_and_it_reopened)
{
    std::uint64_t end = 0;
    {
        const auto log = open();
        ASSERT_EQ(append_many(*log, 0, 20), 20);
        ASSERT_TRUE(log->start(counting(), 1));
        ASSERT_TRUE(eventually([&] { return (end = log->stats().at(0).end) == 10; })); // a busy broker is counted later
        ASSERT_TRUE(eventually([&] { return log->stats().at(0).committed == end; }));
        ASSERT_TRUE(log->trim(0, end));
    }
    const auto log = open();
    const auto position = append(*log, 0, "k", "next");
    ASSERT_TRUE(position);
    EXPECT_EQ(position->offset, end);
}

TEST_P(LogContract, pushes_back_when_too_much_is_in_flight)
{
    const auto log = open(100'000);
    std::atomic<int> good{0}, full{0}, other{0};
    const std::string value(10'000, 'x');
    for (int i = 0; i < 2000; ++i)
        log->append(0, "k", value, 1, [&](Result<Position> result) {
            if (result) ++good;
            else if (result.error().code == Errc::storage_full) ++full;
            else ++other;
        });
    EXPECT_TRUE(eventually([&] { return good + full + other == 2000; }));
    EXPECT_GT(good, 0);
    EXPECT_GT(full, 0);
    EXPECT_EQ(other, 0);
    EXPECT_EQ(everything(*log, Topic::raw, 0).size(), static_cast<std::size_t>(good));
}

TEST_P(LogContract, waits_until_something_is_there_or_the_time_is_up)
{
    const auto log = open();
    const auto start = std::chrono::steady_clock::now();
    log->wait(Topic::raw, 0, 0, 50);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(45));
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        EXPECT_TRUE(append(*log, 0, "k", "v"));
    });
    log->wait(Topic::raw, 0, 0, 60'000);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
    EXPECT_EQ(log->read(Topic::raw, 0, 0, 100)->size(), 1u);
    later.join();
}

TEST_P(LogContract, closes_twice_and_then_refuses)
{
    const auto log = open();
    ASSERT_TRUE(log->start(counting(), 1));
    ASSERT_EQ(append_many(*log, 0, 10), 10);
    log->close();
    log->close();
    const auto late = append(*log, 0, "k", "v");
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::closed);
    EXPECT_FALSE(log->execute(0, [](Unit&, Processor&) {}));
}

INSTANTIATE_TEST_SUITE_P(Embedded, LogContract, testing::Values("embedded"), [](const auto& info) { return info.param; });
INSTANTIATE_TEST_SUITE_P(Kafka, LogContract, testing::Values("kafka"), [](const auto& info) { return info.param; });

} // namespace
} // namespace sluse
