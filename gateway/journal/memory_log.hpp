// gateway/journal/memory_log.hpp — a log in memory, with no threads of its own: each step, and so every interleaving, is the caller's.
#pragma once

#include "gateway/journal/unit.hpp"

#include <array>
#include <condition_variable>
#include <map>
#include <mutex>

namespace sluse {

/// One partition's state in memory; what `MemoryUnit` reads through to.
class MemoryState final : public StateSource {
public:
    std::optional<std::string> get(std::string_view key) override;
    void scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& each) override;
    void apply(OverlayUnit& unit);
    const std::map<std::string, std::string, std::less<>>& all() const { return values_; }

private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// Work waiting in a MemoryLog: the next record of `topic` in `partition`.
struct Waiting {
    std::uint32_t partition{};
    Topic topic{};
    std::uint64_t records{};
};

/// The whole Log contract without disk or threads. Records wait until step() or run() processes them, so a test decides how raw
/// records and facts mail between partitions interleave; `automatic(true)` runs after each append. Thread-safe like any Log.
class MemoryLog final : public Log {
public:
    explicit MemoryLog(std::uint32_t partitions);
    ~MemoryLog() override;

    /// Processes up to `records_max` records of one topic of one partition as one unit. False when nothing waited.
    bool step(std::uint32_t partition, Topic topic, std::size_t records_max = 512);
    /// Everything that waits now, for a scheduler to pick from.
    std::vector<Waiting> waiting();
    /// Steps until nothing waits. `pick` chooses the next by index into the list and how many records; without it: in order.
    void run(const std::function<std::pair<std::size_t, std::size_t>(const std::vector<Waiting>&)>& pick = {});
    void automatic(bool on);
    /// The next `count` units abort after processing: nothing of them stays and the processor is told to forget.
    void abort_next(int count);
    /// Every append faults with this until cleared by an empty optional.
    void fail_appends(std::optional<Fault> fault);
    /// Holds back the answers to appends until release(): what a slow disk looks like.
    void hold();
    void release();
    const MemoryState& state(std::uint32_t partition) const;

    std::uint32_t partitions() const override;
    void append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done) override;
    Result<void> start(std::function<std::unique_ptr<Processor>()> make, unsigned workers) override;
    Result<std::vector<Record>> read(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max) override;
    void wait(Topic topic, std::uint32_t partition, std::uint64_t from, Millis at_most) override;
    Result<std::uint64_t> offset_at(std::uint32_t partition, Millis at) override;
    void inspect(std::uint32_t partition, const std::function<void(State&)>& look) override;
    Result<void> execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change) override;
    std::vector<PartitionStats> stats() override;
    std::string health() override;
    Result<void> trim(std::uint32_t partition, std::uint64_t below) override;
    void close() override;

private:
    struct Partition {
        std::array<std::vector<Record>, topic_count> topics;
        std::array<std::uint64_t, topic_count> begin{};
        std::array<std::uint64_t, topic_count> committed{};
        MemoryState state;
    };
    std::vector<Record>& records(Topic topic, std::uint32_t partition);
    Processor& processor(std::uint32_t partition);
    bool commit(OverlayUnit& unit);
    void add(Topic topic, std::uint32_t partition, std::string_view key, std::string_view value, Millis at);

    mutable std::recursive_mutex mutex_; ///< recursive: an append's answer, and a look, may call back into the log
    std::condition_variable_any arrived_;
    std::vector<Partition> partitions_;
    std::vector<std::unique_ptr<Processor>> processors_;
    std::vector<std::pair<Appended, Position>> held_;
    std::optional<Fault> append_fault_;
    Millis last_at_{};
    int aborts_{};
    bool holding_{}, automatic_{}, running_{}, closed_{};
};

} // namespace sluse
