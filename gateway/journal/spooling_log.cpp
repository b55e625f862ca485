// gateway/journal/spooling_log.cpp — direct, behind what is in flight, or behind the spool; and the way out of the spool, in order.
#include "gateway/journal/spooling_log.hpp"

#include "gateway/base/log_lines.hpp"
#include "gateway/model/envelope.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::size_t lane_count = 65'536;
constexpr std::size_t window_records_max = 1024, window_bytes = 8u << 20;
constexpr Millis look_ms = 200, pause_first_ms = 50, pause_at_most_ms = 2'000;

/// Faults that another try may end. The others are about the record itself, or a log that is full and says so.
bool unreachable(const Fault& fault)
{
    return fault.code == Errc::broker || fault.code == Errc::timed_out;
}

/// The answers to records of a window that were appended below together.
struct Answers {
    explicit Answers(std::size_t count) : open(count) {}
    std::mutex mutex;
    std::condition_variable all;
    std::size_t open;
    std::map<std::size_t, Fault> faults; ///< by place in the window
};

} // namespace

SpoolingLog::SpoolingLog(std::unique_ptr<Log> below, const SpoolOptions& options)
    : below_(std::move(below)), options_(options), lanes_(lane_count), window_records_max_(window_records_max)
{
}

SpoolingLog::~SpoolingLog()
{
    close();
}

Result<void> SpoolingLog::open()
{
    auto opened = Spool::open(options_, [this](std::string_view key) { ++lanes_[lane_of(key)].spooled; });
    if (!opened) return opened.error();
    spool_ = std::move(*opened);
    drainer_ = std::thread([this] { drain(); });
    return {};
}

std::size_t SpoolingLog::lane_of(std::string_view key)
{
    return std::hash<std::string_view>{}(key) % lane_count;
}

void SpoolingLog::append_message(std::uint32_t partition, std::string key, std::string value, Millis timestamp, bool may_spool, Appended done)
{
    const auto lane = lane_of(key);
    const bool gone = may_spool && away();
    SpooledRecord record{0, partition, timestamp, std::move(key), std::move(value)};
    std::optional<Fault> refused;
    {
        const std::lock_guard lock(mutex_);
        if (closing_) refused = Fault{Errc::closed, "journal: closed"};
        else if (!gone && lanes_[lane].spooled == 0) ++lanes_[lane].in_flight;
        else if (!may_spool) refused = Fault{Errc::broker, "journal: earlier messages of this lane wait in the spool"};
        else if (refused = refuses(record); !refused) return queue(lane, {std::move(record), std::move(done)});
    }
    if (refused) return done(*refused);
    append_below(lane, std::move(record), may_spool, std::move(done));
}

void SpoolingLog::append_below(std::size_t lane, SpooledRecord record, bool may_spool, Appended done)
{
    const auto partition = record.partition;
    const auto timestamp = record.timestamp;
    auto key = may_spool ? record.key : std::move(record.key), value = may_spool ? record.value : std::move(record.value);
    // Kept until the answer: when that is "not stored", it goes into the spool.
    auto copy = may_spool ? std::make_shared<SpooledRecord>(std::move(record)) : nullptr;
    below_->append(partition, std::move(key), std::move(value), timestamp,
                   [this, lane, copy = std::move(copy), done = std::move(done)](Result<Position> at) { settled(lane, copy, done, std::move(at)); });
}

std::optional<Fault> SpoolingLog::refuses(const SpooledRecord& record)
{
    if (memory_bytes_ + record.bytes() > options_.memory_bytes_max) return Fault{Errc::storage_full, "spool: too much is on its way to the disk"};
    return spool_->refuses(record.bytes());
}

/// Under mutex_: the order of calls is the order in the spool.
void SpoolingLog::queue(std::size_t lane, Waiting waiting)
{
    ++lanes_[lane].spooled;
    memory_bytes_ += waiting.record.bytes();
    if (lanes_[lane].in_flight > 0) held_[lane].push_back(std::move(waiting));
    else put(lane, std::move(waiting));
}

void SpoolingLog::put(std::size_t lane, Waiting waiting)
{
    const auto bytes = waiting.record.bytes();
    const auto partition = waiting.record.partition;
    spool_->put(std::move(waiting.record), [this, lane, partition, bytes, done = std::move(waiting.done)](const Result<std::uint64_t>& number) {
        stored(lane, partition, bytes, number, done);
    });
}

void SpoolingLog::stored(std::size_t lane, std::uint32_t partition, std::size_t bytes, const Result<std::uint64_t>& number, const Appended& done)
{
    {
        const std::lock_guard lock(mutex_);
        memory_bytes_ -= bytes;
        if (!number) --lanes_[lane].spooled;
    }
    if (number) done(Position{partition, *number, true});
    else done(number.error());
}

/// A record in flight has its answer. One that was not stored goes into the spool, before those that were held behind it.
void SpoolingLog::settled(std::size_t lane, std::shared_ptr<SpooledRecord> copy, const Appended& done, Result<Position> at)
{
    {
        const std::lock_guard lock(mutex_);
        const bool last = --lanes_[lane].in_flight == 0;
        const bool spool = !at && copy && unreachable(at.error()) && !refuses(*copy);
        if (spool) {
            failing_ = true;
            ++lanes_[lane].spooled;
            memory_bytes_ += copy->bytes();
            put(lane, {std::move(*copy), done});
        }
        if (last)
            if (auto held = held_.extract(lane))
                for (auto& waiting : held.mapped()) put(lane, std::move(waiting));
        if (spool) return;
    }
    done(std::move(at));
}

void SpoolingLog::pause(Millis at_most)
{
    std::unique_lock lock(drain_mutex_);
    drain_wake_.wait_for(lock, std::chrono::milliseconds(at_most), [this] { return stopping_.load(); });
}

void SpoolingLog::drain()
{
    auto wait = pause_first_ms;
    while (!stopping_) {
        if (!below_->takes_appends()) {
            pause(look_ms);
        } else if (drain_window()) {
            wait = pause_first_ms;
        } else {
            pause(wait);
            wait = std::min(wait * 2, pause_at_most_ms);
        }
    }
}

/// True when another may follow at once.
bool SpoolingLog::drain_window()
{
    const auto window = spool_->peek(window_records_max_, window_bytes);
    if (window && window->empty()) {
        failing_ = false;
        pause(look_ms);
        return true;
    }
    if (!window) return false;
    std::optional<Fault> fault;
    auto through = replicate(*window, fault);
    const bool alone = window->size() == 1, refused = fault && fault->code == Errc::refused;
    if (alone && refused && spool_->set_aside(window->front())) {
        log_lines().error("spool.set_aside", {{"number", window->front().number}, {"where", fault->where}});
        through = 1;
    }
    forget(std::span(*window).first(through));
    // A batch may be refused for one of its records or for its size: only a record that is refused alone is set aside.
    window_records_max_ = refused && !alone ? 1 : window_records_max;
    return through == window->size() || (refused && !alone);
}

/// Its lane's partition now: it may have been spooled by a process that had not met the brokers and expected another number of them.
std::uint32_t SpoolingLog::home_of(const SpooledRecord& record) const
{
    const auto envelope = decode_envelope(record.value);
    return envelope ? envelope->lane.partition(partitions()) : record.partition % partitions();
}

/// The window's places, parted so that none of the rounds has two records of a lane.
std::vector<std::vector<std::size_t>> SpoolingLog::rounds(const std::vector<SpooledRecord>& window)
{
    std::vector<std::vector<std::size_t>> all;
    std::unordered_map<std::string_view, std::size_t> next_round;
    for (std::size_t i = 0; i < window.size(); ++i) {
        const auto round = next_round[window[i].key]++;
        if (round == all.size()) all.emplace_back();
        all[round].push_back(i);
    }
    return all;
}

/// Appends the window; how many from the first on are through. A record is sent only when those before it in its lane are stored: the
/// brokers may go and come back between two, and the second would pass the first. What follows the first that is not through is sent
/// again with it; the lane drops what it has seen.
std::size_t SpoolingLog::replicate(const std::vector<SpooledRecord>& window, std::optional<Fault>& fault)
{
    std::vector<bool> stored(window.size());
    for (const auto& round : rounds(window)) {
        const auto faults = append_all(window, round);
        for (const auto i : round) stored[i] = !faults.contains(i);
        if (faults.empty()) continue;
        fault = faults.begin()->second;
        break;
    }
    return static_cast<std::size_t>(std::ranges::find(stored, false) - stored.begin());
}

/// Appends these of the window, and waits for all answers.
std::map<std::size_t, Fault> SpoolingLog::append_all(const std::vector<SpooledRecord>& window, const std::vector<std::size_t>& places)
{
    const auto answers = std::make_shared<Answers>(places.size());
    for (const auto i : places) {
        const auto& record = window[i];
        below_->append(home_of(record), record.key, record.value, record.timestamp, [answers, i](const Result<Position>& at) {
            const std::lock_guard lock(answers->mutex);
            if (!at) answers->faults.emplace(i, at.error());
            if (--answers->open == 0) answers->all.notify_one();
        });
    }
    std::unique_lock lock(answers->mutex);
    answers->all.wait(lock, [&] { return answers->open == 0; }); // the log answers every append
    return std::move(answers->faults);
}

void SpoolingLog::forget(std::span<const SpooledRecord> gone)
{
    if (gone.empty()) return;
    failing_ = false;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& record : gone) --lanes_[lane_of(record.key)].spooled;
    }
    spool_->drop(gone);
}

void SpoolingLog::close()
{
    std::call_once(closed_, [this] {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        stopping_ = true;
        { const std::lock_guard lock(drain_mutex_); }
        drain_wake_.notify_all();
        below_->close(); // settles what is in flight; what it could not store goes into the spool
        if (drainer_.joinable()) drainer_.join();
        if (spool_) spool_->close();
    });
}

Result<std::unique_ptr<Log>> open_spooling_log(std::unique_ptr<Log> below, const SpoolOptions& options)
{
    auto log = std::make_unique<SpoolingLog>(std::move(below), options);
    if (const auto opened = log->open(); !opened) return opened.error();
    return std::unique_ptr<Log>(std::move(log));
}

} // namespace sluse
