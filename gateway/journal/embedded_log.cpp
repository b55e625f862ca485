// gateway/journal/embedded_log.cpp — opening, reading, trimming, mending and closing the embedded log.
#include "gateway/journal/embedded_log.hpp"

#include "gateway/base/codec.hpp"
#include "gateway/journal/embedded_keys.hpp"

#include <algorithm>
#include <chrono>

namespace sluse {
namespace {
constexpr std::size_t tail_bytes_max = 8u << 20;
} // namespace

Result<std::unique_ptr<Log>> open_embedded_log(const EmbeddedOptions& options)
{
    if (options.partitions == 0 || options.partitions > 1024) return Fault{Errc::bad_config, "storage.partitions: 1 to 1024"};
    auto stores = open_stores(options);
    if (!stores) return stores.error();
    auto log = std::make_unique<EmbeddedLog>(options, std::move(*stores));
    if (const auto loaded = log->load(); !loaded) return loaded.error();
    log->run();
    return std::unique_ptr<Log>(std::move(log));
}

EmbeddedLog::EmbeddedLog(const EmbeddedOptions& options, Stores stores) : options_(options), stores_(std::move(stores))
{
    for (std::uint32_t p = 0; p < options_.partitions; ++p) shards_.push_back(std::make_unique<Shard>(tail_bytes_max));
}

EmbeddedLog::~EmbeddedLog()
{
    close();
}

Result<void> EmbeddedLog::load()
{
    for (std::uint32_t p = 0; p < options_.partitions; ++p)
        if (const auto loaded = load_shard(p); !loaded) return loaded;
    return {};
}

Result<void> EmbeddedLog::load_shard(std::uint32_t partition)
{
    auto& shard = *shards_[partition];
    const auto committed = stores_.state->get(meta_family, partition_key('c', partition));
    if (!committed) return committed.error();
    const std::string_view offsets = *committed ? std::string_view(**committed) : std::string_view();
    shard.raw_committed = get_be(offsets.substr(0, 8));
    shard.facts_committed = get_be(offsets.size() == 16 ? offsets.substr(8) : "");
    const auto begin = stores_.state->get(meta_family, partition_key('b', partition));
    if (!begin) return begin.error();
    shard.begin = *begin ? get_be(**begin) : 0;
    for (std::size_t topic = 0; topic < topic_count; ++topic) {
        const auto [store, family] = place(static_cast<Topic>(topic), partition);
        const auto last = store.last_key(family);
        if (!last) return last.error();
        shard.end[topic] = *last ? get_be(**last) + 1 : 0;
    }
    // Trimming may have taken the last record; what was committed was once there.
    if (shard.end[0] < shard.raw_committed) shard.end[0] = shard.raw_committed.load();
    shard.stale_end = 0;
    shard.raw.clear();
    shard.facts.clear();
    return {};
}

void EmbeddedLog::run()
{
    committer_ = std::thread([this] { commit_appends(); });
    mender_ = std::thread([this] { mend(); });
}

Result<std::vector<Record>> EmbeddedLog::read(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max)
{
    if (partition >= options_.partitions) return Fault{Errc::not_found, "journal: no such partition"};
    if (topic == Topic::raw) from = std::max(from, shards_[partition]->begin.load());
    std::vector<Record> records;
    std::size_t bytes = 0;
    const auto until = end(topic, partition).load();
    if (from >= until) return records;
    bool sound = true;
    const auto [store, family] = place(topic, partition);
    const auto done = store.range(family, offset_key(from), offset_key(until), [&](std::string_view key, std::string_view value) {
        auto& record = records.emplace_back();
        record.partition = partition;
        record.offset = get_be(key);
        sound = decode_record(value, record);
        bytes += record.key.size() + record.value.size();
        return sound && bytes < bytes_max;
    });
    if (!done) return done.error();
    if (!sound) return Fault{Errc::storage, "journal: a stored record is damaged"};
    return records;
}

void EmbeddedLog::wait(Topic topic, std::uint32_t partition, std::uint64_t from, Millis at_most)
{
    if (partition >= options_.partitions) return;
    std::unique_lock lock(arrived_mutex_);
    ++waiting_;
    arrived_wake_.wait_for(lock, std::chrono::milliseconds(at_most), [&] { return stopping_ || end(topic, partition) > from; });
    --waiting_;
}

void EmbeddedLog::arrived()
{
    if (waiting_ == 0) return;
    { const std::lock_guard lock(arrived_mutex_); }
    arrived_wake_.notify_all();
}

Result<std::uint64_t> EmbeddedLog::offset_at(std::uint32_t partition, Millis at)
{
    if (partition >= options_.partitions) return Fault{Errc::not_found, "journal: no such partition"};
    auto low = shards_[partition]->begin.load();
    auto high = end(Topic::raw, partition).load();
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto record = read(Topic::raw, partition, middle, 1);
        if (!record) return record.error();
        if (!record->empty() && record->front().timestamp < at) low = middle + 1;
        else high = middle;
    }
    return low;
}

void EmbeddedLog::inspect(std::uint32_t partition, const std::function<void(State&)>& look)
{
    StoredState source(*stores_.state, state_family, partition);
    ReadOnlyState state(source);
    look(state);
}

std::vector<PartitionStats> EmbeddedLog::stats()
{
    std::vector<PartitionStats> list;
    for (std::uint32_t p = 0; p < options_.partitions; ++p) {
        const auto& shard = *shards_[p];
        list.push_back({p, shard.begin, shard.end[0], shard.raw_committed, shard.end[static_cast<std::size_t>(Topic::facts)],
                        shard.facts_committed, true});
    }
    return list;
}

std::string EmbeddedLog::health()
{
    const std::lock_guard lock(health_mutex_);
    if (trouble_) return trouble_->where;
    return worker_trouble_;
}

Result<void> EmbeddedLog::trim(std::uint32_t partition, std::uint64_t below)
{
    if (partition >= options_.partitions) return Fault{Errc::not_found, "journal: no such partition"};
    auto& shard = *shards_[partition];
    below = std::min(below, shard.raw_committed.load());
    if (below <= shard.begin) return {};
    Store::Batch batch(*stores_.state);
    batch.put(meta_family, partition_key('b', partition), offset_key(below));
    // Synced first: files may go only when the commit that lets them go cannot be lost (every earlier write is synced with it).
    if (const auto written = stores_.state->write(batch, options_.sync); !written) return written;
    shard.begin = below;
    return stores_.raw->delete_files(partition, offset_key(0), offset_key(below - 1));
}

void EmbeddedLog::ail(const Fault& fault)
{
    if (fault.code == Errc::closed) return;
    {
        const std::lock_guard lock(health_mutex_);
        trouble_ = fault;
        ailing_ = true;
    }
    health_wake_.notify_all();
}

/// Both stores, as one fault may have two causes. What was not synced may be gone from a store that had to be opened again.
bool EmbeddedLog::recover()
{
    const std::unique_lock world(world_);
    const auto raw = stores_.raw->recover();
    const auto state = stores_.state->recover();
    if (!raw || !state) return false;
    if (*raw == Store::Recovery::resumed && *state == Store::Recovery::resumed) return true;
    const auto loaded = load();
    for (auto& shard : shards_) shard->forget = true;
    return loaded.has_value();
}

/// What a loss of power takes of the workers' units is made again from raw; this bounds how much that is.
void EmbeddedLog::sync_state()
{
    if (!options_.sync || ailing_ || !unsynced_.exchange(false)) return;
    if (const auto synced = stores_.state->sync(); !synced) ail(synced.error());
}

void EmbeddedLog::mend()
{
    constexpr std::chrono::milliseconds sync_every{1000}, first_pause{20};
    auto pause = first_pause;
    std::unique_lock lock(health_mutex_);
    while (!stopping_) {
        if (!health_wake_.wait_for(lock, sync_every, [&] { return stopping_ || ailing_; })) {
            lock.unlock();
            sync_state();
            lock.lock();
            continue;
        }
        health_wake_.wait_for(lock, pause, [&] { return stopping_.load(); });
        if (stopping_) return;
        pause = std::min(pause * 2, std::chrono::milliseconds(1000));
        lock.unlock();
        const bool well = recover();
        lock.lock();
        if (!well) continue;
        trouble_.reset();
        ailing_ = false;
        pause = first_pause;
        for (std::uint32_t p = 0; p < worker_count_; ++p) wake(p);
    }
}

void EmbeddedLog::close()
{
    const std::lock_guard closing(close_mutex_);
    {
        const std::lock_guard lock(pending_mutex_);
        closing_ = true;
    }
    pending_wake_.notify_all();
    if (committer_.joinable()) committer_.join();
    stopping_ = true;
    { const std::lock_guard lock(health_mutex_); }
    health_wake_.notify_all();
    if (mender_.joinable()) mender_.join();
    for (std::uint32_t p = 0; p < worker_count_; ++p) wake(p);
    for (auto& worker : workers_)
        if (worker->thread.joinable()) worker->thread.join();
    { const std::lock_guard lock(arrived_mutex_); }
    arrived_wake_.notify_all();
    if (options_.sync) static_cast<void>(stores_.state->sync()); // nothing acknowledged depends on it; it only saves a replay
    stores_.raw->close();
    stores_.state->close();
}

} // namespace sluse
