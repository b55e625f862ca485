// gateway/intake/tallies.cpp — see the header.
#include "gateway/intake/tallies.hpp"

#include <algorithm>

namespace sluse {
namespace {

/// Takes one from a bucket that fills by one each `step_us` and holds `burst_us`' worth (GCRA); how long it is overdrawn.
std::int64_t overdrawn_us(std::atomic<std::int64_t>& free_at_us, std::int64_t now_us, std::int64_t step_us, std::int64_t burst_us)
{
    auto seen = free_at_us.load(std::memory_order_relaxed);
    std::int64_t next{};
    do next = std::max(seen, now_us - burst_us) + step_us;
    while (!free_at_us.compare_exchange_weak(seen, next, std::memory_order_relaxed));
    return std::max<std::int64_t>(0, next - now_us);
}

} // namespace

Millis Tally::ahead_of(double messages_per_second_max, Millis now)
{
    if (messages_per_second_max <= 0) return 0;
    const auto step_us = static_cast<std::int64_t>(1e6 / messages_per_second_max);
    constexpr std::int64_t burst_us = 1'000'000;
    return overdrawn_us(free_at_us, now * 1000, step_us, burst_us) / 1000;
}

bool Tally::may_keep(unsigned kept_per_minute_max, Millis now)
{
    constexpr std::int64_t minute_us = 60'000'000;
    const auto step_us = minute_us / std::max(1u, kept_per_minute_max);
    if (keep_at_us.load(std::memory_order_relaxed) + step_us > now * 1000) {
        not_kept.add();
        return false;
    }
    overdrawn_us(keep_at_us, now * 1000, step_us, minute_us);
    return true;
}

std::unique_ptr<Tally> Tallies::make(const std::string& system)
{
    const auto refused = [&](std::string_view reason) -> Counter& {
        return metrics_.counter("sluse_messages_refused_total", "Messages answered negatively, by reason.", {{"system", system}, {"reason", reason}});
    };
    return std::unique_ptr<Tally>(new Tally{
        metrics_.counter("sluse_messages_received_total", "Whole messages received; acknowledged plus refused once answered.", {{"system", system}}),
        metrics_.counter("sluse_message_bytes_total", "Bytes of whole messages received.", {{"system", system}}),
        metrics_.counter("sluse_messages_acknowledged_total", "Messages durable and answered positively.", {{"system", system}}),
        refused("content"), refused("refused"), refused("store"),
        metrics_.counter("sluse_control_ids_reused_total", "Control ids used again with other bytes and refused for it.", {{"system", system}}),
        metrics_.counter("sluse_refused_not_kept_total", "Refused messages that were only counted: the system has too many.", {{"system", system}}),
        metrics_.gauge("sluse_feed_last_message_timestamp_seconds", "When the system's last message came.", {{"system", system}})});
}

Tallies::Place Tallies::of(const std::string& system)
{
    const std::lock_guard lock(mutex_);
    const bool own = tallies_.size() < systems_max_ || tallies_.contains(system);
    const auto& name = own ? system : "other";
    auto& slot = tallies_[name];
    if (!slot) slot = make(name);
    return {*slot, own};
}

} // namespace sluse
