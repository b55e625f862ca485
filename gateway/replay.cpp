// gateway/replay.cpp — copies raw records, a bounded number under way.
#include "gateway/replay.hpp"

#include "gateway/journal/each_raw.hpp"
#include "gateway/model/envelope.hpp"
#include "gateway/process/refusals.hpp"
#include "gateway/process/rules.hpp"

#include <condition_variable>
#include <mutex>

namespace sluse {
namespace {

constexpr std::size_t under_way_max = 16u << 20; ///< well below what a log takes at once

/// Appends, and remembers the first that failed.
class Appender {
public:
    explicit Appender(Log& log) : log_(log) {}
    ~Appender() { wait_below(1); }

    void append(const Record& record)
    {
        const auto bytes = record.key.size() + record.value.size();
        wait_below(under_way_max);
        {
            const std::lock_guard lock(mutex_);
            under_way_ += bytes;
        }
        log_.append(record.partition, record.key, record.value, record.timestamp, [this, bytes](const Result<Position>& done) {
            const std::lock_guard lock(mutex_);
            under_way_ -= bytes;
            if (!done && !fault_) fault_ = done.error();
            changed_.notify_all();
        });
    }
    Result<void> finish()
    {
        wait_below(1);
        const std::lock_guard lock(mutex_);
        if (fault_) return *fault_;
        return {};
    }

private:
    void wait_below(std::size_t bytes)
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return under_way_ < bytes; });
    }

    Log& log_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t under_way_{}; ///< bytes
    std::optional<Fault> fault_;
};

/// Whether the filter takes a record; counts it either way.
bool takes(const ReplayFilter& filter, const Record& record, Replayed& counts)
{
    if (record.key == activation_key) return filter.same_rules;
    auto envelope = decode_envelope(record.value);
    const bool refused = record.key == refusal_key;
    if (envelope && refused) {
        auto refusal = decode_refusal(envelope->bytes);
        if (!refusal) return ++counts.damaged, false;
        *envelope = std::move(refusal->envelope);
    }
    if (!envelope) return ++counts.damaged, false;
    const bool wanted = envelope->received_ms >= filter.from && envelope->received_ms < filter.until;
    if (!refused && record.key.starts_with("sluse.")) return wanted; // what the gateway tells itself has no system
    const bool taken = wanted && (filter.system.empty() || envelope->system == filter.system) && envelope->type.starts_with(filter.type);
    ++(!taken ? counts.left_out : refused ? counts.refusals : counts.messages);
    return taken;
}

} // namespace

Result<Replayed> replay(Log& from, Log& to, const ReplayFilter& filter)
{
    Replayed counts;
    Appender appender(to);
    for (const auto& part : from.stats()) counts.cut += part.begin;
    const auto read = each_raw(
        from, [&](const Record& record) { if (takes(filter, record, counts)) appender.append(record); },
        [&](std::uint32_t, std::uint64_t first, std::uint64_t last) { counts.damaged += last - first; });
    if (!read) return read.error();
    if (const auto done = appender.finish(); !done) return done.error();
    return counts;
}

} // namespace sluse
