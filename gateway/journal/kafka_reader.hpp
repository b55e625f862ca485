// gateway/journal/kafka_reader.hpp — committed records of any partition from any offset, outside the group.
#pragma once

#include "gateway/journal/kafka_client.hpp"

#include <deque>
#include <functional>
#include <mutex>

namespace sluse::kafka {

/// One partition of one topic, read through a consumer that several readers share. Thread-safe; keeps its place, so that reading
/// on costs no seek.
class PartitionReader {
public:
    PartitionReader(rd_kafka_t* consumer, const std::string& topic, std::uint32_t partition);
    ~PartitionReader();
    /// Up to `bytes_max` from `from` on; empty when the committed end is before it.
    Result<std::vector<Record>> read(std::uint64_t from, std::size_t bytes_max);
    /// True when there is something at or after `from`; waits for it.
    bool wait(std::uint64_t from, Millis at_most);
    /// Reads everything in [from, until) in order. `until` is a high watermark: waits until transactions open below it are
    /// settled, at most `at_most` without progress. Null value: a tombstone.
    Result<void> replay(std::uint64_t from, std::uint64_t until, Millis at_most,
                        const std::function<void(std::string_view key, const std::string_view* value, std::uint64_t offset)>& each);

private:
    void place(std::uint64_t from);
    void fetch(int wait_ms);
    std::mutex mutex_;
    TopicHandle topic_;
    std::uint32_t partition_;
    bool started_{};
    std::uint64_t given_from_{};      ///< nothing below it is at hand any more
    std::uint64_t next_{};            ///< where the client fetches on
    std::optional<std::uint64_t> end_; ///< committed end as last reported, while nothing came after it
    std::deque<Message> fetched_;     ///< not yet given
    std::optional<Fault> fault_;
};

/// Settings of the consumer below the readers.
Result<Client> create_reading_client(const KafkaOptions& options);

} // namespace sluse::kafka
