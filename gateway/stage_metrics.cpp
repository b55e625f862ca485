// gateway/stage_metrics.cpp — samples the stages for Prometheus.
#include "gateway/stage_metrics.hpp"

#include "gateway/base/allocator.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/journal/store_figures.hpp"
#include "gateway/process/counters.hpp"
#include "gateway/process/delivery.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <unistd.h>

namespace sluse {
namespace {

constexpr auto sample_every = std::chrono::seconds(5);

double resident_bytes()
{
    long pages = 0, resident = 0;
    if (auto* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
        std::fclose(file);
    }
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// A counter that is kept elsewhere.
void raise(Counter& counter, std::uint64_t value)
{
    if (const auto known = counter.value(); value > known) counter.add(value - known);
}

/// Returns the memory that it accounts for.
double sample_store(Metrics& m, const std::string& name, const StoreFigures& figures)
{
    const auto memory = [&](const char* what, std::size_t bytes) {
        memory_gauge(fmt::format("{} {}", name, what)).set(static_cast<double>(bytes));
        return static_cast<double>(bytes);
    };
    const auto written = [&](const char* how, std::uint64_t bytes) {
        raise(m.counter("sluse_store_written_bytes_total", "Bytes a store wrote: to its log, from memory to files, and by rewriting files.", {{"store", name}, {"how", how}}), bytes);
    };
    written("log", figures.logged);
    written("flush", figures.flushed);
    written("compaction", figures.compacted);
    m.gauge("sluse_store_files", "Files a store has, its log left out.", {{"store", name}}).set(static_cast<double>(figures.files));
    m.gauge("sluse_store_bytes", "Bytes of a store's files, its log left out.", {{"store", name}}).set(static_cast<double>(figures.file_bytes));
    return memory("memtables", figures.memtables) + memory("cache", figures.cache) + memory("readers", figures.readers);
}

/// Parts that add up to the resident memory.
void sample_memory(Metrics& m, Tracker& tracker)
{
    const auto set = [&](const char* part, double bytes) {
        memory_gauge(part).set(bytes);
        return bytes;
    };
    double known = memory_gauge("persons").value() + set("numbers", static_cast<double>(tracker.bytes()));
    for (const auto& [name, figures] : figures_of_stores()) known += sample_store(m, name, figures);
    if (const auto memory = allocator_memory()) known += set("allocator", static_cast<double>(memory->resident - memory->allocated));
    set("other", resident_bytes() - known);
}

void sample_systems(Metrics& m, Log& log)
{
    for (const auto& [system, counters] : counters_of(log))
        for (const auto& counter : counter_names) {
            if (counter.member == &SystemCounters::last_received_ms) continue;
            m.gauge("sluse_processed_messages", "Per system since the journal began, by what became of them (committed with the work itself).",
                    {{"system", system}, {"what", counter.name}})
                .set(static_cast<double>(counters.*counter.member));
        }
}

void sample_journal(Metrics& m, Log& log)
{
    const auto balance = read_balance(log);
    const auto whole = balance.normalised + balance.filtered + balance.quarantined + balance.duplicates + balance.pending;
    m.gauge("sluse_balance_difference", "Journalled less normalised, filtered, quarantined, duplicates and pending; must be 0.")
        .set(static_cast<double>(static_cast<std::int64_t>(balance.journalled - whole)));
    m.gauge("sluse_messages_pending", "Journalled, not yet processed.").set(static_cast<double>(balance.pending));
    m.gauge("sluse_journal_healthy", "1 while the journal takes messages.").set(log.health().empty() ? 1 : 0);
    for (const auto& p : log.stats()) {
        const auto partition = fmt::format("{}", p.partition);
        m.gauge("sluse_partition_pending", "Raw records and letters not yet processed.", {{"partition", partition}})
            .set(static_cast<double>(p.end - p.committed + p.facts_end - p.facts_committed));
    }
}

void sample_receipts(Metrics& m, Log& log)
{
    static UnmatchedReceipts unmatched; // one log a process
    static std::mutex at_work;
    const std::unique_lock lock(at_work, std::try_to_lock); // two who scrape at once: the other one counts
    if (!lock) return;
    m.gauge("sluse_receipts_unmatched", "Acknowledgements kept that name no message here; the whole of them within 16 samples.").set(static_cast<double>(unmatched.sample(log)));
}

void sample_spool(Metrics& m, const SpoolStats& spool)
{
    const auto age = spool.oldest > 0 ? static_cast<double>(system_clock().now() - spool.oldest) / 1000 : 0;
    m.gauge("sluse_spool_records", "Acknowledged on this machine, not yet with the brokers.").set(static_cast<double>(spool.records));
    m.gauge("sluse_spool_bytes", "Bytes of the records in the spool.").set(static_cast<double>(spool.bytes));
    m.gauge("sluse_spool_bytes_max", "Past this many bytes in the spool senders are told to try later.").set(static_cast<double>(spool.bytes_max));
    m.gauge("sluse_spool_oldest_age_seconds", "Age of the oldest record in the spool; 0: none waits.").set(std::max(age, 0.0));
    m.gauge("sluse_spool_set_aside", "Records that the brokers refuse for themselves, kept for an operator.").set(static_cast<double>(spool.set_aside));
    raise(m.counter("sluse_spool_taken_total", "Records taken into the spool."), spool.taken);
    raise(m.counter("sluse_spool_replicated_total", "Records that left the spool for the brokers."), spool.replicated);
}

void sample_tracker(Metrics& m, Tracker& tracker)
{
    std::uint64_t applied = 0, behind = 0;
    for (const auto& source : tracker.progress()) {
        applied += source.applied;
        behind += source.end - source.applied;
    }
    const auto counts = tracker.counts();
    m.gauge("sluse_indicator_events_applied", "Indicator events in the cells.").set(static_cast<double>(applied));
    m.gauge("sluse_indicator_events_behind", "Indicator events not yet in the cells.").set(static_cast<double>(behind));
    m.gauge("sluse_indicator_event_gaps", "Jumps in a person's sequence: an event is missing; must be 0.").set(static_cast<double>(counts.gaps));
}

} // namespace

void watch_stages(Log& log, Tracker& tracker)
{
    auto& m = metrics();
    m.gauge("sluse_build_info", "Always 1.", {{"version", "0.1.0"}}).set(1);
    const auto last_s = std::make_shared<std::atomic<std::int64_t>>(0);
    m.sample([&m, &log, &tracker, last_s] {
        m.gauge("sluse_resident_bytes", "Resident memory of the process.").set(resident_bytes());
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        auto last = last_s->load();
        const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(now).count();
        // Also ends the recursion: reading the balance reads metrics, which samples.
        if (now_s - last < sample_every.count() || !last_s->compare_exchange_strong(last, now_s)) return;
        sample_memory(m, tracker);
        sample_systems(m, log);
        sample_journal(m, log);
        sample_receipts(m, log);
        if (const auto spool = log.spool()) sample_spool(m, *spool);
        sample_tracker(m, tracker);
    });
}

} // namespace sluse
