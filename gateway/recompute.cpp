// gateway/recompute.cpp — collects the facts of every partition and compares.
#include "gateway/recompute.hpp"

#include "gateway/process/inspect.hpp"
#include "gateway/track/batch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace sluse {
namespace {

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

} // namespace

Result<Comparison> compare_with_batch(Log& log, Tracker& tracker, const Packs& packs, Millis at_most)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(at_most);
    while (std::chrono::steady_clock::now() < deadline) {
        if (const auto count = elsewhere(log))
            return Fault{Errc::refused, fmt::format("{} of {} partitions are worked on by another process, or by none just now: the comparison needs the facts of "
                                                    "all; stop the other processes and ask again",
                                                    count, log.partitions())};
        const auto before = standing_of(log, tracker);
        if (before.quiet && log.takes_appends() && tracker_has_all(log, tracker)) {
            BatchCells stream;
            tracker.dump([&](std::string_view key, std::string_view value) { sum_cell(stream, key, value); });
            const auto nodes = nodes_of(log);
            if (standing_of(log, tracker) == before) {
                Comparison result;
                const auto batch = recompute(nodes, packs);
                result.cells = batch.size();
                result.persons = nodes.size();
                for (const auto& d : verify(stream, batch)) result.differences.push_back(fmt::format("{}: stream {}, batch {}", d.cell, d.stream, d.batch));
                return result;
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return Fault{Errc::timed_out, "messages kept coming: there was no moment with nothing under way to compare in"};
}

} // namespace sluse
