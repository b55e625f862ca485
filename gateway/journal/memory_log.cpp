// gateway/journal/memory_log.cpp — the log's contract over plain containers.
#include "gateway/journal/memory_log.hpp"

#include <algorithm>
#include <chrono>

namespace sluse {

std::optional<std::string> MemoryState::get(std::string_view key)
{
    const auto found = values_.find(key);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

void MemoryState::scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& each)
{
    for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at)
        if (!each(at->first, at->second)) return;
}

void MemoryState::apply(OverlayUnit& unit)
{
    for (const auto* change : unit.changes()) {
        const auto& [key, value] = *change;
        if (value) values_.insert_or_assign(std::string(key), std::string(*value));
        else values_.erase(std::string(key));
    }
}

MemoryLog::MemoryLog(std::uint32_t partitions) : partitions_(partitions) {}

MemoryLog::~MemoryLog()
{
    close();
}

std::vector<Record>& MemoryLog::records(Topic topic, std::uint32_t partition)
{
    return partitions_.at(partition).topics.at(static_cast<std::size_t>(topic));
}

Processor& MemoryLog::processor(std::uint32_t partition)
{
    return *processors_.at(partition % processors_.size());
}

void MemoryLog::add(Topic topic, std::uint32_t partition, std::string_view key, std::string_view value, Millis at)
{
    auto& list = records(topic, partition);
    const auto offset = partitions_[partition].begin[static_cast<std::size_t>(topic)] + list.size();
    list.push_back({partition, offset, at, std::string(key), std::string(value)});
}

void MemoryLog::append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done)
{
    const std::lock_guard lock(mutex_);
    if (closed_) return done(Fault{Errc::closed, "journal: closed"});
    if (append_fault_) return done(*append_fault_);
    add(Topic::raw, partition, key, value, timestamp);
    last_at_ = timestamp;
    const Position position{partition, records(Topic::raw, partition).back().offset};
    arrived_.notify_all();
    if (holding_) held_.emplace_back(std::move(done), position);
    else done(position);
    if (automatic_ && !running_) run();
}

Result<void> MemoryLog::start(std::function<std::unique_ptr<Processor>()> make, unsigned workers)
{
    const std::lock_guard lock(mutex_);
    if (!processors_.empty()) return Fault{Errc::refused, "journal: already started"};
    for (unsigned i = 0; i < std::max(1u, workers); ++i) processors_.push_back(make());
    return {};
}

bool MemoryLog::commit(OverlayUnit& unit)
{
    const auto partition = unit.partition();
    if (aborts_ > 0) {
        --aborts_;
        processor(partition).forget(partition);
        return false;
    }
    partitions_[partition].state.apply(unit);
    for (const auto& sent : unit.sent()) add(sent.topic, sent.to, sent.key, sent.value, last_at_);
    arrived_.notify_all();
    return true;
}

bool MemoryLog::step(std::uint32_t partition, Topic topic, std::size_t records_max)
{
    const std::lock_guard lock(mutex_);
    auto& home = partitions_.at(partition);
    const auto index = static_cast<std::size_t>(topic);
    auto& committed = home.committed[index];
    const auto end = home.begin[index] + home.topics[index].size();
    if (processors_.empty() || committed >= end) return false;
    OverlayUnit unit(home.state, partition, partitions());
    auto next = committed;
    for (; next < end && next - committed < records_max; ++next)
        processor(partition).process(topic, home.topics[index][static_cast<std::size_t>(next - home.begin[index])], unit);
    processor(partition).flush(unit);
    if (commit(unit)) committed = next;
    return true;
}

std::vector<Waiting> MemoryLog::waiting()
{
    const std::lock_guard lock(mutex_);
    std::vector<Waiting> list;
    for (std::uint32_t partition = 0; partition < partitions(); ++partition) {
        for (const auto topic : {Topic::facts, Topic::raw}) {
            const auto& home = partitions_[partition];
            const auto index = static_cast<std::size_t>(topic);
            const auto left = home.begin[index] + home.topics[index].size() - home.committed[index];
            if (left > 0) list.push_back({partition, topic, left});
        }
    }
    return list;
}

void MemoryLog::run(const std::function<std::pair<std::size_t, std::size_t>(const std::vector<Waiting>&)>& pick)
{
    const std::lock_guard lock(mutex_);
    if (processors_.empty()) return;
    running_ = true;
    for (auto list = waiting(); !list.empty(); list = waiting()) {
        const auto [choice, count] = pick ? pick(list) : std::pair<std::size_t, std::size_t>{0, 512};
        const auto& next = list.at(choice);
        step(next.partition, next.topic, std::max<std::size_t>(1, count));
    }
    running_ = false;
}

void MemoryLog::automatic(bool on)
{
    const std::lock_guard lock(mutex_);
    automatic_ = on;
}

void MemoryLog::abort_next(int count)
{
    const std::lock_guard lock(mutex_);
    aborts_ = count;
}

void MemoryLog::fail_appends(std::optional<Fault> fault)
{
    const std::lock_guard lock(mutex_);
    append_fault_ = std::move(fault);
}

void MemoryLog::hold()
{
    const std::lock_guard lock(mutex_);
    holding_ = true;
}

void MemoryLog::release()
{
    const std::lock_guard lock(mutex_);
    holding_ = false;
    for (auto held = std::exchange(held_, {}); auto& [done, position] : held) done(position);
}

const MemoryState& MemoryLog::state(std::uint32_t partition) const
{
    return partitions_.at(partition).state;
}

std::uint32_t MemoryLog::partitions() const
{
    return static_cast<std::uint32_t>(partitions_.size());
}

Result<std::vector<Record>> MemoryLog::read(Topic topic, std::uint32_t partition, std::uint64_t from, std::size_t bytes_max)
{
    const std::lock_guard lock(mutex_);
    const auto& list = records(topic, partition);
    const auto begin = partitions_[partition].begin[static_cast<std::size_t>(topic)];
    std::vector<Record> found;
    std::size_t bytes = 0;
    for (auto i = from > begin ? from - begin : 0; i < list.size() && (found.empty() || bytes < bytes_max); ++i) {
        found.push_back(list[static_cast<std::size_t>(i)]);
        bytes += found.back().key.size() + found.back().value.size();
    }
    return found;
}

void MemoryLog::wait(Topic topic, std::uint32_t partition, std::uint64_t from, Millis at_most)
{
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::milliseconds(at_most), [&] {
        const auto begin = partitions_.at(partition).begin[static_cast<std::size_t>(topic)];
        return closed_ || begin + records(topic, partition).size() > from;
    });
}

Result<std::uint64_t> MemoryLog::offset_at(std::uint32_t partition, Millis at)
{
    const std::lock_guard lock(mutex_);
    const auto& list = records(Topic::raw, partition);
    const auto found = std::ranges::find_if(list, [&](const Record& record) { return record.timestamp >= at; });
    return partitions_[partition].begin[0] + static_cast<std::uint64_t>(found - list.begin());
}

void MemoryLog::inspect(std::uint32_t partition, const std::function<void(State&)>& look)
{
    const std::lock_guard lock(mutex_);
    ReadOnlyState state(partitions_.at(partition).state);
    look(state);
}

Result<void> MemoryLog::execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change)
{
    const std::lock_guard lock(mutex_);
    if (closed_ || processors_.empty()) return Fault{Errc::closed, "journal: no worker runs"};
    OverlayUnit unit(partitions_.at(partition).state, partition, partitions());
    change(unit, processor(partition));
    processor(partition).flush(unit);
    if (!commit(unit)) return Fault{Errc::storage, "journal: the unit was aborted"};
    if (automatic_ && !running_) run();
    return {};
}

std::vector<PartitionStats> MemoryLog::stats()
{
    const std::lock_guard lock(mutex_);
    std::vector<PartitionStats> list;
    for (std::uint32_t p = 0; p < partitions(); ++p) {
        const auto& home = partitions_[p];
        const auto facts = static_cast<std::size_t>(Topic::facts);
        list.push_back({p, home.begin[0], home.begin[0] + home.topics[0].size(), home.committed[0],
                        home.begin[facts] + home.topics[facts].size(), home.committed[facts], true});
    }
    return list;
}

std::string MemoryLog::health()
{
    const std::lock_guard lock(mutex_);
    return append_fault_ ? append_fault_->where : std::string();
}

Result<void> MemoryLog::trim(std::uint32_t partition, std::uint64_t below)
{
    const std::lock_guard lock(mutex_);
    auto& home = partitions_.at(partition);
    below = std::min(below, home.committed[0]);
    if (below <= home.begin[0]) return {};
    home.topics[0].erase(home.topics[0].begin(), home.topics[0].begin() + static_cast<std::ptrdiff_t>(below - home.begin[0]));
    home.begin[0] = below;
    return {};
}

void MemoryLog::close()
{
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true)) return;
    release();
    arrived_.notify_all();
}

} // namespace sluse
