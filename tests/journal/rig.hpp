// tests/journal/rig.hpp — what the contract's tests need: a log of either kind to open again and again, a counting processor, waits.
#pragma once

#include "gateway/journal/log.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sluse {

/// One log's data, opened as often as a test likes. `partitions` is 2 everywhere.
class Rig {
public:
    virtual ~Rig() = default;
    virtual Result<std::unique_ptr<Log>> open(std::size_t append_bytes_max = 64u << 20) = 0;
};
/// Empty when this machine cannot run it (Kafka without Java); the reason is printed.
std::unique_ptr<Rig> make_embedded_rig();
std::unique_ptr<Rig> make_kafka_rig();

template <class Condition> bool eventually(Condition condition, std::chrono::milliseconds at_most = std::chrono::seconds(60))
{
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

/// Appends one record and waits for its answer.
inline Result<Position> append(Log& log, std::uint32_t partition, const std::string& key, const std::string& value, Millis at = 1)
{
    auto answer = std::make_shared<std::promise<Result<Position>>>();
    auto position = answer->get_future();
    log.append(partition, key, value, at, [answer](Result<Position> result) { answer->set_value(std::move(result)); });
    return position.get();
}

/// Appends `count` records at once over the two partitions (value: their number) and waits for all answers; returns how many were positive.
inline int append_many(Log& log, int from, int count)
{
    auto good = std::make_shared<std::atomic<int>>(0), answered = std::make_shared<std::atomic<int>>(0);
    for (int i = from; i < from + count; ++i)
        log.append(static_cast<std::uint32_t>(i) % 2, "k" + std::to_string(i % 10), std::to_string(i), i + 1, [=](Result<Position> result) {
            if (result) ++*good;
            ++*answered;
        });
    EXPECT_TRUE(eventually([&] { return *answered == count; }));
    return *good;
}

inline std::int64_t number(State& state, std::string_view key)
{
    const auto value = state.get(key);
    return value ? std::stoll(*value) : 0;
}

inline std::int64_t committed_number(Log& log, std::uint32_t partition, std::string_view key)
{
    std::int64_t found = 0;
    log.inspect(partition, [&](State& state) { found = number(state, key); });
    return found;
}

/// Counts every record in the state: "raw" and "facts" by partition, "raw/KEY" by key through a scan. A raw record mails its value to the other partition; mail becomes
/// an event. Counts kept in memory between units show whether forget() is called when it must be.
class Counting final : public Processor {
public:
    explicit Counting(std::atomic<int>* forgotten = nullptr) : forgotten_(forgotten) {}
    void process(Topic topic, const Record& record, Unit& unit) override
    {
        auto& cached = cache_[unit.partition() % 2][topic == Topic::raw ? 0 : 1];
        const std::string name = topic == Topic::raw ? "raw" : "facts";
        if (cached < 0) cached = number(unit, name);
        ++cached;
        const auto own = name + '/' + record.key;
        std::int64_t before = 0;
        unit.scan(own, [&](std::string_view key, std::string_view value) {
            if (key == own) before = std::stoll(std::string(value));
            return true;
        });
        unit.put(own, std::to_string(before + 1));
        if (topic == Topic::raw) unit.send(Topic::facts, unit.partition() + 1, record.key, record.value);
        else unit.send(Topic::events, 0, record.key, record.value);
        unit.put("temporary", "x");
        unit.erase("temporary");
    }
    void flush(Unit& unit) override
    {
        auto& mine = cache_[unit.partition() % 2];
        if (mine[0] >= 0) unit.put("raw", std::to_string(mine[0]));
        if (mine[1] >= 0) unit.put("facts", std::to_string(mine[1]));
    }
    void forget(std::uint32_t partition) override
    {
        cache_[partition % 2][0] = cache_[partition % 2][1] = -1;
        if (forgotten_) ++*forgotten_;
    }

private:
    std::int64_t cache_[2][2] = {{-1, -1}, {-1, -1}};
    std::atomic<int>* forgotten_;
};

inline std::function<std::unique_ptr<Processor>()> counting(std::atomic<int>* forgotten = nullptr)
{
    return [forgotten] { return std::make_unique<Counting>(forgotten); };
}

/// Sum over both partitions of a committed number.
inline std::int64_t total(Log& log, std::string_view key)
{
    return committed_number(log, 0, key) + committed_number(log, 1, key);
}

/// Asks until there is an answer: a broker on a busy machine may not have one in time.
template <class Question> auto asked_until_answered(Question question)
{
    auto answer = question();
    EXPECT_TRUE(eventually([&] { return answer.has_value() || (answer = question()).has_value(); })) << answer.error().where;
    return answer;
}

/// All records of a topic in a partition, in order.
inline std::vector<Record> everything(Log& log, Topic topic, std::uint32_t partition)
{
    std::vector<Record> all;
    for (std::uint64_t from = 0;;) {
        auto some = asked_until_answered([&] { return log.read(topic, partition, from, 64 * 1024); });
        if (!some || some->empty()) return all;
        from = some->back().offset + 1;
        for (auto& record : *some) all.push_back(std::move(record));
    }
}

} // namespace sluse
