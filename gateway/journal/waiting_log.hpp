// gateway/journal/waiting_log.hpp — a log whose brokers were away at the start: it is opened as soon as they answer.
#pragma once

#include "gateway/journal/log.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace sluse {

/// Until it is open it takes nothing, has nothing, and says why in health(); with a spool before it, senders that may be spooled are
/// served all the same. A thread tries, with back-off, until close().
class WaitingLog final : public Log {
public:
    /// `partitions` is what the log is expected to have; one that turns out to have another number is not taken.
    WaitingLog(OpenLog open, std::uint32_t partitions);
    ~WaitingLog() override;
    /// Begins to try. The log itself when it is open within `at_most`; null: it is still tried; a Fault: trying again cannot help.
    Result<std::unique_ptr<Log>> first_try(Millis at_most);

    std::uint32_t partitions() const override { return partitions_; }
    void append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done) override;
    Result<void> start(std::function<std::unique_ptr<Processor>()> make, unsigned workers) override;
    Result<std::vector<Record>> read(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max) override;
    void wait(Topic topic, std::uint32_t partition, std::uint64_t from, Millis at_most) override;
    Result<std::uint64_t> offset_at(std::uint32_t partition, Millis at) override;
    void inspect(std::uint32_t partition, const std::function<void(State&)>& look) override;
    Result<void> execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change) override;
    std::vector<PartitionStats> stats() override;
    std::string health() override;
    bool takes_appends() override;
    Result<void> trim(std::uint32_t partition, std::uint64_t below) override;
    void on_open(std::function<void()> prepare) override;
    void close() override;

private:
    void try_on();
    Result<void> take(std::unique_ptr<Log> log);
    Log* log() const { return log_.load(std::memory_order_acquire); }
    Fault away();

    const OpenLog open_;
    const std::uint32_t partitions_;
    std::unique_ptr<Log> owned_;     ///< set once, before log_
    std::atomic<Log*> log_{};        ///< null until it is open
    std::atomic<bool> ready_{};      ///< prepared: appends of others than the preparation are taken
    std::atomic<std::thread::id> preparing_{};
    std::mutex mutex_;               ///< what follows
    std::condition_variable changed_;
    std::optional<Fault> trouble_;   ///< why the last try failed
    std::function<void()> prepare_;
    std::function<std::unique_ptr<Processor>()> make_;
    unsigned workers_{};
    bool first_{true};               ///< first_try() may still take it away
    bool stopping_{};
    std::once_flag closed_;
    std::thread thread_;
};

} // namespace sluse
