// gateway/journal/embedded_append.cpp — group commit: everything that waits becomes one write and one sync, then the answers.
#include "gateway/journal/embedded_keys.hpp"
#include "gateway/journal/embedded_log.hpp"

#include "gateway/base/metrics.hpp"
#include "gateway/base/threads.hpp"

#include <algorithm>
#include <chrono>

namespace sluse {
namespace {
constexpr std::size_t write_bytes_max = 4u << 20;
constexpr std::size_t overhead_bytes = 64; ///< what a waiting record costs beside its bytes

/// Records by commits is how many share one disk wait.
void count_commit(std::size_t records)
{
    static auto& commits = metrics().counter("sluse_journal_commits_total", "Group commits of the embedded log: one disk wait each.");
    static auto& appended = metrics().counter("sluse_journal_records_total", "Records in the group commits of the embedded log.");
    commits.add();
    appended.add(records);
}

/// An answer that comes late nearly always waited for the disk: this tells the disk's share.
Result<void> timed_sync(Store& store)
{
    static auto& seconds = metrics().histogram("sluse_journal_sync_seconds", "How long the disk took to sync a group commit of the embedded log.");
    const auto begin = std::chrono::steady_clock::now();
    auto synced = store.sync();
    seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    return synced;
}
} // namespace

void EmbeddedLog::append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done)
{
    if (partition >= options_.partitions) return done(Fault{Errc::not_found, "journal: no such partition"});
    if (ailing_) {
        const std::lock_guard lock(health_mutex_);
        if (trouble_) return done(*trouble_);
    }
    const auto bytes = key.size() + value.size() + overhead_bytes;
    bool first = false;
    std::optional<Fault> refused;
    {
        const std::lock_guard lock(pending_mutex_);
        if (closing_) refused = Fault{Errc::closed, "journal: closed"};
        else if (in_flight_bytes_ + bytes > options_.append_bytes_max) refused = Fault{Errc::storage_full, "journal: append_bytes_max in flight"};
        else {
            in_flight_bytes_ += bytes;
            first = pending_.empty();
            pending_.push_back({partition, {partition, 0, timestamp, std::move(key), std::move(value)}, std::move(done)});
        }
    }
    if (refused) return done(*refused);
    if (first) pending_wake_.notify_one();
}

void EmbeddedLog::commit_appends()
{
    name_this_thread("sluse-commit");
    std::vector<Pending> batch;
    Store::Batch writes(*stores_.raw);
    for (;;) {
        {
            std::unique_lock lock(pending_mutex_);
            pending_wake_.wait(lock, [&] { return closing_ || !pending_.empty(); });
            if (pending_.empty()) return;
            batch.swap(pending_);
        }
        commit(batch, writes);
        batch.clear();
    }
}

void EmbeddedLog::commit(std::vector<Pending>& batch, Store::Batch& writes)
{
    std::size_t bytes = 0;
    for (const auto& pending : batch) bytes += pending.record.key.size() + pending.record.value.size() + overhead_bytes;
    {
        const std::shared_lock world(world_);
        settle(batch, write_appends(batch, writes));
    }
    count_commit(batch.size());
    const std::lock_guard lock(pending_mutex_);
    in_flight_bytes_ -= bytes;
}

Result<void> EmbeddedLog::write_appends(std::vector<Pending>& batch, Store::Batch& writes)
{
    std::vector<std::uint64_t> next(options_.partitions);
    for (std::uint32_t p = 0; p < options_.partitions; ++p) next[p] = end(Topic::raw, p);
    for (auto& pending : batch) pending.record.offset = next[pending.partition]++;

    auto& raw = *stores_.raw;
    std::string head;
    std::optional<Fault> failed;
    for (std::uint32_t p = 0; p < options_.partitions; ++p) erase_stale(writes, p, next[p]);
    for (const auto& [partition, record, done] : batch) {
        encode_head(record.timestamp, record.key, head);
        writes.put(partition, offset_key(record.offset), {head, record.value});
        if (writes.bytes() < write_bytes_max) continue;
        if (const auto written = raw.write(writes, false); !written && !failed) failed = written.error();
        if (failed) break;
    }
    if (!failed)
        if (const auto written = raw.write(writes, false); !written) failed = written.error();
    // One sync covers every append that arrived while the last one ran, so a burst costs two disk waits, not one each.
    if (!failed && options_.sync)
        if (const auto synced = timed_sync(raw); !synced) failed = synced.error();
    if (!failed) {
        for (std::uint32_t p = 0; p < options_.partitions; ++p) shards_[p]->stale_end = 0;
        return {};
    }
    for (std::uint32_t p = 0; p < options_.partitions; ++p) shards_[p]->stale_end = std::max(shards_[p]->stale_end, next[p]);
    return *failed;
}

/// A failed commit may have left records that were answered "not stored"; they must not come to life behind the new end.
void EmbeddedLog::erase_stale(Store::Batch& batch, std::uint32_t partition, std::uint64_t from)
{
    for (auto offset = from; offset < shards_[partition]->stale_end; ++offset)
        batch.erase(partition, offset_key(offset));
}

void EmbeddedLog::settle(std::vector<Pending>& batch, const Result<void>& written)
{
    if (!written) {
        ail(written.error());
        for (auto& pending : batch) pending.done(written.error());
        return;
    }
    for (auto& [partition, record, done] : batch) {
        const Position at{partition, record.offset};
        shards_[partition]->raw.push(std::move(record));
        end(Topic::raw, partition) = at.offset + 1;
        done(at); // last: who is told an offset may read there at once
    }
    for (std::uint32_t worker = 0; worker < worker_count_; ++worker) wake(worker);
    arrived();
}

} // namespace sluse
