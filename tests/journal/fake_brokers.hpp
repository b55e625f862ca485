// tests/journal/fake_brokers.hpp — brokers that go away, hold their answers and refuse single records when a test says so.
#pragma once

#include "tests/silent_log.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>

namespace sluse {

/// What the brokers have; outlives the logs over it, as a cluster outlives the gateway.
struct FakeTopic {
    std::mutex mutex;
    std::vector<Record> records;
    std::vector<std::string> values()
    {
        const std::lock_guard lock(mutex);
        std::vector<std::string> all;
        for (const auto& record : records) all.push_back(record.value);
        return all;
    }
    /// A lane's values as its duplicate check leaves them: each once, in the order of their first arrival.
    std::map<std::string, std::vector<std::string>> lanes()
    {
        const std::lock_guard lock(mutex);
        std::map<std::string, std::vector<std::string>> lanes;
        std::set<std::string> seen;
        for (const auto& record : records)
            if (seen.insert(record.value).second) lanes[record.key].push_back(record.value);
        return lanes;
    }
};

/// The producing side of a Kafka log. Away: appends fault at once, as after ALL_BROKERS_DOWN. Holding: they stay in flight.
class FakeBrokers final : public SilentLog {
public:
    explicit FakeBrokers(FakeTopic& topic) : topic_(topic) {}
    ~FakeBrokers() override { close(); }

    std::atomic<bool> away{}, holding{};
    std::atomic<int> fail_after{-1}; ///< appends until the rest fail; -1: never
    std::string refused;             ///< the record with this value is refused for itself
    std::string missed;              ///< the brokers are gone just when the record with this value comes for the first time

    /// Settles what is in flight, in order: stored or not.
    void release(bool stored)
    {
        std::vector<std::pair<Record, Appended>> held;
        {
            const std::lock_guard lock(mutex_);
            held.swap(held_);
        }
        for (auto& [record, done] : held) stored ? store(std::move(record), done) : done(Fault{Errc::broker, "kafka: not stored: timed out"});
    }
    std::size_t in_flight()
    {
        const std::lock_guard lock(mutex_);
        return held_.size();
    }

    std::uint32_t partitions() const override { return 2; }
    void append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done) override
    {
        if (away) return done(Fault{Errc::broker, "kafka: away"});
        if (!refused.empty() && value == refused) return done(Fault{Errc::refused, "kafka: too large"});
        if (!missed.empty() && value == missed) {
            missed.clear();
            return done(Fault{Errc::broker, "kafka: not stored: timed out"});
        }
        if (fail_after == 0) return done(Fault{Errc::broker, "kafka: not stored"});
        if (fail_after > 0) --fail_after;
        Record record{partition, 0, timestamp, std::move(key), std::move(value)};
        {
            const std::lock_guard lock(mutex_);
            if (closed_) return done(Fault{Errc::closed, "journal: closed"});
            if (holding) return static_cast<void>(held_.emplace_back(std::move(record), std::move(done)));
        }
        store(std::move(record), done);
    }
    bool takes_appends() override { return !away; }
    std::string health() override { return away ? "kafka: away" : ""; }
    void close() override
    {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        release(false);
    }

private:
    void store(Record record, const Appended& done)
    {
        Position at{record.partition, 0};
        {
            const std::lock_guard lock(topic_.mutex);
            at.offset = record.offset = topic_.records.size();
            topic_.records.push_back(std::move(record));
        }
        done(at);
    }
    FakeTopic& topic_;
    std::mutex mutex_;
    std::vector<std::pair<Record, Appended>> held_;
    bool closed_{};
};

} // namespace sluse
