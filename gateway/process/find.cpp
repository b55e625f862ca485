// gateway/process/find.cpp — by time, then by the trace.
#include "gateway/process/find.hpp"

#include "gateway/process/inspect.hpp"

namespace sluse {

Result<Found> find_kept(Log& log, const Ulid& id)
{
    auto found = find_message(log, id);
    if (found || found.error().code != Errc::not_found) return found;
    const auto trace = trace_of(log, id);
    if (!trace) return found;
    const Position at{static_cast<std::uint32_t>(trace->position % log.partitions()), trace->position / log.partitions()};
    const auto records = log.read(Topic::raw, at.partition, at.offset, 1);
    if (!records) return records.error();
    if (records->empty() || records->front().offset != at.offset) return found;
    auto envelope = decode_envelope(records->front().value);
    if (!envelope || envelope->id != id) return found;
    return Found{at, std::move(*envelope)};
}

} // namespace sluse
