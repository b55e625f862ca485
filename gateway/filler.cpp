// gateway/filler.cpp — one thread a worker while there is something to fill; each unit of it runs in the worker that owns the partition.
#include "gateway/filler.hpp"

#include "gateway/process/back_fill.hpp"

#include <atomic>
#include <vector>

namespace sluse {
namespace {

constexpr Millis look_ms = 200;

} // namespace

Filler::Filler(Log& log, unsigned workers, std::shared_ptr<const Rules> shown, std::function<std::shared_ptr<const Rules>()> wanted, std::function<void(const Rules&)> show)
    : log_(log), workers_(workers), shown_(std::move(shown)), wanted_(std::move(wanted)), show_(std::move(show)), thread_([this] { run(); })
{
}

Filler::~Filler()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

bool Filler::stopping_within(Millis time)
{
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, std::chrono::milliseconds(time), [this] { return stopping_; });
}

void Filler::run()
{
    std::string whole; // hash of the rules that every partition has filled
    while (!stopping_within(look_ms)) {
        const auto wanted = wanted_();
        if (wanted->hash == whole) continue;
        if (!fill(*wanted, false)) continue;
        if (wanted->hash != shown_->hash) show_(*(shown_ = wanted));
        if (fill(*wanted, true)) whole = wanted->hash;
    }
}

/// One walk over the partitions, as many at once as there are workers. True when all of those here have come so far.
bool Filler::fill(const Rules& wanted, bool shown)
{
    std::atomic<bool> all{true};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < workers_; ++t)
        threads.emplace_back([&, t] {
            for (auto p = t; p < log_.partitions(); p += workers_)
                if (!fill_partition(p, wanted, shown)) all = false;
        });
    for (auto& thread : threads) thread.join();
    return all;
}

bool Filler::fill_partition(std::uint32_t partition, const Rules& wanted, bool shown)
{
    bool here = false, active = false;
    auto at = Filling::done;
    const auto look = [&] {
        log_.inspect(partition, [&](State& state) {
            here = true;
            active = active_rules(state) == wanted.hash;
            at = filling_of(state);
        });
    };
    for (look(); here && active && at != Filling::done && (at != Filling::filled || shown); look()) {
        if (stopping_within(0)) return false;
        const auto done = log_.execute(partition, [&](Unit& unit, Processor& processor) { fill_some(unit, processor, shown); });
        if (!done) return false; // tried again at the next look
    }
    return !here || active; // a partition that is somebody else's is theirs to fill
}

} // namespace sluse
