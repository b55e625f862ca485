// gateway/recompute.cpp — collects the facts of every partition and compares.
#include "gateway/recompute.hpp"

#include "gateway/process/inspect.hpp"
#include "gateway/track/batch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace sluse {
namespace {

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

} // namespace

Result<Comparison> compare_with_batch(Log& log, Tracker& tracker, const Packs& packs, Millis at_most)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(at_most);
    while (std::chrono::steady_clock::now() < deadline) {
        const auto before = standing_of(log, tracker);
        if (before.quiet) {
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
