// gateway/serve/throughput.hpp — messages a second per system, from counters sampled once a second; the last minute is kept.
#pragma once

#include "gateway/serve/sources.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace sluse::serve {

/// Thread-safe. Bounded: a minute of samples for at most systems_max systems.
class Throughput {
public:
    static constexpr std::size_t seconds = 60, systems_max = 2000;

    struct Rate {
        double last_minute{};               ///< messages per second
        std::vector<std::uint32_t> history; ///< received in each of the last seconds, oldest first
    };

    /// Takes in one sample. `now` may jump: a gap over five seconds restarts the minute.
    void sample(Millis now, const std::vector<SystemCounts>& systems);
    Rate rate(const std::string& system) const;
    Rate total() const;

private:
    struct Track {
        std::uint64_t last{};
        std::deque<std::uint32_t> history;
        bool seen{};
    };
    static Rate rate_of(const Track& track);
    static void add(Track& track, std::uint64_t received, std::size_t elapsed);
    mutable std::mutex mutex_;
    std::map<std::string, Track> tracks_;
    Track total_;
    Millis last_{};
};

} // namespace sluse::serve
