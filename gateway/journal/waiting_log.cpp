// gateway/journal/waiting_log.cpp — trying to open, and what is answered meanwhile.
#include "gateway/journal/waiting_log.hpp"

#include "gateway/base/log_lines.hpp"

#include <algorithm>
#include <chrono>

namespace sluse {
namespace {

constexpr std::chrono::milliseconds pause_first{200}, pause_at_most{2'000};

} // namespace

WaitingLog::WaitingLog(OpenLog open, std::uint32_t partitions) : open_(std::move(open)), partitions_(partitions) {}

WaitingLog::~WaitingLog()
{
    close();
}

Result<std::unique_ptr<Log>> WaitingLog::first_try(Millis at_most)
{
    thread_ = std::thread([this] { try_on(); });
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(at_most), [this] { return owned_ || (trouble_ && trouble_->code != Errc::broker); });
    first_ = false;
    if (!owned_ && trouble_ && trouble_->code != Errc::broker) return *trouble_;
    if (owned_ && !log()) return std::move(owned_);
    return std::unique_ptr<Log>();
}

void WaitingLog::try_on()
{
    auto pause = pause_first;
    for (;;) {
        auto opened = open_();
        auto done = opened ? take(std::move(*opened)) : Result<void>(opened.error());
        if (done) return;
        std::unique_lock lock(mutex_);
        if (!trouble_ || trouble_->where != done.error().where) log_lines().warn("journal.not_open", {{"fault", name(done.error().code)}, {"where", done.error().where}});
        trouble_ = done.error();
        changed_.notify_all();
        if (changed_.wait_for(lock, pause, [this] { return stopping_; })) return;
        pause = std::min(pause * 2, pause_at_most);
    }
}

/// Prepares before anyone else may append, then starts what waited for it.
Result<void> WaitingLog::take(std::unique_ptr<Log> log)
{
    std::unique_lock lock(mutex_);
    if (first_) { // whoever asked first takes it as it is
        owned_ = std::move(log);
        changed_.notify_all();
        return {};
    }
    if (log->partitions() != partitions_) {
        const auto found = std::to_string(log->partitions());
        lock.unlock();
        log->close();
        return Fault{Errc::bad_config, "kafka: the topics have " + found + " partitions; this process began without brokers and expected " + std::to_string(partitions_) + ". Start it again"};
    }
    owned_ = std::move(log);
    trouble_.reset();
    preparing_ = std::this_thread::get_id();
    log_.store(owned_.get(), std::memory_order_release);
    const auto prepare = prepare_;
    const auto make = make_;
    const auto workers = workers_;
    lock.unlock();
    if (prepare) prepare();
    if (make)
        if (const auto started = owned_->start(make, workers); !started) log_lines().error("journal.not_started", {{"where", started.error().where}});
    ready_ = true;
    log_lines().info("journal.open", {{"partitions", partitions_}});
    changed_.notify_all();
    return {};
}

Fault WaitingLog::away()
{
    const std::lock_guard lock(mutex_);
    return {Errc::broker, trouble_ ? trouble_->where : "kafka: the brokers have not answered since the start"};
}

void WaitingLog::append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done)
{
    if (!ready_ && preparing_.load() != std::this_thread::get_id()) return done(away());
    log()->append(partition, std::move(key), std::move(value), timestamp, std::move(done));
}

Result<void> WaitingLog::start(std::function<std::unique_ptr<Processor>()> make, unsigned workers)
{
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return Fault{Errc::closed, "journal: closed"};
        if (make_) return Fault{Errc::refused, "journal: already started"};
        make_ = make;
        workers_ = workers;
        if (!log()) return {}; // by the thread that opens it
    }
    return log()->start(std::move(make), workers);
}

void WaitingLog::on_open(std::function<void()> prepare)
{
    {
        const std::lock_guard lock(mutex_);
        if (!log()) {
            prepare_ = std::move(prepare);
            return;
        }
    }
    preparing_ = std::this_thread::get_id();
    prepare();
}

Result<std::vector<Record>> WaitingLog::read(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max)
{
    if (auto* open = log()) return open->read(topic, partition, from, bytes_max);
    return away();
}

void WaitingLog::wait(Topic topic, std::uint32_t partition, std::uint64_t from, Millis at_most)
{
    if (auto* open = log()) return open->wait(topic, partition, from, at_most);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(at_most), [this] { return stopping_ || log(); });
}

Result<std::uint64_t> WaitingLog::offset_at(std::uint32_t partition, Millis at)
{
    if (auto* open = log()) return open->offset_at(partition, at);
    return away();
}

void WaitingLog::inspect(std::uint32_t partition, const std::function<void(State&)>& look)
{
    if (auto* open = log()) open->inspect(partition, look);
}

Result<void> WaitingLog::execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change)
{
    if (auto* open = log()) return open->execute(partition, std::move(change));
    return away();
}

std::vector<PartitionStats> WaitingLog::stats()
{
    if (auto* open = log()) return open->stats();
    std::vector<PartitionStats> none;
    for (std::uint32_t p = 0; p < partitions_; ++p) none.push_back({p, 0, 0, 0, 0, 0, false, false});
    return none;
}

std::string WaitingLog::health()
{
    if (auto* open = log()) return open->health();
    return away().where;
}

bool WaitingLog::takes_appends()
{
    return ready_ && log()->takes_appends();
}

Result<void> WaitingLog::trim(std::uint32_t partition, std::uint64_t below)
{
    if (auto* open = log()) return open->trim(partition, below);
    return away();
}

void WaitingLog::close()
{
    std::call_once(closed_, [this] {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) thread_.join(); // a try under way ends by its own deadline
        if (auto* open = log()) open->close();
    });
}

Result<std::unique_ptr<Log>> open_log_or_wait(OpenLog open, std::uint32_t partitions, Millis at_most)
{
    auto waiting = std::make_unique<WaitingLog>(std::move(open), partitions);
    auto first = waiting->first_try(at_most);
    if (!first || *first) return first;
    return std::unique_ptr<Log>(std::move(waiting));
}

} // namespace sluse
