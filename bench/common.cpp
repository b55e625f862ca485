// bench/common.cpp — the feed, the rules and the raw records that figures are measured with.
#include "bench/common.hpp"

#include "adapters/adapter.hpp"
#include "bench/measure.hpp"
#include "gateway/model/envelope.hpp"
#include "gateway/tools/simulate.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>

namespace sluse::bench {

namespace fs = std::filesystem;

std::vector<std::string> feed(std::uint64_t messages, std::uint64_t seed)
{
    SimulateOptions options;
    options.seed = seed;
    options.messages = messages;
    options.formats = {SimulateFormat::hl7v2};
    Simulator simulator(options);
    std::vector<std::string> all;
    for (SimulatedMessage m; simulator.next(m);) all.push_back(m.bytes);
    return all;
}

fs::path fresh_folder()
{
    const char* base = std::getenv("SLUSE_BENCH_DIR");
    auto pattern = (fs::path(base ? base : fs::temp_directory_path()) / "sluse-bench-XXXXXX").string();
    if (!mkdtemp(pattern.data())) std::abort();
    return pattern;
}

std::shared_ptr<const Rules> rules()
{
    Issues issues;
    const auto* given = std::getenv("SLUSE_SCHEMAS");
    auto loaded = load_rules(given ? given : "schemas", issues);
    if (!loaded) {
        for (const auto& issue : issues) fmt::print(stderr, "{} {}\n", issue.path, issue.text);
        std::exit(78);
    }
    return loaded;
}

std::vector<Raw> records_of(const std::vector<std::string>& all, const Keys& keys, std::uint32_t partitions)
{
    UlidSource ids;
    const SystemSettings settings;
    const auto& adapter = *adapter_named("hl7v2");
    std::vector<Raw> records(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto at = 1'700'000'000'000 + static_cast<Millis>(i);
        const auto checked = adapter.check(all[i], settings);
        Envelope e{ids.next(at), at, checked.system, "hl7v2", checked.type, checked.control_id, "mllp", {}, all[i]};
        e.lane = checked.persons.empty() ? lane_of_system(keys.lane, e.system) : lane_of(keys.lane, checked.persons[0]);
        records[i].partition = e.lane.partition(partitions);
        records[i].key = hex(view(e.lane.digest).substr(0, 16));
        encode(e, records[i].value);
    }
    return records;
}

bool append_all(Log& log, std::vector<Raw>& records, std::size_t window)
{
    std::mutex mutex;
    std::condition_variable moved;
    std::size_t under_way = 0;
    bool failed = false;
    for (std::size_t i = 0; i < records.size(); ++i) {
        {
            std::unique_lock lock(mutex);
            moved.wait(lock, [&] { return under_way < window; });
            ++under_way;
        }
        auto& [partition, key, value] = records[i];
        log.append(partition, std::move(key), std::move(value), 1'700'000'000'000 + static_cast<Millis>(i), [&](const Result<Position>& done) {
            const std::lock_guard lock(mutex);
            failed |= !done;
            if (--under_way < window / 2 || under_way == 0) moved.notify_one();
        });
    }
    std::unique_lock lock(mutex);
    moved.wait(lock, [&] { return under_way == 0; });
    return !failed;
}

std::uint64_t pending(Log& log)
{
    std::uint64_t sum = 0;
    for (const auto& p : log.stats()) sum += p.end - p.committed + p.facts_end - p.facts_committed;
    return sum;
}

ThreadUse use_of_thread(std::string_view name)
{
    for (const auto& entry : fs::directory_iterator("/proc/self/task")) {
        std::string called;
        std::getline(std::ifstream(entry.path() / "comm"), called);
        if (called != name) continue;
        double nanoseconds = 0;
        std::ifstream(entry.path() / "schedstat") >> nanoseconds; // the first number is the time on a CPU
        return ThreadUse{nanoseconds / 1e9, allocations_of(std::stoi(entry.path().filename().string()))};
    }
    return {};
}

} // namespace sluse::bench
