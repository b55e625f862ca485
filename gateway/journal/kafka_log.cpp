// gateway/journal/kafka_log.cpp — the log over Kafka: producer, readers and one member of the group behind the Log interface.
#include "gateway/journal/kafka_producer.hpp"
#include "gateway/journal/kafka_reader.hpp"
#include "gateway/journal/kafka_worker.hpp"

#include "gateway/base/log_lines.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>

namespace sluse {
namespace {

using namespace kafka;
constexpr int answer_ms = 5'000;
constexpr int count_ms = 2'000;                      ///< for counts, which have an older answer to fall back on
constexpr auto quiet_after = std::chrono::seconds(2); ///< after counts without an answer the brokers are not asked for this long

class KafkaLog final : public Log {
public:
    KafkaLog(const KafkaOptions& options, std::uint32_t partitions, Client observer, Client reading, std::unique_ptr<Store> cache,
             std::unique_ptr<Producer> producer)
        : options_(options), partitions_(partitions), observer_(std::move(observer)), reading_(std::move(reading)), cache_(std::move(cache)),
          producer_(std::move(producer)), worker_(options_, partitions_, *cache_, observer_.get(), reading_.get())
    {
    }
    ~KafkaLog() override { close(); }

    std::uint32_t partitions() const override { return partitions_; }
    void append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done) override
    {
        if (partition >= partitions_) return done(Fault{Errc::not_found, "journal: no such partition"});
        producer_->append(partition, std::move(key), std::move(value), timestamp, std::move(done));
    }
    Result<void> start(std::function<std::unique_ptr<Processor>()> make, unsigned) override
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return Fault{Errc::closed, "journal: closed"};
        if (std::exchange(started_, true)) return Fault{Errc::refused, "journal: already started"};
        worker_.start(make());
        return {};
    }
    Result<std::vector<Record>> read(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max) override
    {
        if (partition >= partitions_) return Fault{Errc::not_found, "journal: no such partition"};
        const auto one = reader(topic, partition);
        if (!one) return Fault{Errc::closed, "journal: closed"};
        return one->read(from, bytes_max);
    }
    void wait(Topic topic, std::uint32_t partition, std::uint64_t from, Millis at_most) override
    {
        if (partition >= partitions_) return;
        if (const auto one = reader(topic, partition)) static_cast<void>(one->wait(from, at_most));
    }
    Result<std::uint64_t> offset_at(std::uint32_t partition, Millis at) override;
    void inspect(std::uint32_t partition, const std::function<void(State&)>& look) override
    {
        StoredState source(*cache_, 1 + partition, partition);
        ReadOnlyState state(source);
        if (partition < partitions_ && worker_.progress(partition).assigned) look(state);
    }
    Result<void> execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change) override
    {
        return worker_.execute(partition, std::move(change));
    }
    std::vector<PartitionStats> stats() override;
    bool takes_appends() override { return !producer_->down(); }
    std::string health() override
    {
        auto trouble = producer_->health();
        return trouble.empty() ? worker_.health() : trouble;
    }
    Result<void> trim(std::uint32_t partition, std::uint64_t below) override;
    void close() override;

private:
    std::shared_ptr<PartitionReader> reader(Topic topic, std::uint32_t partition);
    std::pair<std::uint64_t, std::uint64_t> watermarks(Topic topic, std::uint32_t partition);
    Places places_of_all(std::int64_t offset) const;
    bool count();

    KafkaOptions options_;
    std::uint32_t partitions_;
    Client observer_, reading_;
    std::unique_ptr<Store> cache_;
    std::unique_ptr<Producer> producer_;
    Worker worker_;
    std::mutex mutex_;
    /// Shared with whoever reads just now: close() lets go of its share while they finish.
    std::map<std::pair<Topic, std::uint32_t>, std::shared_ptr<PartitionReader>> readers_;
    bool started_{}, closed_{};
    std::mutex stats_mutex_; ///< counted_, not_before_
    std::vector<PartitionStats> counted_; ///< as the brokers said last
    std::chrono::steady_clock::time_point not_before_{};
};

std::shared_ptr<PartitionReader> KafkaLog::reader(Topic topic, std::uint32_t partition)
{
    const std::lock_guard lock(mutex_);
    if (closed_) return nullptr;
    auto& one = readers_[{topic, partition}];
    if (!one) one = std::make_shared<PartitionReader>(reading_.get(), topic_name(options_, topic), partition);
    return one;
}

std::pair<std::uint64_t, std::uint64_t> KafkaLog::watermarks(Topic topic, std::uint32_t partition)
{
    std::int64_t low = 0, high = 0;
    const auto name = topic_name(options_, topic);
    if (rd_kafka_query_watermark_offsets(observer_.get(), name.c_str(), static_cast<std::int32_t>(partition), &low, &high, answer_ms))
        return {};
    return {static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)};
}

Result<std::uint64_t> KafkaLog::offset_at(std::uint32_t partition, Millis at)
{
    if (partition >= partitions_) return Fault{Errc::not_found, "journal: no such partition"};
    if (producer_->down()) return Fault{Errc::broker, "kafka: the brokers cannot be reached"};
    const Places places(rd_kafka_topic_partition_list_new(1));
    const auto name = topic_name(options_, Topic::raw);
    auto* place = rd_kafka_topic_partition_list_add(places.get(), name.c_str(), static_cast<std::int32_t>(partition));
    place->offset = at;
    auto error = rd_kafka_offsets_for_times(observer_.get(), places.get(), answer_ms);
    if (!error) error = place->err;
    if (error) return fault("cannot look up a time", error);
    if (place->offset >= 0) return static_cast<std::uint64_t>(place->offset);
    return watermarks(Topic::raw, partition).second;
}

/// Raw and then facts of every partition.
Places KafkaLog::places_of_all(std::int64_t offset) const
{
    Places places(rd_kafka_topic_partition_list_new(static_cast<int>(2 * partitions_)));
    for (const auto topic : {Topic::raw, Topic::facts}) {
        const auto name = topic_name(options_, topic);
        for (std::uint32_t p = 0; p < partitions_; ++p)
            rd_kafka_topic_partition_list_add(places.get(), name.c_str(), static_cast<std::int32_t>(p))->offset = offset;
    }
    return places;
}

/// Asks for begin, end and committed of all partitions at once: three questions, however many partitions there are. False: no answer.
bool KafkaLog::count()
{
    const auto begin = places_of_all(RD_KAFKA_OFFSET_BEGINNING), end = places_of_all(RD_KAFKA_OFFSET_END), committed = places_of_all(RD_KAFKA_OFFSET_INVALID);
    // The special offsets are Kafka's own special times: "when" is the earliest and the latest there is.
    for (const auto* places : {&begin, &end})
        if (rd_kafka_offsets_for_times(observer_.get(), places->get(), count_ms)) return false;
    if (rd_kafka_committed(observer_.get(), committed.get(), count_ms)) return false;
    std::vector<PartitionStats> list(partitions_);
    const auto at = [](const Places& places, std::size_t index) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(places->elems[index].offset, 0));
    };
    for (std::size_t i = 0; i < 2 * partitions_; ++i)
        if (begin->elems[i].err || end->elems[i].err || committed->elems[i].err) return false;
    for (std::uint32_t p = 0; p < partitions_; ++p) {
        const std::size_t facts = partitions_ + p;
        list[p] = {p, at(begin, p), at(end, p), std::max(at(committed, p), at(begin, p)), at(end, facts), std::max(at(committed, facts), at(begin, facts))};
    }
    counted_ = std::move(list);
    return true;
}

std::vector<PartitionStats> KafkaLog::stats()
{
    std::vector<PartitionStats> list;
    {
        const std::lock_guard lock(stats_mutex_);
        const auto now = std::chrono::steady_clock::now();
        const bool asked = !producer_->down() && now >= not_before_, answered = asked && count();
        if (asked && !answered) not_before_ = std::chrono::steady_clock::now() + quiet_after;
        if (counted_.empty())
            for (std::uint32_t p = 0; p < partitions_; ++p) counted_.push_back({p, 0, 0, 0, 0, 0});
        list = counted_;
        for (auto& one : list) one.current = answered;
    }
    for (auto& one : list) {
        const auto mine = worker_.progress(one.partition);
        one.assigned = mine.assigned;
        // Markers of transactions take offsets too, and only the member that has read past them knows that nothing is left.
        one.committed = std::max(mine.raw, one.committed);
        one.facts_committed = std::max(mine.facts, one.facts_committed);
        one.end = std::max(one.end, one.committed);
        one.facts_end = std::max(one.facts_end, one.facts_committed);
    }
    return list;
}

Result<void> KafkaLog::trim(std::uint32_t partition, std::uint64_t below)
{
    if (partition >= partitions_) return Fault{Errc::not_found, "journal: no such partition"};
    if (producer_->down()) return Fault{Errc::broker, "kafka: the brokers cannot be reached"};
    const auto now = stats().at(partition);
    below = std::min(below, now.committed);
    if (below <= now.begin) return {};
    return delete_records(observer_.get(), topic_name(options_, Topic::raw), partition, below);
}

void KafkaLog::close()
{
    producer_->close();
    worker_.close();
    decltype(readers_) readers;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        readers.swap(readers_);
    }
    readers.clear();
    cache_->close();
}

std::string partitions_file(const KafkaOptions& options)
{
    return options.state_path + ".partitions";
}

/// For a start without brokers; without it such a start expects what the configuration asks for.
void note_partitions(const KafkaOptions& options, std::uint32_t partitions)
{
    std::ofstream(partitions_file(options)) << partitions << '\n';
}

/// Lanes come from a secret: two secrets in one group would send a patient to two partitions. Each committed offset carries the key's
/// fingerprint, so that a process with another one is told before it takes in anything.
Result<void> check_key(rd_kafka_t* observer, const KafkaOptions& options, std::uint32_t partitions)
{
    const Places places(rd_kafka_topic_partition_list_new(static_cast<int>(partitions)));
    for (std::uint32_t p = 0; p < partitions; ++p)
        rd_kafka_topic_partition_list_add(places.get(), topic_name(options, Topic::raw).c_str(), static_cast<std::int32_t>(p));
    if (const auto error = rd_kafka_committed(observer, places.get(), answer_ms)) return fault("committed offsets", error);
    return same_key(*places, options);
}

} // namespace

std::uint32_t known_partitions(const KafkaOptions& options)
{
    std::uint32_t known = 0;
    std::ifstream(partitions_file(options)) >> known;
    return known ? known : options.partitions;
}

Result<std::unique_ptr<Log>> open_kafka_log(const KafkaOptions& options)
{
    if (options.instance.empty()) return Fault{Errc::bad_config, "kafka.instance: is missing; it must differ between the group's processes"};
    auto observer = create_observer(options);
    if (!observer) return observer.error();
    std::string warning;
    const auto partitions = prepare_topics(observer->get(), options, warning);
    if (!partitions) return partitions.error();
    if (!warning.empty()) log_lines().warn("kafka.replicas", {{"warning", warning}});
    if (const auto checked = check_key(observer->get(), options, *partitions); !checked) return checked.error();
    auto reading = create_reading_client(options);
    if (!reading) return reading.error();

    StoreOptions wanted;
    wanted.path = options.state_path;
    wanted.name = "state";
    wanted.families = cache_families(*partitions);
    auto cache = Store::open(wanted);
    if (!cache) return cache.error();
    // A cache of another cluster's topics holds stamps that mean nothing here.
    std::unique_ptr<char, decltype(&std::free)> cluster(rd_kafka_clusterid(observer->get(), answer_ms), std::free);
    const auto origin = std::string(cluster ? cluster.get() : "") + '/' + options.topic_prefix + '/' + std::to_string(*partitions);
    const auto known = (*cache)->get(meta_family, "origin");
    if (!known) return known.error();
    if (*known != origin) {
        for (std::size_t family = 0; family <= *partitions; ++family)
            if (const auto cleared = (*cache)->clear(family); !cleared) return cleared.error();
        Store::Batch batch(**cache);
        batch.put(meta_family, "origin", origin);
        if (const auto written = (*cache)->write(batch, true); !written) return written.error();
    }
    note_partitions(options, *partitions);
    auto producer = Producer::open(options, *partitions);
    if (!producer) return producer.error();
    return std::unique_ptr<Log>(std::make_unique<KafkaLog>(options, *partitions, std::move(*observer), std::move(*reading), std::move(*cache),
                                                           std::move(*producer)));
}

} // namespace sluse
