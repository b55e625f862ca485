// gateway/journal/spooling_log.hpp — a log with a spool before it: who waits behind whom while the brokers are away.
#pragma once

#include "gateway/journal/spool.hpp"

#include <atomic>
#include <map>
#include <unordered_map>

namespace sluse {

/// Order holds per lane: while a lane has records in the spool, its new ones queue behind them, or are refused when their sender does
/// not take the spool for an answer; while it has records in flight to the log below, those settle before one goes into the spool.
/// Lanes share counters by a hash of their key: a collision delays, it never reorders.
class SpoolingLog final : public Log {
public:
    SpoolingLog(std::unique_ptr<Log> below, const SpoolOptions& options);
    ~SpoolingLog() override;
    Result<void> open();

    std::uint32_t partitions() const override { return below_->partitions(); }
    void append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done) override
    {
        below_->append(partition, std::move(key), std::move(value), timestamp, std::move(done));
    }
    void append_message(std::uint32_t partition, std::string key, std::string value, Millis timestamp, bool may_spool, Appended done) override;
    std::optional<SpoolStats> spool() override { return spool_->stats(); }
    Result<void> look_into_spool(Millis from, Millis below, const std::function<bool(const Record&)>& each) override { return spool_->look(from, below, each); }
    void on_open(std::function<void()> prepare) override { below_->on_open(std::move(prepare)); }
    Result<void> start(std::function<std::unique_ptr<Processor>()> make, unsigned workers) override { return below_->start(std::move(make), workers); }
    Result<std::vector<Record>> read(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max) override
    {
        return below_->read(topic, partition, from, bytes_max);
    }
    void wait(Topic topic, std::uint32_t partition, std::uint64_t from, Millis at_most) override { below_->wait(topic, partition, from, at_most); }
    Result<std::uint64_t> offset_at(std::uint32_t partition, Millis at) override { return below_->offset_at(partition, at); }
    void inspect(std::uint32_t partition, const std::function<void(State&)>& look) override { below_->inspect(partition, look); }
    Result<void> execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change) override
    {
        return below_->execute(partition, std::move(change));
    }
    std::vector<PartitionStats> stats() override { return below_->stats(); }
    std::string health() override { return below_->health(); }
    bool takes_appends() override { return below_->takes_appends(); }
    Result<void> trim(std::uint32_t partition, std::uint64_t below) override { return below_->trim(partition, below); }
    void close() override;

private:
    struct Lane {
        std::uint32_t in_flight{}; ///< appended below, not yet settled
        std::uint32_t spooled{};   ///< held, being written, or in the spool
    };
    struct Waiting {
        SpooledRecord record;
        Appended done;
    };
    static std::size_t lane_of(std::string_view key);
    bool away() { return failing_ || !below_->takes_appends(); }
    std::optional<Fault> refuses(const SpooledRecord& record);
    void queue(std::size_t lane, Waiting waiting);
    void put(std::size_t lane, Waiting waiting);
    void stored(std::size_t lane, std::uint32_t partition, std::size_t bytes, const Result<std::uint64_t>& number, const Appended& done);
    void settled(std::size_t lane, std::shared_ptr<SpooledRecord> copy, const Appended& done, Result<Position> at);
    void drain();
    bool drain_window();
    std::uint32_t home_of(const SpooledRecord& record) const;
    static std::vector<std::vector<std::size_t>> rounds(const std::vector<SpooledRecord>& window);
    std::size_t replicate(const std::vector<SpooledRecord>& window, std::optional<Fault>& fault);
    std::map<std::size_t, Fault> append_all(const std::vector<SpooledRecord>& window, const std::vector<std::size_t>& places);
    void forget(std::span<const SpooledRecord> gone);
    void pause(Millis at_most);
    void append_below(std::size_t lane, SpooledRecord record, bool may_spool, Appended done);

    std::unique_ptr<Log> below_;
    SpoolOptions options_;
    std::mutex mutex_; ///< lanes_, held_, memory_bytes_, closing_
    std::vector<Lane> lanes_;
    std::unordered_map<std::size_t, std::vector<Waiting>> held_; ///< by lane, until its records in flight have settled
    std::size_t memory_bytes_{};
    std::size_t window_records_max_; ///< the drainer's own
    bool closing_{};
    std::atomic<bool> failing_{}; ///< the last append of a record that may be spooled failed; until one from the spool gets through
    std::unique_ptr<Spool> spool_;
    std::mutex drain_mutex_;
    std::condition_variable drain_wake_;
    std::atomic<bool> stopping_{};
    std::once_flag closed_;
    std::thread drainer_;
};

} // namespace sluse
