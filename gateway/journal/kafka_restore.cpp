// gateway/journal/kafka_restore.cpp — partitions come and go: the cache is brought up to the changelog before work begins.
#include "gateway/journal/kafka_worker.hpp"

#include <chrono>
#include <set>

namespace sluse::kafka {
namespace {
constexpr int answer_ms = 30'000;
constexpr Millis patience_ms = 120'000;         ///< longer than any transaction may stay open
constexpr Millis stamp_age_max = 12 * hour_ms;  ///< half of Kafka's delete.retention.ms: older caches may have missed tombstones

Millis wall_ms()
{
    return system_clock().now();
}
} // namespace

std::vector<Family> cache_families(std::uint32_t partitions)
{
    std::vector<Family> families{{"meta", FamilyShape::table}};
    for (std::uint32_t p = 0; p < partitions; ++p) families.push_back({"state." + std::to_string(p), FamilyShape::state});
    return families;
}

void put_stamp(Store::Batch& batch, std::uint32_t partition, std::uint64_t stamp)
{
    batch.put(meta_family, partition_key('s', partition), {offset_key(stamp), offset_key(static_cast<std::uint64_t>(wall_ms()))});
}

void Worker::on_rebalance(rd_kafka_t* consumer, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* places, void* self)
{
    auto& worker = *static_cast<Worker*>(self);
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        if (worker.stopping_) {
            static_cast<void>(rd_kafka_assign(consumer, nullptr));
            return;
        }
        const auto done = worker.assigned(places);
        if (!done) worker.broken_ = done.error();
        static_cast<void>(rd_kafka_assign(consumer, done ? places : nullptr));
        return;
    }
    worker.revoked();
    static_cast<void>(rd_kafka_assign(consumer, nullptr));
}

void Worker::revoked()
{
    pending_.clear();
    pending_records_ = 0;
    const std::lock_guard lock(mutex_);
    if (processor_)
        for (const auto& [partition, home] : homes_) processor_->forget(partition);
    homes_.clear();
}

Result<void> Worker::assigned(rd_kafka_topic_partition_list_t* places)
{
    // First the committed offsets, which the broker gives only when no transaction on them is open; then the changelog's end: so
    // every change that belongs to those offsets lies below it.
    if (const auto error = rd_kafka_committed(consumer_.get(), places, answer_ms)) return fault("committed offsets", error);
    if (const auto same = same_key(*places, options_); !same) return same;
    std::map<std::uint32_t, Home> homes;
    std::map<std::uint32_t, int> seen;
    for (int i = 0; i < places->cnt; ++i) {
        auto& place = places->elems[i];
        if (place.err) return fault("committed offsets", place.err);
        const auto partition = static_cast<std::uint32_t>(place.partition);
        if (place.offset < 0) {
            std::int64_t low = 0, high = 0;
            if (const auto error = rd_kafka_query_watermark_offsets(observer_, place.topic, place.partition, &low, &high, answer_ms))
                return fault("watermarks", error);
            place.offset = low;
        }
        const std::size_t index = place.topic == topics_[static_cast<std::size_t>(Topic::raw)] ? 0 : 1;
        homes[partition].committed[index] = static_cast<std::uint64_t>(place.offset);
        ++seen[partition];
    }
    for (auto& [partition, home] : homes) {
        if (seen[partition] != 2) return Fault{Errc::bad_config, "kafka: raw and facts of a partition were given to different processes"};
        if (const auto restored = restore(partition); !restored) return restored;
        processor_->forget(partition);
    }
    const std::lock_guard lock(mutex_);
    homes_ = std::move(homes);
    trouble_.clear();
    return {};
}

Result<void> Worker::restore(std::uint32_t partition)
{
    std::int64_t low = 0, high = 0;
    const auto error = rd_kafka_query_watermark_offsets(observer_, changelog_.c_str(), static_cast<std::int32_t>(partition), &low, &high, answer_ms);
    if (error) return fault("watermarks", error);
    const auto family = 1 + partition;
    const auto stamp = cache_.get(meta_family, partition_key('s', partition));
    if (!stamp) {
        static_cast<void>(cache_.recover());
        return stamp.error();
    }
    auto from = static_cast<std::uint64_t>(low);
    const auto until = static_cast<std::uint64_t>(high);
    const bool sound = *stamp && (*stamp)->size() == 16 && get_be((*stamp)->substr(0, 8)) <= until && get_be((*stamp)->substr(0, 8)) >= from &&
                       wall_ms() - static_cast<Millis>(get_be((*stamp)->substr(8))) < stamp_age_max;
    if (sound) from = get_be((*stamp)->substr(0, 8));
    else if (const auto cleared = cache_.clear(family); !cleared) return cleared;

    Store::Batch batch(cache_);
    std::string name;
    std::optional<Fault> failed;
    const auto write = [&](std::uint64_t next) {
        put_stamp(batch, partition, next);
        if (const auto written = cache_.write(batch, false); !written) failed = written.error();
    };
    PartitionReader reader(reading_, changelog_, partition);
    const auto read = reader.replay(from, until, patience_ms, [&](std::string_view key, const std::string_view* value, std::uint64_t offset) {
        name.clear();
        put_be(name, partition, 2);
        name += key;
        if (value) batch.put(family, name, *value);
        else batch.erase(family, name);
        if (batch.bytes() > 1u << 20) write(offset + 1);
    });
    if (!read) {
        batch.clear();
        return read;
    }
    write(until);
    if (failed) {
        static_cast<void>(cache_.recover());
        return *failed;
    }
    return {};
}

} // namespace sluse::kafka
