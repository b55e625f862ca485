// gateway/journal/kafka_worker.hpp — one member of the group: each batch of its partitions is one transaction.
#pragma once

#include "gateway/journal/embedded_keys.hpp"
#include "gateway/journal/kafka_reader.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <thread>

namespace sluse::kafka {

/// The local cache: one family per partition beside `meta`, where each partition's stamp says which changelog offset comes next.
std::vector<Family> cache_families(std::uint32_t partitions);
void put_stamp(Store::Batch& batch, std::uint32_t partition, std::uint64_t stamp);

/// A session is consumer + transactional producer + restored partitions. Whatever is not plainly committed or plainly aborted
/// ends the session: everything is forgotten, and the next one starts from the group's committed offsets and the changelog.
class Worker {
public:
    Worker(const KafkaOptions& options, std::uint32_t partitions, Store& cache, rd_kafka_t* observer, rd_kafka_t* reading);
    ~Worker();
    void start(std::unique_ptr<Processor> processor);
    Result<void> execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change);
    struct Progress {
        bool assigned{};
        std::uint64_t raw{}, facts{}; ///< committed
    };
    Progress progress(std::uint32_t partition);
    std::string health();
    void close();

private:
    struct Home { ///< an assigned partition
        std::array<std::uint64_t, 2> committed{}; ///< next raw, next facts
    };
    struct Work { ///< one partition's share of a batch
        std::vector<Record> facts, raw;
        std::array<std::uint64_t, 2> next{};
        std::array<bool, 2> moved{};
    };
    struct Task {
        std::uint32_t partition{};
        std::function<void(Unit&, Processor&)> change;
        std::promise<Result<void>> done;
    };
    using Batch = std::map<std::uint32_t, Work>;
    struct Done { ///< a unit that waits for its transaction
        std::unique_ptr<StoredState> source;
        std::unique_ptr<OverlayUnit> unit;
        Millis at{};
        std::array<std::uint64_t, 2> next{};
        std::array<bool, 2> moved{};
    };

    void run();
    Result<void> session();
    Result<void> open_session();
    void close_session();
    Result<void> collect(Batch& batch, int wait_ms);
    void take(Batch& batch, const rd_kafka_message_t& message);
    Result<void> process(Batch& batch);
    Result<void> run_tasks();
    Result<void> transact(std::vector<Done>& units);
    Result<void> produce(const Done& done);
    Result<void> produce_one(const std::string& topic, std::uint32_t partition, std::string_view key, const std::string_view* value, Millis at,
                             void* stamp);
    Result<void> commit(const std::vector<Done>& units);
    /// Forgets, aborts when a transaction is `open`, and goes back to the committed offsets. Returns `why`.
    Result<void> give_up(std::vector<Done>& units, Fault why, bool open);
    Result<void> keep(const std::vector<Done>& units);
    void advance(const std::vector<Done>& units);

    static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* places, void* self);
    static void on_report(rd_kafka_t*, const rd_kafka_message_t* report, void* self);
    Result<void> assigned(rd_kafka_topic_partition_list_t* places);
    void revoked();
    Result<void> restore(std::uint32_t partition);
    void trouble(const std::string& text);

    KafkaOptions options_;
    std::uint32_t partitions_;
    Store& cache_;
    rd_kafka_t* observer_;
    rd_kafka_t* reading_;
    std::unique_ptr<Processor> processor_;
    std::array<std::string, topic_count> topics_;
    std::string changelog_;

    Client consumer_, producer_;
    Batch pending_;                  ///< collected, not processed; the worker's thread only
    std::size_t pending_records_{};
    std::optional<Fault> broken_;    ///< set in callbacks: the session ends
    std::vector<std::uint64_t> reported_; ///< per partition: changelog offset after the last delivered record of this transaction

    std::mutex mutex_;               ///< homes_, tasks_, trouble_
    std::condition_variable wake_;
    std::map<std::uint32_t, Home> homes_;
    std::deque<Task> tasks_;
    std::string trouble_;
    std::atomic<bool> stopping_{};
    std::thread thread_;
};

} // namespace sluse::kafka
