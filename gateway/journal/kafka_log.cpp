// gateway/journal/kafka_log.cpp — the log over Kafka: producer, readers and one member of the group behind the Log interface.
#include "gateway/journal/kafka_producer.hpp"
#include "gateway/journal/kafka_reader.hpp"
#include "gateway/journal/kafka_worker.hpp"

#include "gateway/base/log_lines.hpp"

#include <algorithm>
#include <map>

namespace sluse {
namespace {

using namespace kafka;
constexpr int answer_ms = 5'000;

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

std::vector<PartitionStats> KafkaLog::stats()
{
    const Places places(rd_kafka_topic_partition_list_new(static_cast<int>(2 * partitions_)));
    for (const auto topic : {Topic::raw, Topic::facts})
        for (std::uint32_t p = 0; p < partitions_; ++p)
            rd_kafka_topic_partition_list_add(places.get(), topic_name(options_, topic).c_str(), static_cast<std::int32_t>(p));
    static_cast<void>(rd_kafka_committed(observer_.get(), places.get(), answer_ms));
    std::vector<PartitionStats> list;
    for (std::uint32_t p = 0; p < partitions_; ++p) {
        const auto raw = watermarks(Topic::raw, p), facts = watermarks(Topic::facts, p);
        const auto mine = worker_.progress(p);
        const auto committed = [&](std::uint64_t index, std::uint64_t begin) {
            return static_cast<std::uint64_t>(std::max<std::int64_t>(places->elems[index].offset, static_cast<std::int64_t>(begin)));
        };
        list.push_back({p, raw.first, raw.second, std::max(mine.raw, committed(p, raw.first)), facts.second,
                        std::max(mine.facts, committed(partitions_ + p, facts.first)), mine.assigned});
    }
    return list;
}

Result<void> KafkaLog::trim(std::uint32_t partition, std::uint64_t below)
{
    if (partition >= partitions_) return Fault{Errc::not_found, "journal: no such partition"};
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

} // namespace

Result<std::unique_ptr<Log>> open_kafka_log(const KafkaOptions& options)
{
    if (options.instance.empty()) return Fault{Errc::bad_config, "kafka.instance: is missing; it must differ between the group's processes"};
    auto observer = create_observer(options);
    if (!observer) return observer.error();
    std::string warning;
    const auto partitions = prepare_topics(observer->get(), options, warning);
    if (!partitions) return partitions.error();
    if (!warning.empty()) log_lines().warn("kafka.replicas", {{"warning", warning}});
    auto reading = create_reading_client(options);
    if (!reading) return reading.error();

    StoreOptions wanted;
    wanted.path = options.state_path;
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
    auto producer = Producer::open(options);
    if (!producer) return producer.error();
    return std::unique_ptr<Log>(std::make_unique<KafkaLog>(options, *partitions, std::move(*observer), std::move(*reading), std::move(*cache),
                                                           std::move(*producer)));
}

} // namespace sluse
