// gateway/journal/embedded_log.hpp — the log over RocksDB: group commit in, worker threads over partitions, one batch per unit out.
#pragma once

#include "gateway/journal/stores.hpp"
#include "gateway/journal/tail.hpp"
#include "gateway/journal/unit.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <shared_mutex>
#include <thread>

namespace sluse {

/// Threads: one commits appends and alone writes the raw store, one mends the stores after a fault and syncs the state's, `workers`
/// process. A partition's worker alone writes its state, fhir and events; facts and quarantine may come from any worker and get their
/// offsets under a lock held until they are visible.
class EmbeddedLog final : public Log {
public:
    EmbeddedLog(const EmbeddedOptions& options, Stores stores);
    ~EmbeddedLog() override;
    Result<void> load();
    void run();

    std::uint32_t partitions() const override { return options_.partitions; }
    void append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done) override;
    Result<void> start(std::function<std::unique_ptr<Processor>()> make, unsigned workers) override;
    Result<std::vector<Record>> read(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max) override;
    void wait(Topic topic, std::uint32_t partition, std::uint64_t from, Millis at_most) override;
    Result<std::uint64_t> offset_at(std::uint32_t partition, Millis at) override;
    void inspect(std::uint32_t partition, const std::function<void(State&)>& look) override;
    Result<void> execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change) override;
    std::vector<PartitionStats> stats() override;
    std::string health() override;
    Result<void> trim(std::uint32_t partition, std::uint64_t below) override;
    void close() override;

private:
    struct Pending {
        std::uint32_t partition{};
        Record record;
        Appended done;
    };
    struct Task {
        std::function<void(Unit&, Processor&)> change;
        std::promise<Result<void>> done;
    };
    /// One partition.
    struct Shard {
        explicit Shard(std::size_t tail_bytes_max) : raw(tail_bytes_max), facts(tail_bytes_max) {}
        std::array<std::atomic<std::uint64_t>, topic_count> end{}; ///< next offset a reader may not see yet
        std::atomic<std::uint64_t> begin{};                        ///< first raw offset not trimmed
        std::atomic<std::uint64_t> raw_committed{}, facts_committed{};
        std::uint64_t stale_end{};    ///< raw offsets up to here may hold records of a failed commit; the committer's, or under world_
        std::atomic<bool> forget{};   ///< the store was reopened: what the processor remembers may not be there
        Millis last_at{};             ///< timestamp of the last record processed; its worker only
        Tail raw, facts;
        std::mutex tasks_mutex;
        std::deque<Task> tasks;
    };
    struct Worker {
        std::unique_ptr<Processor> processor;
        std::unique_ptr<Store::Batch> writes; ///< the worker's own: a unit's memory is the next one's
        std::mutex mutex;
        std::condition_variable wake;
        bool woken{};
        bool asked{}; ///< somebody waits for a task
        std::thread thread;
    };

    Place place(Topic topic, std::uint32_t partition) const { return place_of(stores_, options_.partitions, topic, partition); }
    std::atomic<std::uint64_t>& end(Topic topic, std::uint32_t partition)
    {
        return shards_[partition]->end[static_cast<std::size_t>(topic)];
    }
    Result<void> load_shard(std::uint32_t partition);

    void commit_appends();
    void commit(std::vector<Pending>& batch, Store::Batch& writes);
    Result<void> write_appends(std::vector<Pending>& batch, Store::Batch& writes);
    void settle(std::vector<Pending>& batch, const Result<void>& written);
    void erase_stale(Store::Batch& batch, std::uint32_t partition, std::uint64_t from);

    void work(unsigned index, unsigned workers);
    bool run_task(std::uint32_t partition, Processor& processor);
    Result<void> run_records(std::uint32_t partition, Processor& processor, std::size_t& records);
    void gather(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t count, std::vector<Record>& out);
    Result<void> commit_unit(OverlayUnit& unit, std::uint64_t raw_next, std::uint64_t facts_next);
    /// In a compacted topic: takes out the record before this one of the same key. `newest`: what this unit wrote so far.
    Result<void> replace(Topic topic, std::uint32_t partition, const std::string& name, std::uint64_t offset, std::map<std::string, std::uint64_t>& newest, Store::Batch& batch);
    void publish(std::vector<OverlayUnit::Sent>& sent, const std::vector<std::uint64_t>& offsets, Millis at);
    void note(const Result<void>& done, bool worked);
    void pause(unsigned index, Millis at_most);
    /// Lets more records come; not while somebody waits for a task.
    void let_gather(unsigned index);
    void wake(std::uint32_t partition);
    void arrived();

    void ail(const Fault& fault);
    void mend();
    bool recover();
    void sync_state();

    EmbeddedOptions options_;
    Stores stores_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::atomic<unsigned> worker_count_{};

    /// Shared: units and appends in flight; exclusive: the mender while it may replace the store below them.
    std::shared_mutex world_;
    std::mutex shared_mutex_; ///< offsets of facts and quarantine, from choosing them until they are visible

    std::mutex pending_mutex_;
    std::condition_variable pending_wake_;
    std::vector<Pending> pending_;
    std::size_t in_flight_bytes_{}; ///< under pending_mutex_
    bool closing_{};                ///< under pending_mutex_

    std::mutex arrived_mutex_;
    std::condition_variable arrived_wake_;
    std::atomic<int> waiting_{};

    std::mutex health_mutex_;
    std::condition_variable health_wake_;
    std::optional<Fault> trouble_; ///< under health_mutex_
    std::string worker_trouble_;   ///< under health_mutex_
    std::atomic<bool> worker_trouble_noted_{};
    std::atomic<bool> ailing_{};
    std::atomic<bool> unsynced_{}; ///< units were written since the state's store was last synced
    std::atomic<bool> stopping_{};

    std::mutex close_mutex_;
    std::thread committer_, mender_;
};

} // namespace sluse
