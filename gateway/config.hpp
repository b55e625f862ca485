// gateway/config.hpp — every setting of `sluse serve`, with its default; the only reader of sluse.yaml.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/model/locations.hpp"
#include "gateway/model/system.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluse {

/// Files of one TLS listener; empty certificate: plaintext. Secrets are file names, never values.
struct TlsConfig {
    std::string certificate_file, key_file;
    std::string client_ca_file; ///< set: clients must show a certificate signed by it (mTLS)
    bool operator==(const TlsConfig&) const = default;
};

struct MllpConfig {
    std::string address = "127.0.0.1";
    std::uint16_t port = 2575;
    bool insecure_plaintext = false; ///< allows a non-loopback address without TLS; a permanent warning metric
    TlsConfig tls;
    bool operator==(const MllpConfig&) const = default;
};

struct HttpConfig {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;
    bool insecure_plaintext = false;
    TlsConfig tls;
    std::string tokens_file; ///< lines "ROLE TOKEN-SHA256-HEX NAME"; empty: no authentication, loopback only
    bool operator==(const HttpConfig&) const = default;
};

struct LimitsConfig {
    std::size_t connections = 4096, connections_per_address = 4096;
    std::size_t message_bytes_max = 16u << 20;
    std::size_t in_flight_messages_per_connection = 256;
    Millis idle = 10 * minute_ms, mid_frame = 30 * second_ms, write = 30 * second_ms, drain = 10 * second_ms;
    bool operator==(const LimitsConfig&) const = default;
};

struct FileFeedConfig {
    std::string folder;
    std::string system; ///< empty: what each message says
    Millis settle = 2 * second_ms;
    bool operator==(const FileFeedConfig&) const = default;
};

struct KeysConfig {
    std::string secret_file; ///< at least 32 bytes; empty: one is made in the data directory at first start
    std::string pseudonym_key_id = "k1";
    bool operator==(const KeysConfig&) const = default;
};

struct StorageConfig {
    std::uint32_t partitions = 8;
    std::uint32_t workers = 2; ///< 0, with Kafka only: takes messages and leaves them to other processes of the group
    std::size_t cache_bytes = 256u << 20;
    std::optional<std::size_t> persons_bytes; ///< persons kept in memory, of each worker; absent: by the machine's memory
    std::size_t append_bytes_max = 64u << 20;
    Millis retention = 90 * 24 * hour_ms;
    bool operator==(const StorageConfig&) const = default;
};

struct KafkaConfig {
    std::string brokers; ///< empty: embedded log
    std::string group = "sluse", topic_prefix = "sluse.", instance;
    std::uint32_t partitions = 8;
    int replication = 3;
    Millis session_timeout = 10 * second_ms;
    std::size_t spool_bytes_max = 1u << 30; ///< of systems with `spool`, while the brokers are away
    std::vector<std::pair<std::string, std::string>> properties; ///< raw librdkafka settings
    bool operator==(const KafkaConfig&) const = default;
};

struct TrackConfig {
    int persons_min = 5; ///< rows about fewer persons are suppressed
    Millis signals_every = 5 * minute_ms; ///< how often the clock is journalled, and signals are looked for
    Millis goals_every = 30 * second_ms;  ///< how often changed numbers are written to the topic of goals
    bool operator==(const TrackConfig&) const = default;
};

/// One sending system: how its messages are recognised as its own, and how they are read.
struct SystemConfig {
    SystemSettings settings;
    std::string sender;            ///< "MSH-3|MSH-4" or FHIR source as sent; empty: the name
    std::string certificate;       ///< SAN or CN that its client certificate must carry; empty: any
    double messages_per_second_max = 0; ///< 0: unlimited
};

struct Config {
    std::string data = "data";
    std::string schemas;           ///< empty: beside the binary's source or /usr/share/sluse
    std::string codes;             ///< folder of the national registers' own files; empty: none
    std::vector<MllpConfig> mllp{MllpConfig{}};
    HttpConfig http;
    LimitsConfig limits;
    std::vector<FileFeedConfig> files;
    KeysConfig keys;
    StorageConfig storage;
    KafkaConfig kafka;
    TrackConfig track;
    Millis duplicate_window = 90 * 24 * hour_ms;
    std::vector<SystemConfig> systems;
    std::vector<OwnLocation> locations; ///< to what a message may be addressed; none: it is not looked at
};

/// The settings that differ among those that only a start reads: "listen.mllp, limits"; empty: none.
std::string read_only_at_start(const Config& running, const Config& wanted);

/// Why this process cannot read the file; empty when it can.
std::string unreadable(const std::string& file);
/// Only this machine can reach it.
bool loopback(const std::string& address);

/// Reads YAML text. Every mistake is an Issue with "name:line" and the setting's path; any error means the Config must not be used.
Config parse_config(const std::string& yaml, const std::string& name, Issues& issues);
/// As parse_config, from a file; "" gives the defaults.
Config load_config(const std::string& file, Issues& issues);
/// Rules that span settings: plaintext beyond loopback, missing files, ports used twice.
void check_config(const Config& config, Issues& issues);

} // namespace sluse
