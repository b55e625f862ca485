// gateway/config.cpp — one table of keys per section; unknown keys, wrong types and values out of range are all reported, each with its place.
#include "gateway/config.hpp"

#include "gateway/base/nearest.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <set>
#include <span>
#include <sstream>
#include <tuple>

namespace sluse {
namespace {

/// Where a mistake is reported to, and how places are named.
struct Context {
    std::string file;
    Issues& issues;
    void error(const YAML::Node& node, const std::string& path, std::string text) const
    {
        const auto line = node.Mark().is_null() ? 0 : node.Mark().line + 1;
        issues.push_back({Severity::error, IssueKind::wrong_type, line ? fmt::format("{}:{}: {}", file, line, path) : file + ": " + path, std::move(text)});
    }
};

std::string join(const std::string& path, const std::string& key)
{
    return path.empty() ? key : path + '.' + key;
}

struct Duration {}; ///< "500ms", "30s", "10m", "2h", "90d"
struct Size {};     ///< "64MiB", "16KiB", plain bytes
struct Plain {};

struct UnitName {
    std::string_view name;
    std::int64_t factor;
};
constexpr UnitName durations[] = {{"ms", 1}, {"s", second_ms}, {"m", minute_ms}, {"h", hour_ms}, {"d", 24 * hour_ms}};
constexpr UnitName sizes[] = {{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};

std::optional<std::int64_t> with_unit(const std::string& text, std::span<const UnitName> units)
{
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    if (digits == 0 || digits > 15) return {};
    const std::string_view suffix = std::string_view(text).substr(digits);
    for (const auto& unit : units)
        if (unit.name == suffix) return std::stoll(text.substr(0, digits)) * unit.factor;
    return {};
}

/// One setting: its key, where it lives, how it is written, and its range (numbers only).
template <class Section, class Value, class As = Plain> struct Key {
    const char* name;
    Value Section::*member;
    As as{};
    std::int64_t min{0}, max{std::numeric_limits<std::int64_t>::max()};
};
template <class Section, class Value> Key(const char*, Value Section::*) -> Key<Section, Value>;
template <class Section, class Value, class As> Key(const char*, Value Section::*, As) -> Key<Section, Value, As>;
template <class Section, class Value, class As> Key(const char*, Value Section::*, As, std::int64_t, std::int64_t) -> Key<Section, Value, As>;

template <class Section, class Keys> void read(const Context& context, const YAML::Node& node, const std::string& path, const Keys& keys, Section& out);
const auto& keys_of(const TlsConfig*);
const auto& keys_of(const MllpConfig*);
const auto& keys_of(const HttpConfig*);
const auto& keys_of(const LimitsConfig*);
const auto& keys_of(const FileFeedConfig*);
const auto& keys_of(const KeysConfig*);
const auto& keys_of(const StorageConfig*);
const auto& keys_of(const KafkaConfig*);
const auto& keys_of(const TrackConfig*);
const auto& keys_of(const OwnLocation*);

template <class T> void value(const Context& c, const YAML::Node& node, const std::string& path, T& out);

template <class Number> void number(const Context& c, const YAML::Node& node, const std::string& path, std::optional<std::int64_t> read, std::int64_t min,
                                    std::int64_t max, std::string_view form, Number& out)
{
    if (!read) return c.error(node, path, fmt::format("must be {}", form));
    if (*read < min || *read > max) return c.error(node, path, fmt::format("is out of range {}..{}", min, max));
    out = static_cast<Number>(*read);
}

template <class Section, class Value, class As>
void read_key(const Context& c, const YAML::Node& node, const std::string& path, const Key<Section, Value, As>& key, Section& out)
{
    auto& target = out.*key.member;
    if constexpr (std::is_same_v<As, Duration>) {
        number(c, node, path, node.IsScalar() ? with_unit(node.Scalar(), durations) : std::nullopt, key.min, key.max, "a duration such as 500ms, 30s, 10m, 2h or 90d", target);
    } else if constexpr (std::is_same_v<As, Size>) {
        number(c, node, path, node.IsScalar() ? with_unit(node.Scalar(), sizes) : std::nullopt, key.min, key.max, "a size such as 64KiB or 16MiB", target);
    } else if constexpr (std::is_integral_v<Value> && !std::is_same_v<Value, bool>) {
        std::optional<std::int64_t> read;
        try {
            read = node.as<std::int64_t>();
        } catch (const YAML::Exception&) {
        }
        const auto max = std::min<std::int64_t>(key.max, static_cast<std::int64_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(std::numeric_limits<Value>::max()), std::numeric_limits<std::int64_t>::max())));
        number(c, node, path, read, key.min, max, "a whole number", target);
    } else {
        value(c, node, path, target);
    }
}

template <class T> struct is_vector : std::false_type {};
template <class T> struct is_vector<std::vector<T>> : std::true_type {};

template <class T> void value(const Context& c, const YAML::Node& node, const std::string& path, T& out)
{
    if constexpr (std::is_same_v<T, std::string>) {
        if (!node.IsScalar()) return c.error(node, path, "must be text");
        out = node.Scalar();
    } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, double>) {
        try {
            out = node.as<T>();
        } catch (const YAML::Exception&) {
            c.error(node, path, std::is_same_v<T, bool> ? "must be true or false" : "must be a number");
        }
    } else if constexpr (std::is_same_v<T, Zone>) {
        const auto zone = node.IsScalar() ? Zone::find(node.Scalar()) : std::nullopt;
        if (!zone) return c.error(node, path, "is not a time zone of the IANA database, such as Europe/Copenhagen");
        out = *zone;
    } else if constexpr (std::is_same_v<T, std::map<std::string, std::string, std::less<>>> ||
                         std::is_same_v<T, std::vector<std::pair<std::string, std::string>>>) {
        if (!node.IsMap()) return c.error(node, path, "must be a map of texts");
        for (const auto& entry : node) {
            if (!entry.second.IsScalar()) {
                c.error(entry.second, join(path, entry.first.Scalar()), "must be text");
                continue;
            }
            out.insert(out.end(), {entry.first.Scalar(), entry.second.Scalar()});
        }
    } else if constexpr (is_vector<T>::value) {
        if (!node.IsSequence()) return c.error(node, path, "must be a list");
        out.clear();
        for (std::size_t i = 0; i < node.size(); ++i) {
            out.emplace_back();
            value(c, node[i], fmt::format("{}[{}]", path, i), out.back());
        }
    } else {
        read(c, node, path, keys_of(&out), out);
    }
}

template <class Section, class Keys> void read(const Context& c, const YAML::Node& node, const std::string& path, const Keys& keys, Section& out)
{
    if (node.IsNull()) return;
    if (!node.IsMap()) return c.error(node, path.empty() ? "(top)" : path, "must be a map of settings");
    std::set<std::string> seen;
    for (const auto& entry : node) {
        const auto& name = entry.first.Scalar();
        const auto here = join(path, name);
        if (!seen.insert(name).second) {
            c.error(entry.first, here, "is set twice");
            continue;
        }
        bool known = false;
        std::vector<std::string_view> names;
        std::apply([&](const auto&... key) {
            ((names.push_back(key.name), key.name == name ? (known = true, read_key(c, entry.second, here, key, out)) : void()), ...);
        }, keys);
        if (known) continue;
        const auto near = nearest(name, names);
        c.error(entry.first, here, near.empty() ? "is not a setting" : "is not a setting; did you mean " + near + "?");
    }
}

const auto& keys_of(const TlsConfig*)
{
    static constexpr auto keys = std::tuple{Key{"certificate_file", &TlsConfig::certificate_file}, Key{"key_file", &TlsConfig::key_file},
                                            Key{"client_ca_file", &TlsConfig::client_ca_file}};
    return keys;
}
const auto& keys_of(const MllpConfig*)
{
    static constexpr auto keys = std::tuple{Key{"address", &MllpConfig::address}, Key{"port", &MllpConfig::port},
                                            Key{"insecure_plaintext", &MllpConfig::insecure_plaintext}, Key{"tls", &MllpConfig::tls}};
    return keys;
}
const auto& keys_of(const HttpConfig*)
{
    static constexpr auto keys = std::tuple{Key{"address", &HttpConfig::address}, Key{"port", &HttpConfig::port},
                                            Key{"insecure_plaintext", &HttpConfig::insecure_plaintext}, Key{"tls", &HttpConfig::tls},
                                            Key{"tokens_file", &HttpConfig::tokens_file}};
    return keys;
}
const auto& keys_of(const LimitsConfig*)
{
    static constexpr auto keys =
        std::tuple{Key{"connections", &LimitsConfig::connections, Plain{}, 1, 1'000'000},
                   Key{"connections_per_address", &LimitsConfig::connections_per_address, Plain{}, 1, 1'000'000},
                   Key{"message_bytes_max", &LimitsConfig::message_bytes_max, Size{}, 1024, 1 << 30},
                   Key{"in_flight_messages_per_connection", &LimitsConfig::in_flight_messages_per_connection, Plain{}, 1, 100'000},
                   Key{"idle", &LimitsConfig::idle, Duration{}, 1, 24 * hour_ms},
                   Key{"mid_frame", &LimitsConfig::mid_frame, Duration{}, 1, hour_ms},
                   Key{"write", &LimitsConfig::write, Duration{}, 1, hour_ms},
                   Key{"drain", &LimitsConfig::drain, Duration{}, 0, hour_ms}};
    return keys;
}
const auto& keys_of(const FileFeedConfig*)
{
    static constexpr auto keys = std::tuple{Key{"folder", &FileFeedConfig::folder}, Key{"system", &FileFeedConfig::system},
                                            Key{"settle", &FileFeedConfig::settle, Duration{}, 0, hour_ms}};
    return keys;
}
const auto& keys_of(const KeysConfig*)
{
    static constexpr auto keys = std::tuple{Key{"secret_file", &KeysConfig::secret_file}, Key{"pseudonym_key_id", &KeysConfig::pseudonym_key_id}};
    return keys;
}
const auto& keys_of(const StorageConfig*)
{
    static constexpr auto keys =
        std::tuple{Key{"partitions", &StorageConfig::partitions, Plain{}, 1, 4096}, Key{"workers", &StorageConfig::workers, Plain{}, 0, 256},
                   Key{"cache_bytes", &StorageConfig::cache_bytes, Size{}, 8 << 20, std::int64_t{1} << 40},
                   Key{"persons_bytes", &StorageConfig::persons_bytes, Size{}, 0, std::int64_t{1} << 40},
                   Key{"append_bytes_max", &StorageConfig::append_bytes_max, Size{}, 1 << 20, std::int64_t{1} << 34},
                   Key{"retention", &StorageConfig::retention, Duration{}, hour_ms, 3650 * 24 * hour_ms}};
    return keys;
}
const auto& keys_of(const KafkaConfig*)
{
    static constexpr auto keys =
        std::tuple{Key{"brokers", &KafkaConfig::brokers}, Key{"group", &KafkaConfig::group}, Key{"topic_prefix", &KafkaConfig::topic_prefix},
                   Key{"instance", &KafkaConfig::instance}, Key{"partitions", &KafkaConfig::partitions, Plain{}, 1, 4096},
                   Key{"replication", &KafkaConfig::replication, Plain{}, 1, 15},
                   Key{"session_timeout", &KafkaConfig::session_timeout, Duration{}, 1000, 30 * minute_ms},
                   Key{"spool_bytes_max", &KafkaConfig::spool_bytes_max, Size{}, 1 << 20, std::int64_t{1} << 40},
                   Key{"properties", &KafkaConfig::properties}};
    return keys;
}
const auto& keys_of(const TrackConfig*)
{
    static constexpr auto keys = std::tuple{Key{"persons_min", &TrackConfig::persons_min, Plain{}, 0, 1000},
                                            Key{"signals_every", &TrackConfig::signals_every, Duration{}, 100, 24 * hour_ms},
                                            Key{"goals_every", &TrackConfig::goals_every, Duration{}, 100, 24 * hour_ms}};
    return keys;
}

const auto& keys_of(const OwnLocation*)
{
    static constexpr auto keys = std::tuple{Key{"gln", &OwnLocation::gln}, Key{"sor", &OwnLocation::sor}, Key{"units", &OwnLocation::units}};
    return keys;
}

/// SystemSettings' own keys stand beside SystemConfig's in the file: one flat section per system.
struct FlatSystem : SystemSettings {
    std::string sender, certificate;
    double messages_per_second_max = 0;
};

const auto& keys_of(const FlatSystem*)
{
    using S = FlatSystem;
    static constexpr auto keys = std::tuple{
        Key<S, std::string>{"name", &S::name}, Key<S, std::string>{"sender", &S::sender}, Key<S, std::string>{"certificate", &S::certificate},
        Key<S, double>{"messages_per_second_max", &S::messages_per_second_max}, Key<S, Zone>{"zone", &S::zone}, Key<S, std::string>{"charset", &S::charset},
        Key<S, bool>{"repair_mojibake", &S::repair_mojibake}, Key<S, bool>{"refuse_reused_control_id", &S::refuse_reused_control_id},
        Key<S, bool>{"spool", &S::spool},
        Key<S, bool>{"take_local_events", &S::take_local_events},
        Key<S, std::map<std::string, std::string, std::less<>>>{"identifier_systems", &S::identifier_systems},
        Key<S, std::map<std::string, std::string, std::less<>>>{"code_systems", &S::code_systems}, Key<S, std::string>{"overlay", &S::overlay}};
    return keys;
}

void read_systems(const Context& c, const YAML::Node& node, std::vector<SystemConfig>& out)
{
    if (!node.IsSequence()) return c.error(node, "systems", "must be a list");
    for (std::size_t i = 0; i < node.size(); ++i) {
        const auto path = fmt::format("systems[{}]", i);
        FlatSystem flat;
        read(c, node[i], path, keys_of(&flat), flat);
        if (flat.name.empty()) c.error(node[i], join(path, "name"), "is missing");
        SystemConfig system;
        system.sender = flat.sender.empty() ? flat.name : flat.sender;
        system.certificate = flat.certificate;
        system.messages_per_second_max = flat.messages_per_second_max;
        system.settings = std::move(flat);
        out.push_back(std::move(system));
    }
}

struct Listen {
    std::vector<MllpConfig> mllp{MllpConfig{}};
    HttpConfig http;
};
struct Duplicates {
    Millis window = 90 * 24 * hour_ms;
};

const auto& keys_of(const Listen*)
{
    static constexpr auto keys = std::tuple{Key{"mllp", &Listen::mllp}, Key{"http", &Listen::http}};
    return keys;
}
const auto& keys_of(const Duplicates*)
{
    static constexpr auto keys = std::tuple{Key{"window", &Duplicates::window, Duration{}, hour_ms, 3650 * 24 * hour_ms}};
    return keys;
}

struct Top : Config {
    Listen listen;
    Duplicates duplicates;
    YAML::Node systems_node;
};

} // namespace

Config parse_config(const std::string& yaml, const std::string& name, Issues& issues)
{
    const Context context{name, issues};
    Top top;
    YAML::Node node;
    try {
        node = YAML::Load(yaml);
    } catch (const YAML::Exception& error) {
        issues.push_back({Severity::error, IssueKind::sequence, fmt::format("{}:{}", name, error.mark.line + 1), "is not YAML: " + error.msg});
        return top;
    }
    if (node.IsMap() && node["systems"]) {
        read_systems(context, node["systems"], top.systems);
        node.remove("systems");
    }
    static constexpr auto keys = std::tuple{
        Key<Top, std::string>{"data", &Top::data}, Key<Top, std::string>{"schemas", &Top::schemas}, Key<Top, std::string>{"codes", &Top::codes}, Key<Top, Listen>{"listen", &Top::listen},
        Key<Top, LimitsConfig>{"limits", &Top::limits}, Key<Top, std::vector<FileFeedConfig>>{"files", &Top::files},
        Key<Top, KeysConfig>{"keys", &Top::keys}, Key<Top, StorageConfig>{"storage", &Top::storage}, Key<Top, KafkaConfig>{"kafka", &Top::kafka},
        Key<Top, std::vector<OwnLocation>>{"locations", &Top::locations}, Key<Top, TrackConfig>{"track", &Top::track}, Key<Top, Duplicates>{"duplicates", &Top::duplicates}};
    read(context, node, "", keys, top);
    top.mllp = top.listen.mllp;
    top.http = top.listen.http;
    top.duplicate_window = top.duplicates.window;
    return top;
}

Config load_config(const std::string& file, Issues& issues)
{
    if (file.empty()) return {};
    const auto trouble = unreadable(file);
    if (!trouble.empty()) {
        issues.push_back({Severity::error, IssueKind::unknown_key, file, "cannot be read: " + trouble});
        return {};
    }
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return parse_config(text.str(), file, issues);
}

} // namespace sluse
