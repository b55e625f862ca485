// gateway/recompute.cpp — collects the facts of every partition and compares.
#include "gateway/recompute.hpp"

#include "gateway/indicators/reading.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/replay.hpp"
#include "gateway/track/batch.hpp"
#include "gateway/track/cell_key.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace sluse {
namespace {

constexpr Millis cells_wait_ms = 60 * second_ms;
constexpr auto look_again = std::chrono::milliseconds(50);
constexpr Millis event_wait_ms = 120; ///< a little longer than a consumer's fetch waits at the brokers

/// Where everything stands; two equal readings with nothing under way between them bracket a quiet moment.
struct Standing {
    std::vector<std::uint64_t> offsets;
    bool quiet{true};
    bool operator==(const Standing&) const = default;
};

Standing standing_of(Log& log, Tracker& tracker)
{
    Standing now;
    for (const auto& p : log.stats()) {
        now.quiet &= p.committed == p.end && p.facts_committed == p.facts_end;
        now.offsets.insert(now.offsets.end(), {p.committed, p.facts_committed});
    }
    for (const auto& source : tracker.progress()) {
        now.quiet &= source.applied == source.end;
        now.offsets.push_back(source.applied);
    }
    return now;
}

std::vector<BatchNode> nodes_of(Log& log)
{
    std::vector<BatchNode> nodes;
    for (std::uint32_t p = 0; p < log.partitions(); ++p)
        log.inspect(p, [&](State& state) {
            each_node(state, [&](const NodeFacts& node) {
                BatchNode batch{node.name, {}, node.facts};
                for (const auto& link : node.links) batch.links.push_back({link.a, link.b, link.active, link.version});
                nodes.push_back(std::move(batch));
            });
        });
    return nodes;
}

/// The tracker says what it has applied, not what there is: so the log is asked for events after that, with time for them to arrive.
bool tracker_has_all(Log& log, Tracker& tracker)
{
    for (const auto& source : tracker.progress()) {
        log.wait(Topic::events, source.partition, source.applied, event_wait_ms);
        const auto more = log.read(Topic::events, source.partition, source.applied, 1);
        if (!more || !more->empty()) return false;
    }
    return true;
}

/// Facts of partitions that another process works on cannot be seen from here.
std::size_t elsewhere(Log& log)
{
    std::size_t count = 0;
    for (const auto& p : log.stats()) count += !p.assigned;
    return count;
}

Comparison compared(const BatchCells& stream, std::span<const BatchNode> nodes, const Packs& packs)
{
    Comparison result;
    const auto batch = recompute(nodes, packs);
    result.cells = batch.size();
    result.persons = nodes.size();
    for (const auto& d : verify(stream, batch)) result.differences.push_back(fmt::format("{}: stream {}, batch {}", d.cell, d.stream, d.batch));
    return result;
}

Result<void> assigned_here(Log& log)
{
    if (const auto count = elsewhere(log))
        return Fault{Errc::refused, fmt::format("{} of {} partitions are worked on by another process, or by none just now: the comparison needs the facts of "
                                                "all; stop the other processes and ask again",
                                                count, log.partitions())};
    return {};
}

/// Looks when nothing is pending, no mail is under way and the tracker has read every event; false when there was no such moment. Errc::refused
/// when another process has some of the partitions.
Result<bool> at_rest(Log& log, Tracker& tracker, Millis at_most, const std::function<void()>& look)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(at_most);
    while (std::chrono::steady_clock::now() < deadline) {
        if (const auto all = assigned_here(log); !all) return all.error();
        const auto before = standing_of(log, tracker);
        if (before.quiet && log.takes_appends() && tracker_has_all(log, tracker)) {
            look();
            if (standing_of(log, tracker) == before) return true;
        }
        std::this_thread::sleep_for(look_again);
    }
    return false;
}

/// Until all is processed, letters between persons too; as long as it goes on.
Result<void> work_off(Log& log, const KnownThen& then)
{
    constexpr auto patience = std::chrono::seconds(60);
    if (const auto started = log.start(then.processor, then.workers); !started) return started.error();
    std::vector<std::uint64_t> before;
    for (auto moved = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() - moved < patience; std::this_thread::sleep_for(look_again)) {
        std::vector<std::uint64_t> now;
        bool pending = false;
        for (const auto& p : log.stats()) {
            pending |= p.committed < p.end || p.facts_committed < p.facts_end;
            now.insert(now.end(), {p.committed, p.facts_committed, p.facts_end});
        }
        if (!pending) return {};
        if (now != before) moved = std::chrono::steady_clock::now();
        before = std::move(now);
    }
    return Fault{Errc::timed_out, "the messages received until then: processing them does not go on"};
}

/// The rules under which the last message was processed.
std::shared_ptr<const Packs> packs_then(Log& log, const KnownThen& then)
{
    std::string hash;
    log.inspect(0, [&](State& state) { hash = active_rules(state); });
    return then.packs(hash);
}

/// A directory that goes, with what is in it.
struct Scratch {
    const std::filesystem::path& path;
    ~Scratch()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

} // namespace

Result<Comparison> compare_with_batch(Log& log, Tracker& tracker, const Packs& packs, Millis at_most)
{
    BatchCells stream;
    std::vector<BatchNode> nodes;
    const auto look = [&] {
        stream.clear();
        tracker.dump([&](std::string_view key, std::string_view value) { sum_cell(stream, key, value); });
        nodes = nodes_of(log);
    };
    const auto rested = at_rest(log, tracker, at_most, look);
    if (!rested) return rested.error();
    if (!*rested) return Fault{Errc::timed_out, "messages kept coming: there was no moment with nothing under way to compare in"};
    return compared(stream, nodes, packs);
}

Result<Comparison> compare_as_known(Log& log, Tracker& tracker, const KnownThen& then)
{
    BatchCells stream;
    const auto look = [&] {
        stream.clear();
        tracker.dump([&](std::string_view key, std::string_view value) {
            const auto cell = parse_cell_key(key);
            if (cell && cell->received_day <= then.day) sum_cell(stream, key, value);
        });
    };
    const auto rested = at_rest(log, tracker, cells_wait_ms, look);
    if (!rested) return rested.error();
    if (!*rested) return Fault{Errc::timed_out, "some messages are not processed yet"};

    std::error_code failed;
    if (std::filesystem::exists(then.scratch, failed)) return Fault{Errc::refused, then.scratch.string() + ": is there already; remove it"};
    std::filesystem::create_directories(then.scratch, failed);
    if (failed) return Fault{Errc::storage, then.scratch.string() + ": " + failed.message()};
    const Scratch scratch{then.scratch};
    EmbeddedOptions options;
    options.path = then.scratch / "log";
    options.partitions = log.partitions();
    const auto past = open_embedded_log(options);
    if (!past) return past.error();
    ReplayFilter filter;
    filter.until = first_instant(then.day + 1);
    filter.same_rules = true;
    const auto replayed = replay(log, **past, filter);
    if (!replayed) return replayed.error();
    if (replayed->cut || replayed->damaged)
        return Fault{Errc::refused, fmt::format("{} messages are past retention and {} cannot be read: what was known cannot be worked out from the others", replayed->cut, replayed->damaged)};
    if (const auto done = work_off(**past, then); !done) return done.error();
    const auto packs = packs_then(**past, then);
    if (!packs) return Fault{Errc::not_found, "the rules of that day are not in the archive"};
    auto found = compared(stream, nodes_of(**past), *packs);
    (*past)->close();
    return found;
}

} // namespace sluse
