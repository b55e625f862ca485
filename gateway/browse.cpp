// gateway/browse.cpp — one walk back over all partitions at once, in order of the messages' ids, which is the order of receiving them.
#include "gateway/browse.hpp"

#include "gateway/model/envelope.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/refusals.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::uint64_t window = 64;           ///< records of a partition read at a time
constexpr std::size_t read_bytes = 1 << 20;
constexpr std::uint64_t searched_max = 20'000; ///< records looked at for one question
constexpr Millis disorder_ms = 500;            ///< by which receivers may pass each other between stamping and appending

/// One partition, read from its end towards its beginning.
class Backwards {
public:
    Backwards(Log& log, const PartitionStats& stats, std::uint64_t end)
        : log_(log), partition_(stats.partition), begin_(stats.begin), end_(end), mine_(stats.assigned)
    {
    }

    /// The newest that is left, or nothing at the partition's beginning.
    Result<const MessageLine*> newest()
    {
        while (lines_.empty() && end_ > begin_)
            if (const auto read = read_window(); !read) return read.error();
        return lines_.empty() ? nullptr : &lines_.back();
    }
    MessageLine take()
    {
        auto line = std::move(lines_.back());
        lines_.pop_back();
        return line;
    }
    void add_status(MessageLine& line) const
    {
        if (!line.status.empty()) return;
        if (!mine_) return void(line.status = "unknown");
        std::optional<MessageTrace> trace;
        log_.inspect(partition_, [&](State& state) { trace = trace_of(state, line.id); });
        line.status = status_of(trace);
    }

private:
    Result<void> read_window()
    {
        const auto from = end_ - std::min(end_ - begin_, window);
        for (auto at = from; at < end_;) {
            const auto records = log_.read(Topic::raw, partition_, at, read_bytes);
            if (!records) return records.error();
            if (records->empty()) break; // cut away meanwhile, or no longer readable: `journal verify` says which
            for (const auto& record : *records)
                if (record.offset < end_) add(record);
            at = records->back().offset + 1;
        }
        end_ = from;
        std::ranges::sort(lines_, {}, &MessageLine::id);
        return {};
    }

    void add(const Record& record)
    {
        auto envelope = decode_envelope(record.value);
        if (!envelope) return;
        std::string status;
        if (record.key == refusal_key) {
            auto refusal = decode_refusal(envelope->bytes);
            if (!refusal) return;
            *envelope = std::move(refusal->envelope);
            status = "refused";
        } else if (record.key.starts_with("sluse.")) {
            return; // what the gateway tells itself
        }
        lines_.push_back({envelope->id, envelope->received_ms, std::move(envelope->system), std::move(envelope->format), std::move(envelope->type),
                          std::move(envelope->control_id), std::move(status), envelope->bytes.size()});
    }

    Log& log_;
    std::uint32_t partition_;
    std::uint64_t begin_, end_;
    bool mine_;
    std::vector<MessageLine> lines_; ///< of the last window, oldest first
};

Result<std::vector<Backwards>> all_partitions(Log& log, const MessageQuestion& question)
{
    std::vector<Backwards> walks;
    for (const auto& stats : log.stats()) {
        auto end = stats.end;
        if (question.before) {
            const auto offset = log.offset_at(stats.partition, question.before->time() + disorder_ms);
            if (!offset) return offset.error();
            end = std::min(end, *offset);
        }
        walks.emplace_back(log, stats, std::max(end, stats.begin));
    }
    return walks;
}

bool wanted(const MessageLine& line, const MessageQuestion& question)
{
    return (question.system.empty() || line.system == question.system) && line.type.starts_with(question.type);
}

} // namespace

std::string status_of(const std::optional<MessageTrace>& trace)
{
    if (!trace) return "pending";
    switch (trace->fate) {
    case Fate::normalised:
    case Fate::joined: return "processed";
    case Fate::duplicate: return "duplicate";
    case Fate::failed:
    case Fate::parked: return "quarantined";
    case Fate::discarded:
    case Fate::filtered: return "filtered";
    case Fate::waiting:
    case Fate::unknown: break;
    }
    return "pending";
}

Result<MessageList> newest_messages(Log& log, const MessageQuestion& question)
{
    auto walks = all_partitions(log, question);
    if (!walks) return walks.error();
    MessageList list;
    for (;;) {
        Backwards* newest = nullptr;
        Ulid newest_id;
        for (auto& walk : *walks) {
            const auto line = walk.newest();
            if (!line) return line.error();
            if (!*line || (newest && (*line)->id < newest_id)) continue;
            newest = &walk;
            newest_id = (*line)->id;
        }
        if (!newest) return list; // the beginning of what is kept
        if (list.messages.size() == question.limit || list.searched == searched_max) break;
        auto line = newest->take();
        if (question.before && line.id >= *question.before) continue;
        ++list.searched;
        list.next = line.id;
        if (!wanted(line, question)) continue;
        newest->add_status(line);
        if (question.status.empty() || line.status == question.status) list.messages.push_back(std::move(line));
    }
    list.more = true;
    return list;
}

} // namespace sluse
