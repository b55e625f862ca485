// gateway/stage_options.cpp — the configuration's values put where each stage looks for them.
#include "gateway/stage_options.hpp"

#include "gateway/base/files.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace sluse {
namespace {

constexpr Millis brokers_patience = 3 * second_ms;   ///< after which a gateway with a spool starts without them
constexpr Millis brokers_answer_max = 5 * second_ms; ///< a stop waits so long for a try under way

/// With systems that may be spooled the gateway starts without brokers too.
Result<std::unique_ptr<Log>> open_kafka(KafkaOptions options, bool spools)
{
    if (!spools) return open_kafka_log(options);
    options.answer_max = brokers_answer_max;
    const auto partitions = known_partitions(options);
    return open_log_or_wait([options = std::move(options)] { return open_kafka_log(options); }, partitions, brokers_patience);
}

constexpr std::size_t persons_share = 8, persons_least = 256u << 20;

/// What this process may use: the machine's memory, or less where a container's limit says so.
std::size_t memory_bytes()
{
    auto bytes = static_cast<std::size_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES))) * static_cast<std::size_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
    for (const auto* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
        const auto text = bytes_of(file); // "max": no limit
        std::size_t limit = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), limit).ec == std::errc() && limit > 0) bytes = std::min(bytes, limit);
    }
    return bytes;
}

} // namespace

std::size_t persons_bytes(const StorageConfig& storage)
{
    if (storage.persons_bytes) return *storage.persons_bytes;
    return std::max(persons_least, memory_bytes() / persons_share / std::max(1u, storage.workers));
}

ProcessOptions process_options(const Config& config, const Keys& keys, const Rules& rules, std::function<const SystemSettings&(std::string_view)> settings)
{
    ProcessOptions options;
    options.maps = rules.maps;
    options.packs = rules.packs;
    options.registers = rules.registers;
    options.keys = keys;
    options.cache.bytes = persons_bytes(config.storage);
    options.duplicate_window_ms = config.duplicate_window;
    options.trace_retention_ms = std::max(config.storage.retention, config.duplicate_window);
    options.system_settings = std::move(settings);
    return options;
}

Result<std::unique_ptr<Log>> open_log(const Config& config, const Keys& keys)
{
    if (config.kafka.brokers.empty()) {
        EmbeddedOptions options;
        options.path = config.data + "/log";
        options.partitions = config.storage.partitions;
        options.append_bytes_max = config.storage.append_bytes_max;
        options.cache_bytes = config.storage.cache_bytes;
        return open_embedded_log(options);
    }
    KafkaOptions options;
    options.brokers = config.kafka.brokers;
    options.group = config.kafka.group;
    options.topic_prefix = config.kafka.topic_prefix;
    options.instance = config.kafka.instance;
    options.state_path = config.data + "/state";
    options.partitions = config.kafka.partitions;
    options.replication = config.kafka.replication;
    options.append_bytes_max = config.storage.append_bytes_max;
    options.session_timeout_ms = config.kafka.session_timeout;
    options.properties = config.kafka.properties;
    options.key_print = hex(view(keys.lane.sign({"fingerprint"})).substr(0, 8));
    auto kafka = open_kafka(options, std::ranges::any_of(config.systems, [](const SystemConfig& s) { return s.settings.spool; }));
    if (!kafka) return kafka.error();
    SpoolOptions spool;
    spool.path = config.data + "/spool";
    spool.bytes_max = config.kafka.spool_bytes_max;
    spool.memory_bytes_max = config.storage.append_bytes_max;
    return open_spooling_log(std::move(*kafka), spool);
}

MllpOptions mllp_options(const Config& config, std::size_t i)
{
    const auto& listen = config.mllp[i];
    MllpOptions options;
    options.name = fmt::format("mllp{}", i);
    options.address = listen.address;
    options.port = listen.port;
    options.insecure_plaintext = listen.insecure_plaintext;
    if (!listen.tls.certificate_file.empty())
        options.tls = TlsOptions{listen.tls.certificate_file, listen.tls.key_file, listen.tls.client_ca_file};
    options.connections_max = config.limits.connections;
    options.connections_per_address_max = config.limits.connections_per_address;
    options.message_bytes_max = config.limits.message_bytes_max;
    options.window_messages_max = config.limits.in_flight_messages_per_connection;
    options.in_flight_bytes_max = config.storage.append_bytes_max * 3 / 4;
    options.idle_max = config.limits.idle;
    options.mid_frame_max = config.limits.mid_frame;
    options.write_max = config.limits.write;
    return options;
}

serve::ServeOptions serve_options(const Config& config)
{
    serve::ServeOptions options;
    options.address = config.http.address;
    options.port = config.http.port;
    options.body_bytes_max = config.limits.message_bytes_max;
    options.tokens_file = config.http.tokens_file;
    options.certificate_file = config.http.tls.certificate_file;
    options.key_file = config.http.tls.key_file;
    options.client_ca_file = config.http.tls.client_ca_file;
    options.allow_plaintext_beyond_loopback = config.http.insecure_plaintext;
    return options;
}

} // namespace sluse
