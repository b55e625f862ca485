// gateway/journal/embedded_work.cpp — the workers: a partition's records become a unit, a unit becomes one write.
#include "gateway/base/threads.hpp"
#include "gateway/journal/embedded_keys.hpp"
#include "gateway/journal/embedded_log.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

namespace sluse {
namespace {
constexpr std::size_t unit_bytes_max = 4u << 20;
/// After few records more are let come together: a unit costs what it costs, also when it is of one record.
constexpr std::size_t few_records = 64;
constexpr std::chrono::milliseconds gather_time{100};

/// A processor promises not to throw; when it does, its unit must not half commit. The exception's text may name a patient.
template <class Work> Result<void> guarded(Unit& unit, Processor& processor, const Work& work)
{
    try {
        work();
        processor.flush(unit);
        return {};
    } catch (const std::exception&) {
        return Fault{Errc::refused, "journal: the processor threw in partition " + std::to_string(unit.partition())};
    }
}
} // namespace

Result<void> EmbeddedLog::start(std::function<std::unique_ptr<Processor>()> make, unsigned workers)
{
    const std::lock_guard closing(close_mutex_);
    if (stopping_) return Fault{Errc::closed, "journal: closed"};
    if (!workers_.empty()) return Fault{Errc::refused, "journal: already started"};
    workers = std::clamp(workers, 1u, options_.partitions);
    for (unsigned i = 0; i < workers; ++i) {
        workers_.push_back(std::make_unique<Worker>());
        workers_.back()->processor = make();
        workers_.back()->writes = std::make_unique<Store::Batch>(*stores_.state);
    }
    worker_count_ = workers;
    for (unsigned i = 0; i < workers; ++i) workers_[i]->thread = std::thread([this, i, workers] { work(i, workers); });
    return {};
}

void EmbeddedLog::wake(std::uint32_t partition)
{
    const unsigned count = worker_count_;
    if (count == 0) return;
    auto& worker = *workers_[partition % count];
    {
        const std::lock_guard lock(worker.mutex);
        if (worker.woken) return;
        worker.woken = true;
    }
    worker.wake.notify_one();
}

void EmbeddedLog::pause(unsigned index, Millis at_most)
{
    auto& worker = *workers_[index];
    std::unique_lock lock(worker.mutex);
    worker.wake.wait_for(lock, std::chrono::milliseconds(at_most), [&] { return worker.woken || stopping_; });
    worker.woken = worker.asked = false;
}

void EmbeddedLog::let_gather(unsigned index)
{
    auto& worker = *workers_[index];
    std::unique_lock lock(worker.mutex);
    worker.wake.wait_for(lock, gather_time, [&] { return worker.asked || stopping_; });
    worker.asked = false;
}

void EmbeddedLog::work(unsigned index, unsigned workers)
{
    name_this_thread("sluse-work");
    give_way_to_acknowledgements();
    Millis back_off = 10;
    while (!stopping_) {
        bool worked = false, failed = false;
        std::size_t records = 0;
        for (auto partition = index; partition < options_.partitions && !stopping_; partition += workers) {
            auto& processor = *workers_[index]->processor;
            bool here = run_task(partition, processor);
            const auto before = records;
            const auto done = run_records(partition, processor, records);
            here = here || records > before;
            worked = worked || here;
            note(done, here);
            failed = failed || !done;
        }
        if (failed) {
            // wake() may cut the pause short; a failing disk must still not be hammered.
            std::this_thread::sleep_for(std::chrono::milliseconds(back_off));
            back_off = std::min<Millis>(back_off * 2, 1000);
        } else if (!worked) {
            pause(index, 1000);
        } else {
            back_off = 10;
            if (records > 0 && records < few_records) let_gather(index);
        }
    }
    for (auto partition = index; partition < options_.partitions; partition += workers) {
        const std::lock_guard lock(shards_[partition]->tasks_mutex);
        for (auto& task : shards_[partition]->tasks) task.done.set_value(Fault{Errc::closed, "journal: closed"});
        shards_[partition]->tasks.clear();
    }
}

void EmbeddedLog::note(const Result<void>& done, bool worked)
{
    if (!done && done.error().code != Errc::refused) return ail(done.error());
    if (done && (!worked || !worker_trouble_noted_)) return;
    const std::lock_guard lock(health_mutex_);
    worker_trouble_ = done ? std::string() : done.error().where;
    worker_trouble_noted_ = !done;
}

Result<void> EmbeddedLog::execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change)
{
    if (partition >= options_.partitions) return Fault{Errc::not_found, "journal: no such partition"};
    std::future<Result<void>> done;
    {
        auto& shard = *shards_[partition];
        const std::lock_guard lock(shard.tasks_mutex);
        if (stopping_ || worker_count_ == 0) return Fault{Errc::closed, "journal: no worker runs"};
        shard.tasks.push_back({std::move(change), {}});
        done = shard.tasks.back().done.get_future();
    }
    auto& worker = *workers_[partition % worker_count_];
    {
        const std::lock_guard lock(worker.mutex);
        worker.woken = worker.asked = true;
    }
    worker.wake.notify_one();
    return done.get();
}

bool EmbeddedLog::run_task(std::uint32_t partition, Processor& processor)
{
    auto& shard = *shards_[partition];
    std::optional<Task> task;
    {
        const std::lock_guard lock(shard.tasks_mutex);
        if (shard.tasks.empty()) return false;
        task = std::move(shard.tasks.front());
        shard.tasks.pop_front();
    }
    const std::shared_lock world(world_);
    if (shard.forget.exchange(false)) processor.forget(partition);
    StoredState source(*stores_.state, state_family, partition);
    OverlayUnit unit(source, partition, options_.partitions);
    auto done = guarded(unit, processor, [&] { task->change(unit, processor); });
    if (done && source.fault()) done = *source.fault();
    if (done) done = commit_unit(unit, shard.raw_committed, shard.facts_committed);
    if (!done) processor.forget(partition);
    task->done.set_value(std::move(done));
    return true;
}

void EmbeddedLog::gather(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t count, std::vector<Record>& out)
{
    auto& shard = *shards_[partition];
    const auto until = end(topic, partition).load();
    if (from >= until) return;
    auto& tail = topic == Topic::raw ? shard.raw : shard.facts;
    tail.take(from, std::min<std::size_t>(count, until - from), unit_bytes_max, out);
    if (!out.empty()) return;
    auto stored = read(topic, partition, from, unit_bytes_max);
    if (!stored) return ail(stored.error());
    if (stored->size() > count) stored->resize(count);
    out = std::move(*stored);
}

Result<void> EmbeddedLog::run_records(std::uint32_t partition, Processor& processor, std::size_t& records)
{
    auto& shard = *shards_[partition];
    const std::shared_lock world(world_);
    if (shard.forget.exchange(false)) processor.forget(partition);
    if (ailing_) return {};
    // Mail first: it lets go of persons that other partitions wait for, and half a unit of it leaves room for new records.
    std::vector<Record> facts, raw;
    gather(Topic::facts, partition, shard.facts_committed, std::max<std::size_t>(1, options_.unit_records_max / 2), facts);
    gather(Topic::raw, partition, shard.raw_committed, std::max<std::size_t>(1, options_.unit_records_max - facts.size()), raw);
    if (facts.empty() && raw.empty()) return {};
    records += facts.size() + raw.size();

    StoredState source(*stores_.state, state_family, partition);
    OverlayUnit unit(source, partition, options_.partitions);
    auto done = guarded(unit, processor, [&] {
        for (const auto& record : facts) processor.process(Topic::facts, record, unit);
        for (const auto& record : raw) processor.process(Topic::raw, record, unit);
    });
    shard.last_at = raw.empty() ? facts.back().timestamp : raw.back().timestamp;
    if (done && source.fault()) done = *source.fault();
    if (done)
        done = commit_unit(unit, raw.empty() ? shard.raw_committed.load() : raw.back().offset + 1,
                           facts.empty() ? shard.facts_committed.load() : facts.back().offset + 1);
    if (!done) processor.forget(partition);
    return done;
}

Result<void> EmbeddedLog::commit_unit(OverlayUnit& unit, std::uint64_t raw_next, std::uint64_t facts_next)
{
    const auto partition = unit.partition();
    auto& shard = *shards_[partition];
    auto& sent = unit.sent();
    const auto any = [&](Topic topic) { return std::ranges::any_of(sent, [&](const auto& one) { return one.topic == topic; }); };
    std::unique_lock shared_lock(shared_mutex_, std::defer_lock);
    if (any(Topic::facts) || any(Topic::quarantine)) shared_lock.lock();

    auto& batch = *workers_[partition % worker_count_]->writes;
    std::string key, head, packed;
    put_be(key, partition, 2);
    for (const auto* change : unit.changes()) {
        const auto& [name, value] = *change;
        key.resize(2);
        key += name;
        if (value) batch.put(state_family, key, *value);
        else batch.erase(state_family, key);
    }
    std::map<std::string, std::uint64_t> newest;
    std::vector<std::uint64_t> offsets;
    std::vector<std::array<std::uint64_t, topic_count>> next(options_.partitions);
    for (const auto& [topic, to, name, value] : sent) {
        auto& taken = next[to][static_cast<std::size_t>(topic)];
        offsets.push_back(end(topic, to) + taken++);
        const auto body = encode_record(shard.last_at, name, value, head, packed);
        batch.put(place(topic, to).family, offset_key(offsets.back()), {head, body});
        if (!compacted(topic)) continue;
        if (const auto replaced = replace(topic, to, name, offsets.back(), newest, batch); !replaced) return replaced;
    }
    batch.put(meta_family, partition_key('c', partition), offset_key(raw_next) + offset_key(facts_next));
    // Not synced: the WAL is written in order, so after a crash this unit is there whole or is done again from its records.
    if (const auto written = stores_.state->write(batch, false); !written) return written;
    unsynced_ = true;
    shard.raw_committed = raw_next;
    shard.facts_committed = facts_next;
    publish(sent, offsets, shard.last_at);
    return {};
}

Result<void> EmbeddedLog::replace(Topic topic, std::uint32_t partition, const std::string& name, std::uint64_t offset, std::map<std::string, std::uint64_t>& newest, Store::Batch& batch)
{
    const auto key = partition_key('n', partition) + static_cast<char>('0' + static_cast<int>(topic)) + name;
    const auto [in_unit, first] = newest.try_emplace(key, offset);
    if (!first) batch.erase(place(topic, partition).family, offset_key(std::exchange(in_unit->second, offset)));
    else {
        const auto before = stores_.state->get(meta_family, key);
        if (!before) return before.error();
        if (*before) batch.erase(place(topic, partition).family, **before);
    }
    batch.put(meta_family, key, offset_key(offset));
    return {};
}

void EmbeddedLog::publish(std::vector<OverlayUnit::Sent>& sent, const std::vector<std::uint64_t>& offsets, Millis at)
{
    for (std::size_t i = 0; i < sent.size(); ++i) {
        auto& [topic, to, key, value] = sent[i];
        const bool mail = topic == Topic::facts;
        if (mail) shards_[to]->facts.push({to, offsets[i], at, std::move(key), std::move(value)});
        end(topic, to) = offsets[i] + 1;
        if (mail) wake(to);
    }
    if (!sent.empty()) arrived();
}

} // namespace sluse
