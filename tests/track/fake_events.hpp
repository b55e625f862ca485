// tests/track/fake_events.hpp — a log of indicator events in memory, filled by the test, and events made by a few words.
#pragma once

#include "gateway/indicators/packs.hpp"
#include "tests/silent_log.hpp"

#include <condition_variable>
#include <map>
#include <mutex>

namespace sluse {

/// Only the events topic of the contract; the rest answers as an empty log does.
class FakeEvents final : public SilentLog {
public:
    explicit FakeEvents(std::uint32_t partitions = 2) : events_(partitions) {}

    void add(const IndicatorEvent& event)
    {
        const std::lock_guard lock(mutex_);
        auto& partition = events_[std::hash<std::string>{}(event.person) % events_.size()];
        partition.push_back(to_cloud_event(event));
        filled_.notify_all();
    }
    std::vector<std::uint64_t> ends()
    {
        const std::lock_guard lock(mutex_);
        std::vector<std::uint64_t> out;
        for (const auto& p : events_) out.push_back(p.size());
        return out;
    }

    std::uint32_t partitions() const override { return static_cast<std::uint32_t>(events_.size()); }
    Result<std::vector<Record>> read(Topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max) override
    {
        const std::lock_guard lock(mutex_);
        std::vector<Record> out;
        std::size_t bytes = 0;
        for (auto i = from; i < events_[partition].size() && bytes < bytes_max; ++i) {
            out.push_back({partition, i, 0, {}, events_[partition][i]});
            bytes += events_[partition][i].size();
        }
        return out;
    }
    void wait(Topic, std::uint32_t partition, std::uint64_t from, Millis at_most) override
    {
        std::unique_lock lock(mutex_);
        filled_.wait_for(lock, std::chrono::milliseconds(std::min<Millis>(at_most, 2)), [&] { return events_[partition].size() > from; });
    }

private:
    std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<std::vector<std::string>> events_;
};

/// Makes events with the sequence counted per person.
class Teller {
public:
    IndicatorEvent say(const std::string& person, int sign, const Contribution& c, const std::string& indicator = "G1.1", Day received = day_of({2026, 4, 1}))
    {
        IndicatorEvent e;
        e.id = person + "-" + std::to_string(++sequence_[person]);
        e.indicator = indicator;
        e.version = "1";
        e.sign = sign;
        e.contribution = c;
        e.unit = "1";
        e.person = person;
        e.key_id = "k1";
        e.system = "EPJ";
        e.cause = e.id;
        e.sequence = sequence_[person];
        e.received_ms = Zone::copenhagen().to_instant(received, 12 * hour_ms).value();
        return e;
    }

private:
    std::map<std::string, std::uint64_t> sequence_;
};

inline Contribution counted(Date day, std::int64_t numerator, const std::string& region = "DK-82", const std::string& municipality = "0751", const std::string& unit = "U1")
{
    Contribution c;
    c.episode = "0000000000000000";
    c.counts_day = day_of(day);
    c.matures_day = c.counts_day + 31;
    c.numerator = numerator;
    c.denominator = 1;
    c.dims = {region, municipality, unit, "female", "65-69"};
    return c;
}

inline Contribution lasting(Date day, std::int64_t minutes, const std::string& region = "DK-82")
{
    auto c = counted(day, 1, region);
    c.matures_day = c.counts_day;
    c.value = minutes;
    c.has_value = true;
    return c;
}

inline std::shared_ptr<const Packs> shipped_packs()
{
    Issues issues;
    return Packs::load(std::filesystem::path(SLUSE_SOURCE_DIR) / "schemas", issues);
}

} // namespace sluse
