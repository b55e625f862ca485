// gateway/journal/log.hpp — the log is the system: append, read from an offset, commit. Two implementations, one contract.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// The topics (Kafka: sluse.raw, sluse.facts, sluse.fhir, sluse.indicator-events, sluse.quarantine, sluse.signals, sluse.goals; sluse.timelines backs State).
enum class Topic : std::uint8_t { raw, facts, fhir, events, quarantine, signals, goals };
constexpr std::size_t topic_count = 7;
std::string_view name(Topic topic);
/// A compacted topic keeps the newest record of each key; an empty value says that the key is no more.
constexpr bool compacted(Topic topic) { return topic == Topic::goals; }

/// One record as read. `key` and `value` live until the next read on the same reader.
struct Record {
    std::uint32_t partition{};
    std::uint64_t offset{};
    Millis timestamp{};
    std::string key;
    std::string value;
};

/// Ordered key/value state of one partition. A key belongs to exactly one partition; reads see what this unit has put.
class State {
public:
    virtual ~State() = default;
    virtual std::optional<std::string> get(std::string_view key) = 0;
    /// Every key with the prefix, in byte order, including this unit's own puts and erases. Return false to stop.
    virtual void scan(std::string_view prefix, const std::function<bool(std::string_view key, std::string_view value)>& each) = 0;
    virtual void put(std::string_view key, std::string_view value) = 0;
    virtual void erase(std::string_view key) = 0;
};

/// One read-process-write step over a batch of one partition's records: state changes, output records and the input offsets
/// commit together or not at all.
class Unit : public State {
public:
    virtual std::uint32_t partition() const = 0;
    virtual std::uint32_t partitions() const = 0;
    /// Appends to an output topic, which raw is not: what comes in comes by Log::append(). `to` is the target partition for facts and
    /// quarantine; fhir, events, signals and goals use the unit's own.
    virtual void send(Topic topic, std::uint32_t to, std::string_view key, std::string_view value) = 0;
};

/// The process stage as the log sees it. One instance per worker thread; called for one partition at a time.
class Processor {
public:
    virtual ~Processor() = default;
    /// Handles one record of Topic::raw or Topic::facts. Must not throw for any input; what cannot be processed goes to quarantine.
    virtual void process(Topic topic, const Record& record, Unit& unit) = 0;
    /// Called before the unit commits: write-behind caches put their dirty entries into the unit.
    virtual void flush(Unit& unit) = 0;
    /// The partition was lost or its last unit aborted: drop every cached thing about it.
    virtual void forget(std::uint32_t partition) = 0;
};

/// Where a record came to stand.
struct Position {
    std::uint32_t partition{};
    std::uint64_t offset{};
    bool spooled{}; ///< durable on this machine only for now; `offset` is its number there
};
using Appended = std::function<void(Result<Position>)>;

struct PartitionStats {
    std::uint32_t partition{};
    std::uint64_t begin{};     ///< first retained raw offset
    std::uint64_t end{};       ///< next raw offset
    std::uint64_t committed{}; ///< raw records processed
    std::uint64_t facts_end{}, facts_committed{};
    bool assigned{true};       ///< this process works on it
    bool current{true};        ///< as of this call; false: the brokers gave no answer, and these are their last or nothing
};

/// What waits on this machine for the brokers (docs/kafka.md).
struct SpoolStats {
    std::size_t records{}, bytes{}, bytes_max{};
    std::size_t set_aside{};        ///< records that the brokers refuse for themselves, kept for an operator
    std::size_t taken{}, replicated{}; ///< since the process began
    Millis oldest{};                ///< when the oldest record was received; 0: none waits
    std::string trouble;            ///< why it takes nothing now; empty: well
    bool has_room() const { return trouble.empty() && bytes < bytes_max; }
};

/// Thread-safe except where said. Opened running: background threads belong to it and stop in close().
class Log {
public:
    virtual ~Log() = default;
    virtual std::uint32_t partitions() const = 0;

    /// Appends to the raw topic. `done` is called once, from a thread of the log, after the record is durable (embedded: synced;
    /// Kafka: delivery report) or with the Fault; it must be short. Never blocks: past bytes_max in flight it faults at once
    /// (Errc::storage_full), which the sender sees as "try later".
    virtual void append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done) = 0;

    /// As append, for a message: never before what waits in the spool under the same key. With `may_spool` its sender takes "durable on
    /// this machine" for an answer: while the log cannot be reached the record may go into the spool. A log without a spool appends.
    virtual void append_message(std::uint32_t partition, std::string key, std::string value, Millis timestamp, bool may_spool, Appended done)
    {
        static_cast<void>(may_spool);
        append(partition, std::move(key), std::move(value), timestamp, std::move(done));
    }
    /// None: this log has no spool.
    virtual std::optional<SpoolStats> spool() { return std::nullopt; }
    /// What waits in the spool and was appended with a timestamp in [from, below), oldest first, until `each` returns false.
    virtual Result<void> look_into_spool(Millis, Millis, const std::function<bool(const Record&)>&) { return {}; }
    /// Calls `prepare` before the first message is appended: now, or for a log that could not be opened yet on the thread that opens it.
    virtual void on_open(std::function<void()> prepare) { prepare(); }

    /// Starts working: `workers` threads (Kafka: one), each with a Processor from `make`, until close(). An error in a worker is
    /// retried with back-off and shows in health().
    virtual Result<void> start(std::function<std::unique_ptr<Processor>()> make, unsigned workers) = 0;

    /// Up to `bytes_max` of committed records from `from` on, in order; empty when there is none yet. Any thread.
    virtual Result<std::vector<Record>> read(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max) = 0;
    /// Waits until `topic` has something at or after `from`, or the time is up. Any thread.
    virtual void wait(Topic topic, std::uint32_t partition, std::uint64_t from, Millis at_most) = 0;
    /// First offset whose timestamp is at or after `at` (raw only).
    virtual Result<std::uint64_t> offset_at(std::uint32_t partition, Millis at) = 0;
    /// Read-only look at committed state, for the API and `goals recompute`. Kafka: only partitions assigned here.
    virtual void inspect(std::uint32_t partition, const std::function<void(State&)>& look) = 0;
    /// Runs `change` as one Unit in the worker that owns the partition, between batches: replays, releases, ticks.
    virtual Result<void> execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change) = 0;

    /// Kafka: asked of the brokers, at most a few seconds; while they are away what they said last.
    virtual std::vector<PartitionStats> stats() = 0;
    /// Empty when well; else what is wrong, for /readyz and the operator.
    virtual std::string health() = 0;
    /// False while append() faults at once: intake should be taken out of service. What health() says may trouble the workers only.
    virtual bool takes_appends() { return health().empty(); }
    /// Deletes raw records below `below`, but never what is not committed; parked records are held by quarantine itself.
    virtual Result<void> trim(std::uint32_t partition, std::uint64_t below) = 0;
    /// Drains: no new appends, in-flight ones settle, workers finish their batch. Idempotent.
    virtual void close() = 0;
};

struct EmbeddedOptions {
    std::string path;                              ///< directory, made when missing
    std::uint32_t partitions{8};                   ///< fixed at first start; a different number later is a Fault
    std::size_t append_bytes_max{64u << 20};       ///< in flight, not yet synced
    std::size_t unit_records_max{512};
    std::size_t cache_bytes{256u << 20};           ///< RocksDB block cache
    bool sync{true};                               ///< false only for benches and tests
    void* disk{};                                  ///< a rocksdb::Env, for tests of failing disks
};
Result<std::unique_ptr<Log>> open_embedded_log(const EmbeddedOptions& options);

struct KafkaOptions {
    std::string brokers;
    std::string group{"sluse"};
    std::string topic_prefix{"sluse."};
    std::string instance;                          ///< stable per process: transactional id and state directory
    std::string state_path;                        ///< local cache of the assigned partitions
    std::uint32_t partitions{8};                   ///< for topics that do not exist yet
    int replication{3};                            ///< for topics that do not exist yet; 1 is accepted with a warning
    std::size_t append_bytes_max{64u << 20};
    std::size_t unit_records_max{512};
    Millis session_timeout_ms{10'000};
    Millis answer_max{20'000};                     ///< how long the brokers may take to answer while it is opened
    std::string key_print;                         ///< fingerprint of the lane key: a process with another one is refused; empty: not checked
    std::vector<std::pair<std::string, std::string>> properties; ///< raw librdkafka settings (security.protocol, …)
};
Result<std::unique_ptr<Log>> open_kafka_log(const KafkaOptions& options);

/// How many partitions the topics had when this process's data last met them; else what `options` ask for.
std::uint32_t known_partitions(const KafkaOptions& options);

using OpenLog = std::function<Result<std::unique_ptr<Log>>()>;
/// The log that `open` makes, or one that goes on trying when the brokers do not answer within `at_most` (Errc::broker): so a gateway with
/// a spool starts without them.
Result<std::unique_ptr<Log>> open_log_or_wait(OpenLog open, std::uint32_t partitions, Millis at_most);

struct SpoolOptions {
    std::string path;                              ///< directory, made when missing
    std::size_t bytes_max{1u << 30};               ///< waiting; past it nothing more is taken
    std::size_t record_bytes_max{(16u << 20) - 65'536}; ///< what a broker takes, with room for the record's head
    std::size_t memory_bytes_max{64u << 20};       ///< of it not yet synced, or held until what is in flight has settled
    bool sync{true};                               ///< false only for tests
    void* disk{};                                  ///< a rocksdb::Env, for tests of failing disks
};
/// `below` with a spool before it. What waited there already follows as soon as `below` takes it.
Result<std::unique_ptr<Log>> open_spooling_log(std::unique_ptr<Log> below, const SpoolOptions& options);

} // namespace sluse
