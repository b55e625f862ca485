// gateway/journal/kafka_reader.cpp — reading by partition and offset through librdkafka's simple consumer.
#include "gateway/journal/kafka_reader.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace sluse::kafka {
namespace {
constexpr int read_wait_ms = 5'000;
using Clock = std::chrono::steady_clock;

std::int64_t left_ms(Clock::time_point deadline)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
}
} // namespace

Result<Client> create_reading_client(const KafkaOptions& options)
{
    auto conf = configure(options, {{"group.id", options.group},
                                    {"enable.auto.commit", "false"},
                                    {"isolation.level", "read_committed"},
                                    {"enable.partition.eof", "true"},
                                    {"auto.offset.reset", "earliest"},
                                    {"queued.max.messages.kbytes", "2048"},
                                    {"fetch.wait.max.ms", "100"},
                                    {"fetch.error.backoff.ms", "100"}});
    if (!conf) return conf.error();
    return create(RD_KAFKA_CONSUMER, std::move(*conf));
}

PartitionReader::PartitionReader(rd_kafka_t* consumer, const std::string& topic, std::uint32_t partition)
    : topic_(rd_kafka_topic_new(consumer, topic.c_str(), nullptr)), partition_(partition)
{
}

PartitionReader::~PartitionReader()
{
    fetched_.clear();
    if (started_) static_cast<void>(rd_kafka_consume_stop(topic_.get(), static_cast<std::int32_t>(partition_)));
}

void PartitionReader::place(std::uint64_t from)
{
    while (!fetched_.empty() && static_cast<std::uint64_t>(fetched_.front()->offset) < from) fetched_.pop_front();
    if (!fetched_.empty() && given_from_ <= from) return;
    if (fetched_.empty() && started_ && given_from_ <= from && from <= next_) return;
    if (started_) static_cast<void>(rd_kafka_consume_stop(topic_.get(), static_cast<std::int32_t>(partition_)));
    fetched_.clear();
    end_.reset();
    fault_.reset();
    next_ = given_from_ = from;
    started_ = rd_kafka_consume_start(topic_.get(), static_cast<std::int32_t>(partition_), static_cast<std::int64_t>(from)) == 0;
    if (!started_) fault_ = fault("cannot read", rd_kafka_last_error());
}

void PartitionReader::fetch(int wait_ms)
{
    std::array<rd_kafka_message_t*, 512> batch;
    const auto count = rd_kafka_consume_batch(topic_.get(), static_cast<std::int32_t>(partition_), wait_ms, batch.data(), batch.size());
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        Message message(batch[static_cast<std::size_t>(i)]);
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            end_ = next_ = static_cast<std::uint64_t>(message->offset);
        } else if (message->err) {
            fault_ = fault("cannot read", message->err);
        } else {
            end_.reset();
            fault_.reset();
            next_ = static_cast<std::uint64_t>(message->offset) + 1;
            // A start beyond the end (a topic made anew) is answered from the beginning.
            if (next_ > given_from_) fetched_.push_back(std::move(message));
        }
    }
}

Result<std::vector<Record>> PartitionReader::read(std::uint64_t from, std::size_t bytes_max)
{
    const std::lock_guard lock(mutex_);
    place(from);
    const auto deadline = Clock::now() + std::chrono::milliseconds(read_wait_ms);
    fetch(0);
    while (fetched_.empty() && !end_ && left_ms(deadline) > 0) fetch(50);
    if (fetched_.empty() && !end_) return fault_ ? *fault_ : fault("cannot read", "no answer in time");
    std::vector<Record> records;
    std::size_t bytes = 0;
    while (!fetched_.empty() && bytes < bytes_max) {
        const auto& one = *fetched_.front();
        auto& record = records.emplace_back();
        record.partition = partition_;
        record.offset = static_cast<std::uint64_t>(one.offset);
        record.timestamp = rd_kafka_message_timestamp(&one, nullptr);
        record.key.assign(static_cast<const char*>(one.key), one.key_len);
        record.value.assign(static_cast<const char*>(one.payload), one.len);
        bytes += one.len + one.key_len;
        given_from_ = record.offset + 1;
        fetched_.pop_front();
    }
    return records;
}

bool PartitionReader::wait(std::uint64_t from, Millis at_most)
{
    const auto deadline = Clock::now() + std::chrono::milliseconds(at_most);
    for (;;) {
        {
            const std::lock_guard lock(mutex_); // released between slices: another reader of the partition must not wait as long
            place(from);
            if (fetched_.empty()) fetch(static_cast<int>(std::clamp<std::int64_t>(left_ms(deadline), 0, 50)));
            if (!fetched_.empty()) return true;
        }
        if (left_ms(deadline) <= 0) return false;
    }
}

Result<void> PartitionReader::replay(std::uint64_t from, std::uint64_t until, Millis at_most,
                            const std::function<void(std::string_view, const std::string_view*, std::uint64_t)>& each)
{
    const std::lock_guard lock(mutex_);
    place(from);
    auto deadline = Clock::now() + std::chrono::milliseconds(at_most);
    while (from < until) {
        fetch(50);
        if (!fetched_.empty()) deadline = Clock::now() + std::chrono::milliseconds(at_most);
        for (; !fetched_.empty(); fetched_.pop_front()) {
            const auto& one = *fetched_.front();
            const std::string_view value(static_cast<const char*>(one.payload), one.len);
            each({static_cast<const char*>(one.key), one.key_len}, one.payload ? &value : nullptr, static_cast<std::uint64_t>(one.offset));
            from = given_from_ = static_cast<std::uint64_t>(one.offset) + 1;
        }
        if (end_ && *end_ >= until) return {};
        if (from < until && left_ms(deadline) <= 0) return fault_ ? *fault_ : fault("cannot restore", "a transaction stays open");
    }
    return {};
}

} // namespace sluse::kafka
