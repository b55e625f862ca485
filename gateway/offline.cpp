// gateway/offline.cpp — commands on the data directory of a gateway that is stopped, and the comparison that also a running one makes.
#include "gateway/commands.hpp"

#include "gateway/base/exit_codes.hpp"
#include "gateway/journal/each_raw.hpp"
#include "gateway/model/envelope.hpp"
#include "gateway/process/gateway_processor.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/recompute.hpp"
#include "gateway/replay.hpp"
#include "gateway/secrets.hpp"
#include "gateway/setup.hpp"
#include "gateway/stage_options.hpp"
#include "gateway/tools/api_client.hpp"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>
#include <memory>

namespace sluse {
namespace {

namespace fs = std::filesystem;
/// The log of a stopped gateway; null after the reason was said. `in_use`: then null without a word when a running gateway holds it.
std::unique_ptr<Log> open_stopped(const std::string& config_file, Config& config, int& code, bool* in_use = nullptr)
{
    Issues issues;
    config = load_config(config_file, issues);
    code = report(issues) ? exit_ok : exit_config;
    if (code) return nullptr;
    if (!config.kafka.brokers.empty()) {
        fmt::print(stderr, "error: this works on the embedded log; with Kafka ask the running gateway over --api\n");
        code = exit_unavailable;
        return nullptr;
    }
    EmbeddedOptions options;
    options.path = config.data + "/log";
    options.partitions = config.storage.partitions;
    std::error_code missing;
    if (!std::filesystem::exists(options.path, missing)) {
        fmt::print(stderr, "error: there is no log in {}\n", options.path);
        code = exit_unavailable;
        return nullptr;
    }
    auto log = open_embedded_log(options);
    if (log) return std::move(*log);
    code = exit_io;
    if (in_use && log.error().code == Errc::refused) return *in_use = true, nullptr;
    fmt::print(stderr, "error: {}\n", log.error().where);
    if (log.error().code == Errc::refused) fmt::print(stderr, "Stop the gateway first, or ask it: `sluse goals`, `sluse messages`\n");
    return nullptr;
}

/// Where a gateway with this configuration answers.
std::string web_address(const Config& config)
{
    const bool any = config.http.address == "0.0.0.0" || config.http.address == "::";
    return fmt::format("{}://{}:{}", config.http.tls.certificate_file.empty() ? "http" : "https", any ? "127.0.0.1" : config.http.address, config.http.port);
}

int print_comparison(const Comparison& found)
{
    for (const auto& difference : found.differences) fmt::print("{}\n", difference);
    fmt::print(stderr, "{} cells from the facts of {} identifiers: {}\n", found.cells, found.persons,
               found.differences.empty() ? "the stream equals the batch" : fmt::format("{} differ", found.differences.size()));
    return found.differences.empty() ? exit_ok : exit_difference;
}

/// A stopped gateway's cells, opened to be compared.
struct StoppedCells {
    std::shared_ptr<const Rules> rules;
    std::unique_ptr<Tracker> tracker;
};

std::optional<StoppedCells> open_cells(const Config& config, Log& log, int& code)
{
    Issues issues;
    const auto schemas = find_schemas(config.schemas, issues);
    StoppedCells out;
    if (!schemas.empty()) out.rules = load_rules(schemas, issues, config.codes);
    if (!report(issues) || !out.rules) return code = exit_config, std::nullopt;
    auto tracker = Tracker::open(config.data + "/track", log, out.rules->packs, config.track.persons_min);
    if (!tracker) {
        fmt::print(stderr, "error: {}\n", tracker.error().where);
        return code = exit_io, std::nullopt;
    }
    out.tracker = std::move(*tracker);
    return out;
}

/// As `journal replay --same-rules` into another directory and a gateway that is started there would have it.
Result<Comparison> compare_then(const Config& config, Log& log, const StoppedCells& cells, Day day)
{
    const auto keys = load_keys(config);
    if (!keys) return keys.error();
    const Systems systems(systems_of(config), Locations(config.locations));
    RulesArchive archive(fs::path(config.data) / "rules");
    RuledOptions ruled;
    ruled.fallback = cells.rules;
    ruled.archive = &archive;
    ruled.make = [&](const Rules& rules) {
        return make_gateway_processor(process_options(config, *keys, rules, [&](std::string_view name) -> const SystemSettings& { return systems.settings(name); }));
    };
    KnownThen then;
    then.day = day;
    then.scratch = fs::path(config.data) / "as-known";
    then.workers = std::max(1u, config.storage.workers);
    then.processor = [&] { return make_ruled_processor(ruled); };
    then.packs = [&](const std::string& hash) {
        const auto rules = hash.empty() ? cells.rules : archive.find(hash);
        return rules ? rules->packs : nullptr;
    };
    return compare_as_known(log, *cells.tracker, then);
}

int compare(ApiOptions api, const std::string& config_file, std::optional<Day> known_on)
{
    Config config;
    int code = exit_ok;
    bool running = false;
    const auto log = open_stopped(config_file, config, code, &running);
    if (running && known_on) {
        fmt::print(stderr, "error: the gateway runs; what was known is worked out from the journal of a stopped one, or from a copy of its data directory\n");
        return exit_unavailable;
    }
    if (running) {
        if (api.base.empty()) api.base = web_address(config);
        return run_recompute_running(api);
    }
    if (!log) return code;
    const auto cells = open_cells(config, *log, code);
    if (!cells) return code;
    cells->tracker->start();
    const auto found = known_on ? compare_then(config, *log, *cells, *known_on) : compare_with_batch(*log, *cells->tracker, *cells->rules->packs, 60 * second_ms);
    cells->tracker->stop();
    log->close();
    if (found) return print_comparison(*found);
    fmt::print(stderr, "error: {}{}\n", found.error().where,
               found.error().code == Errc::timed_out ? "; start the gateway so that what is pending is processed, then ask it over --api" : "");
    return exit_unavailable;
}

/// Every message of the log that can be read and decoded. Returns how many cannot, after each was named.
template <class Each> Result<std::uint64_t> each_message(Log& log, const Each& each)
{
    std::uint64_t damaged = 0;
    const auto look = [&](const Record& record) {
        const auto envelope = decode_envelope(record.value);
        if (envelope) return each(record, *envelope);
        fmt::print(stderr, "partition {} offset {}: {}\n", record.partition, record.offset, envelope.error().where);
        ++damaged;
    };
    const auto read = each_raw(log, look, [&](std::uint32_t partition, std::uint64_t first, std::uint64_t last) {
        fmt::print(stderr, "partition {}: offsets {} to {} cannot be read\n", partition, first, last - 1);
        damaged += last - first;
    });
    if (!read) return read.error();
    return damaged;
}

void print_raw(const Record& record, const Envelope& e)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
    json.StartObject();
    for (const auto& [name, value] : {std::pair{"id", e.id.text()}, {"receivedAt", rfc3339(e.received_ms)}, {"system", e.system}, {"format", e.format},
                                      {"type", e.type}, {"controlId", e.control_id}, {"via", e.via}}) {
        json.Key(name);
        json.String(value);
    }
    json.Key("partition");
    json.Uint(record.partition);
    json.Key("offset");
    json.Uint64(record.offset);
    json.Key("bytesHex"); // bytes are kept as received, in any character set
    json.String(hex(e.bytes));
    json.EndObject();
    fmt::print("{}\n", std::string_view(buffer.GetString(), buffer.GetSize()));
}

/// What a data directory holds beside its log and must not lose: the secret, and with `rules` every set of rules that was active.
Result<void> copy_beside(const fs::path& from, const fs::path& to, bool rules)
{
    std::error_code failed;
    if (fs::exists(from / "secret", failed)) fs::copy_file(from / "secret", to / "secret", failed);
    if (!failed && rules && fs::exists(from / "rules", failed)) fs::copy(from / "rules", to / "rules", fs::copy_options::recursive, failed);
    if (failed) return Fault{Errc::storage, to.string() + ": " + failed.message()};
    return {};
}

/// A log in a directory that did not exist or was empty.
Result<std::unique_ptr<Log>> new_log(const fs::path& folder, const Config& config, bool rules)
{
    std::error_code failed;
    if (fs::exists(folder, failed) && !fs::is_empty(folder, failed)) return Fault{Errc::refused, folder.string() + ": is not empty; name a directory that does not exist"};
    fs::create_directories(folder, failed);
    if (failed) return Fault{Errc::storage, folder.string() + ": " + failed.message()};
    if (const auto copied = copy_beside(config.data, folder, rules); !copied) return copied.error();
    EmbeddedOptions options;
    options.path = folder / "log";
    options.partitions = config.storage.partitions;
    return open_embedded_log(options);
}

void print_replayed(const Replayed& r, const std::string& folder)
{
    fmt::print("{} messages and {} refusals written to {}, {} left out by the filter\n", r.messages, r.refusals, folder, r.left_out);
    if (r.cut) fmt::print(stderr, "warning: {} older records are past retention: what only they told is not in the new directory\n", r.cut);
    if (r.damaged) fmt::print(stderr, "warning: {} records could not be read; `sluse journal verify` names them\n", r.damaged);
    fmt::print(stderr, "Start the gateway with `data: {}`; it processes them like messages that have just come.\n", folder);
}

} // namespace

int run_goals_recompute(const ApiOptions& api, const RecomputeOptions& options)
{
    if (options.as_known_on) {
        const auto day = parse_day(*options.as_known_on);
        if (day && !options.config_file.empty()) return compare(api, options.config_file, day);
        fmt::print(stderr, "error: --as-known-on is a day, as 2026-04-01, and needs --config of a gateway that is stopped\n");
        return exit_usage;
    }
    if (!options.config_file.empty()) return compare(api, options.config_file, {});
    return run_recompute_running(api);
}

int run_journal_stats(const std::string& config_file)
{
    Config config;
    int code = exit_ok;
    const auto log = open_stopped(config_file, config, code);
    if (!log) return code;
    fmt::print("{:>9}  {:>12}  {:>12}  {:>12}  {:>12}\n", "PARTITION", "FIRST", "END", "PROCESSED", "PENDING");
    for (const auto& p : log->stats()) fmt::print("{:>9}  {:>12}  {:>12}  {:>12}  {:>12}\n", p.partition, p.begin, p.end, p.committed, p.end - p.committed);
    for (const auto& [system, c] : counters_of(*log)) fmt::print("{}: accepted {}, normalised {}, duplicates {}, quarantined {}\n", system, c.accepted, c.normalised, c.duplicates, c.quarantined + c.parked);
    log->close();
    return exit_ok;
}

int run_journal_replay(const std::string& config_file, const std::string& folder, const ReplayFilter& filter)
{
    Config config;
    int code = exit_ok;
    const auto log = open_stopped(config_file, config, code);
    if (!log) return code;
    const auto made = new_log(folder, config, filter.same_rules);
    if (!made) {
        fmt::print(stderr, "error: {}\n", made.error().where);
        return made.error().code == Errc::refused ? exit_usage : exit_io;
    }
    const auto done = replay(*log, **made, filter);
    (*made)->close();
    log->close();
    if (!done) {
        fmt::print(stderr, "error: {}; {} is not whole, remove it\n", done.error().where, folder);
        return exit_io;
    }
    print_replayed(*done, folder);
    return done->damaged ? exit_difference : exit_ok;
}

int run_journal_verify(const std::string& config_file)
{
    Config config;
    int code = exit_ok;
    const auto log = open_stopped(config_file, config, code);
    if (!log) return code;
    std::uint64_t intact = 0;
    const auto damaged = each_message(*log, [&](const Record&, const Envelope&) { ++intact; });
    log->close();
    if (!damaged) {
        fmt::print(stderr, "error: {}\n", damaged.error().where);
        return exit_io;
    }
    fmt::print("{} records intact, {} damaged\n", intact, *damaged);
    return *damaged ? exit_difference : exit_ok;
}

int run_journal_export(const std::string& config_file)
{
    Config config;
    int code = exit_ok;
    const auto log = open_stopped(config_file, config, code);
    if (!log) return code;
    const auto damaged = each_message(*log, print_raw);
    log->close();
    if (!damaged) return exit_io;
    return *damaged ? exit_difference : exit_ok;
}

} // namespace sluse
