// gateway/journal/kafka_client.cpp — settings, topics and administration through librdkafka.
#include "gateway/journal/kafka_client.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace sluse::kafka {
namespace {

constexpr int admin_ms = 20'000;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Free<rd_kafka_AdminOptions_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Free<rd_kafka_NewTopic_destroy>>;
using ConfigResource = std::unique_ptr<rd_kafka_ConfigResource_t, Free<rd_kafka_ConfigResource_destroy>>;
using DeleteRecords = std::unique_ptr<rd_kafka_DeleteRecords_t, Free<rd_kafka_DeleteRecords_destroy>>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Free<rd_kafka_metadata_destroy>>;

void no_log(const rd_kafka_t*, int, const char*, const char*) {} // what matters comes back as an error and shows in health()

Result<std::map<std::string, int>> list_topics(rd_kafka_t* client, Millis at_most)
{
    const rd_kafka_metadata_t* found = nullptr;
    const auto error = rd_kafka_metadata(client, 1, nullptr, &found, static_cast<int>(at_most));
    if (error) return fault("cannot list topics", error);
    const Metadata metadata(found);
    std::map<std::string, int> topics;
    for (int i = 0; i < metadata->topic_cnt; ++i) topics[metadata->topics[i].topic] = metadata->topics[i].partition_cnt;
    return topics;
}

/// How long the records of a topic stay.
enum class Kept { as_the_broker_says, for_ever, newest_of_a_key };

NewTopic new_topic(const std::string& name, const KafkaOptions& options, int partitions, Kept kept)
{
    char text[256];
    NewTopic topic(rd_kafka_NewTopic_new(name.c_str(), partitions, options.replication, text, sizeof text));
    if (!topic) return topic;
    const auto set = [&](const char* key, const char* value) { rd_kafka_NewTopic_set_config(topic.get(), key, value); };
    set("max.message.bytes", "16777216");
    set("min.insync.replicas", options.replication >= 3 ? "2" : "1");
    if (kept == Kept::newest_of_a_key) {
        set("cleanup.policy", "compact");
        set("delete.retention.ms", "86400000"); // twice the age that a local cache may have (kafka_restore.cpp)
    }
    if (kept == Kept::for_ever) set("retention.ms", "-1"), set("retention.bytes", "-1"); // trim() alone decides: nothing else may delete what is not processed
    return topic;
}

Result<void> create_topics(rd_kafka_t* client, std::vector<NewTopic>& topics)
{
    std::vector<rd_kafka_NewTopic_t*> list;
    for (auto& topic : topics) list.push_back(topic.get());
    if (std::ranges::find(list, nullptr) != list.end()) return Fault{Errc::bad_config, "kafka: topic name or partition count is not valid"};
    const Queue queue(rd_kafka_queue_new(client));
    const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    rd_kafka_CreateTopics(client, list.data(), list.size(), options.get(), queue.get());
    const Event event(rd_kafka_queue_poll(queue.get(), admin_ms));
    if (!event) return fault("cannot create topics", "no answer in time");
    if (rd_kafka_event_error(event.get())) return fault("cannot create topics", rd_kafka_event_error(event.get()));
    std::size_t count = 0;
    const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto error = rd_kafka_topic_result_error(results[i]);
        if (error && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) // another process of the group starts too
            return fault(std::string("cannot create topic ") + rd_kafka_topic_result_name(results[i]), error);
    }
    return {};
}

} // namespace

Fault fault(std::string_view what, std::string_view reason)
{
    return {Errc::broker, "kafka: " + std::string(what) + ": " + std::string(reason)};
}

Fault fault(std::string_view what, rd_kafka_resp_err_t error)
{
    auto made = fault(what, std::string_view(rd_kafka_err2str(error)));
    // About the record itself: no later try ends otherwise.
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || error == RD_KAFKA_RESP_ERR_INVALID_RECORD)
        made.code = Errc::refused;
    return made;
}

Fault fault(std::string_view what, const Error& error)
{
    return fault(what, std::string_view(rd_kafka_error_string(error.get())));
}

Result<Conf> configure(const KafkaOptions& options, const Settings& own)
{
    Conf conf(rd_kafka_conf_new());
    Settings all{{"bootstrap.servers", options.brokers},   {"client.id", "sluse"},          {"allow.auto.create.topics", "false"},
                 {"reconnect.backoff.ms", "100"},          {"reconnect.backoff.max.ms", "2000"}, {"message.max.bytes", "16777216"},
                 {"socket.keepalive.enable", "true"}};
    all.insert(all.end(), own.begin(), own.end());
    all.insert(all.end(), options.properties.begin(), options.properties.end());
    for (const auto& [key, value] : all) {
        char text[512];
        if (rd_kafka_conf_set(conf.get(), key.c_str(), value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK)
            return Fault{Errc::bad_config, "kafka.properties." + key + ": " + text};
    }
    rd_kafka_conf_set_log_cb(conf.get(), no_log);
    return conf;
}

Result<Client> create(rd_kafka_type_t type, Conf conf)
{
    char text[512];
    Client client(rd_kafka_new(type, conf.get(), text, sizeof text));
    if (!client) return Fault{Errc::bad_config, std::string("kafka: ") + text};
    static_cast<void>(conf.release()); // the client owns it now
    return client;
}

Result<Client> create_observer(const KafkaOptions& options)
{
    auto conf = configure(options, {{"group.id", options.group}, {"enable.auto.commit", "false"}, {"isolation.level", "read_uncommitted"}});
    if (!conf) return conf.error();
    return create(RD_KAFKA_CONSUMER, std::move(*conf));
}

std::string topic_setting(rd_kafka_t* client, const std::string& topic, std::string_view key)
{
    const ConfigResource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    auto* list = resource.get();
    const Queue queue(rd_kafka_queue_new(client));
    const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
    rd_kafka_DescribeConfigs(client, &list, 1, options.get(), queue.get());
    const Event event(rd_kafka_queue_poll(queue.get(), admin_ms));
    if (!event || rd_kafka_event_error(event.get())) return {};
    std::size_t count = 0, entries = 0;
    const auto* found = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    if (count == 0) return {};
    const auto* configs = rd_kafka_ConfigResource_configs(found[0], &entries);
    for (std::size_t i = 0; i < entries; ++i)
        if (rd_kafka_ConfigEntry_name(configs[i]) == key)
            if (const auto* value = rd_kafka_ConfigEntry_value(configs[i])) return value;
    return {};
}

Result<std::uint32_t> prepare_topics(rd_kafka_t* client, const KafkaOptions& options, std::string& warning)
{
    auto known = list_topics(client, options.answer_max);
    if (!known) return Fault{known.error().code, known.error().where + "; no broker of kafka.brokers (" + options.brokers + ") answered"};
    std::vector<std::string> names;
    for (std::size_t i = 0; i < topic_count; ++i) names.push_back(topic_name(options, static_cast<Topic>(i)));
    names.push_back(changelog_name(options));
    const auto first = known->find(names.front());
    const auto partitions_wanted = first == known->end() ? static_cast<int>(options.partitions) : first->second; // a topic that is new in this version joins the others
    std::vector<NewTopic> missing;
    for (const auto& one : names) {
        if (known->contains(one)) continue;
        const bool changelog = one == names.back();
        auto kept = one == topic_name(options, Topic::fhir) ? Kept::as_the_broker_says : Kept::for_ever; // events too: a new tracker sums them from the first on
        if (changelog || one == topic_name(options, Topic::goals)) kept = Kept::newest_of_a_key;
        missing.push_back(new_topic(one, options, partitions_wanted, kept));
    }
    if (!missing.empty())
        if (const auto made = create_topics(client, missing); !made) return made.error();
    for (int tries = 0; tries < 50 && !missing.empty(); ++tries) { // metadata follows creation with some delay
        known = list_topics(client, admin_ms);
        if (!known) return known.error();
        if (std::ranges::all_of(names, [&](const auto& one) { return known->contains(one) && known->at(one) > 0; })) break;
        const Queue pause(rd_kafka_queue_new(client));
        static_cast<void>(rd_kafka_queue_poll(pause.get(), 100));
    }
    const auto partitions = (*known)[names.front()];
    for (const auto& one : names)
        if ((*known)[one] != partitions || partitions == 0)
            return Fault{Errc::bad_config, "kafka: " + one + " has " + std::to_string((*known)[one]) + " partitions, " + names.front() +
                                               " has " + std::to_string(partitions) + "; a patient's lane must have one place in all"};
    if (const auto replicas = std::atoi(topic_setting(client, names.front(), "min.insync.replicas").c_str()); replicas < 2)
        warning = "min.insync.replicas of " + names.front() + " is " + std::to_string(replicas) + ": what is acknowledged may live on one broker only";
    return static_cast<std::uint32_t>(partitions);
}

Result<void> same_key(const rd_kafka_topic_partition_list_t& committed, const KafkaOptions& options)
{
    for (int i = 0; i < committed.cnt; ++i) {
        const auto& place = committed.elems[i];
        const std::string_view mark(static_cast<const char*>(place.metadata), place.metadata ? place.metadata_size : 0);
        if (!mark.empty() && !options.key_print.empty() && mark != options.key_print)
            return Fault{Errc::bad_config, "keys.secret_file: the processes of kafka.group " + options.group +
                                               " work with another secret; all of a group need the same, or a patient would have two lanes"};
    }
    return {};
}

void mark_key(rd_kafka_topic_partition_t& place, const KafkaOptions& options)
{
    if (options.key_print.empty()) return;
    place.metadata = rd_kafka_mem_malloc(nullptr, options.key_print.size());
    place.metadata_size = options.key_print.size();
    options.key_print.copy(static_cast<char*>(place.metadata), place.metadata_size);
}

Result<void> delete_records(rd_kafka_t* client, const std::string& topic, std::uint32_t partition, std::uint64_t below)
{
    const Places places(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(places.get(), topic.c_str(), static_cast<std::int32_t>(partition))->offset = static_cast<std::int64_t>(below);
    const DeleteRecords wanted(rd_kafka_DeleteRecords_new(places.get()));
    auto* list = wanted.get();
    const Queue queue(rd_kafka_queue_new(client));
    const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DELETERECORDS));
    rd_kafka_DeleteRecords(client, &list, 1, options.get(), queue.get());
    const Event event(rd_kafka_queue_poll(queue.get(), admin_ms));
    if (!event) return fault("cannot trim", "no answer in time");
    if (rd_kafka_event_error(event.get())) return fault("cannot trim", rd_kafka_event_error(event.get()));
    const auto* result = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
    for (int i = 0; i < result->cnt; ++i)
        if (result->elems[i].err) return fault("cannot trim", result->elems[i].err);
    return {};
}

} // namespace sluse::kafka
