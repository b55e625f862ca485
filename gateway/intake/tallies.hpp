// gateway/intake/tallies.hpp — what is counted about each system on the way in, and what its rates allow.
#pragma once

#include "gateway/base/metrics.hpp"
#include "gateway/base/time.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace sluse {

/// One system's counters, resolved once, and the buckets of its rates (GCRA: when each allows the next one, µs). Thread-safe.
struct Tally {
    Counter &received, &bytes, &acknowledged, &content, &refused, &store, &reused, &not_kept;
    Gauge& last;
    std::atomic<std::int64_t> free_at_us{0}, keep_at_us{0};

    /// Takes one message from a rate of which a second's worth may come at once; how long the system is ahead of it. 0 for no rate.
    Millis ahead_of(double messages_per_second_max, Millis now);
    /// Takes one refused message from a minute's worth; false, and counted, when there is none left. Not overdrawn by asking: what is not
    /// kept does not push the next one out.
    bool may_keep(unsigned kept_per_minute_max, Millis now);
};

/// A tally for each system's name. The names come from the senders, so past `systems_max` the rest share one, "other". Thread-safe.
class Tallies {
public:
    Tallies(Metrics& metrics, std::size_t systems_max) : metrics_(metrics), systems_max_(systems_max) {}

    /// `own` is false for one that shares: then the name is not worth remembering.
    struct Place {
        Tally& tally;
        bool own{};
    };
    Place of(const std::string& system);

private:
    std::unique_ptr<Tally> make(const std::string& system);

    Metrics& metrics_;
    std::size_t systems_max_;
    std::mutex mutex_;
    std::unordered_map<std::string, std::unique_ptr<Tally>> tallies_;
};

} // namespace sluse
