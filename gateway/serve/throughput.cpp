// gateway/serve/throughput.cpp — differences of counters, second by second.
#include "gateway/serve/throughput.hpp"

#include <algorithm>
#include <numeric>

namespace sluse::serve {

void Throughput::add(Track& track, std::uint64_t received, std::size_t elapsed)
{
    const auto grown = received >= track.last ? received - track.last : 0; // a restarted counter is no negative rate
    if (track.seen) {
        const auto share = static_cast<std::uint32_t>(grown / elapsed);
        for (std::size_t i = 1; i < elapsed; ++i) track.history.push_back(share);
        track.history.push_back(static_cast<std::uint32_t>(grown - share * (elapsed - 1)));
    }
    while (track.history.size() > seconds) track.history.pop_front();
    track.last = received;
    track.seen = true;
}

void Throughput::sample(Millis now, const std::vector<SystemCounts>& systems)
{
    const std::lock_guard lock(mutex_);
    const auto gap = last_ == 0 ? 1 : (now - last_ + 500) / 1000;
    if (gap < 0 || gap > 5) {
        for (auto& [name, track] : tracks_) track = {};
        total_ = {};
    }
    const auto elapsed = static_cast<std::size_t>(std::clamp<Millis>(gap, 1, 5));
    last_ = now;
    std::uint64_t sum = 0;
    for (const auto& system : systems) {
        sum += system.received;
        auto found = tracks_.find(system.name);
        if (found == tracks_.end() && tracks_.size() >= systems_max) continue;
        if (found == tracks_.end()) {
            found = tracks_.emplace(system.name, Track{}).first;
            // A system first heard of while we watch started from zero; at our own start the past is not this second's.
            if (total_.seen) found->second.seen = true;
        }
        add(found->second, system.received, elapsed);
    }
    add(total_, sum, elapsed);
}

Throughput::Rate Throughput::rate_of(const Track& track)
{
    Rate rate;
    rate.history.assign(track.history.begin(), track.history.end());
    const auto sum = std::accumulate(track.history.begin(), track.history.end(), std::uint64_t{0});
    if (!track.history.empty()) rate.last_minute = static_cast<double>(sum) / static_cast<double>(track.history.size());
    return rate;
}

Throughput::Rate Throughput::rate(const std::string& system) const
{
    const std::lock_guard lock(mutex_);
    const auto found = tracks_.find(system);
    return found == tracks_.end() ? Rate{} : rate_of(found->second);
}

Throughput::Rate Throughput::total() const
{
    const std::lock_guard lock(mutex_);
    return rate_of(total_);
}

} // namespace sluse::serve
