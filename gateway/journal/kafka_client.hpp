// gateway/journal/kafka_client.hpp — librdkafka's handles as values that free themselves, and its settings in one place.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/journal/log.hpp"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluse::kafka {

template <auto destroy> struct Free {
    template <class T> void operator()(T* handle) const { destroy(handle); }
};
using Client = std::unique_ptr<rd_kafka_t, Free<rd_kafka_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Free<rd_kafka_conf_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Free<rd_kafka_message_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Free<rd_kafka_event_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Free<rd_kafka_queue_destroy>>;
using Places = std::unique_ptr<rd_kafka_topic_partition_list_t, Free<rd_kafka_topic_partition_list_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Free<rd_kafka_topic_destroy>>;
using Error = std::unique_ptr<rd_kafka_error_t, Free<rd_kafka_error_destroy>>;
using GroupMetadata = std::unique_ptr<rd_kafka_consumer_group_metadata_t, Free<rd_kafka_consumer_group_metadata_destroy>>;

using Settings = std::vector<std::pair<std::string, std::string>>;

/// A Fault of the broker. `reason` is librdkafka's: names of topics, brokers and causes, never a record's content.
Fault fault(std::string_view what, std::string_view reason);
Fault fault(std::string_view what, rd_kafka_resp_err_t error);
Fault fault(std::string_view what, const Error& error);

/// Settings common to every client, then `own`, then the operator's properties, which win.
Result<Conf> configure(const KafkaOptions& options, const Settings& own);
Result<Client> create(rd_kafka_type_t type, Conf conf);
/// A client that never joins the group: for metadata, watermarks (high ones, past open transactions), committed offsets and administration.
Result<Client> create_observer(const KafkaOptions& options);

/// Makes missing topics, checks that all have the same number of partitions; returns it. `warning` says when a record may live
/// on one broker only.
Result<std::uint32_t> prepare_topics(rd_kafka_t* client, const KafkaOptions& options, std::string& warning);
/// Empty when the brokers do not say.
std::string topic_setting(rd_kafka_t* client, const std::string& topic, std::string_view key);
Result<void> delete_records(rd_kafka_t* client, const std::string& topic, std::uint32_t partition, std::uint64_t below);

/// A place that was committed under another lane key (the metadata of each commit is the key's fingerprint) is a Fault.
Result<void> same_key(const rd_kafka_topic_partition_list_t& committed, const KafkaOptions& options);
/// Sets a place's metadata to the fingerprint; librdkafka frees it with the list.
void mark_key(rd_kafka_topic_partition_t& place, const KafkaOptions& options);

inline std::string topic_name(const KafkaOptions& options, Topic topic)
{
    return options.topic_prefix + std::string(name(topic));
}
inline std::string changelog_name(const KafkaOptions& options)
{
    return options.topic_prefix + "timelines";
}

} // namespace sluse::kafka
