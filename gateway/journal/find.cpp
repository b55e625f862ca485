// gateway/journal/find.cpp — search by time, then by id.
#include "gateway/journal/find.hpp"

#include <cstring>

namespace sluse {
namespace {

/// Two receivers may pass each other between stamping and appending, but not by more than this.
constexpr Millis disorder_ms = 500;
constexpr std::size_t read_bytes = 1 << 20;

/// The id stands at byte 1 of a raw record (envelope.cpp), so most records need no decoding.
bool has_id(std::string_view record, const Ulid& id)
{
    return record.size() > 17 && std::memcmp(record.data() + 1, id.bytes.data(), id.bytes.size()) == 0;
}

Result<std::optional<Found>> find_in(Log& log, std::uint32_t partition, const Ulid& id)
{
    const auto start = log.offset_at(partition, id.time() - disorder_ms);
    if (!start) return start.error();
    for (auto from = *start;;) {
        const auto records = log.read(Topic::raw, partition, from, read_bytes);
        if (!records) return records.error();
        if (records->empty()) return std::optional<Found>();
        for (const auto& record : *records) {
            if (record.timestamp > id.time() + disorder_ms) return std::optional<Found>();
            if (!has_id(record.value, id)) continue;
            auto envelope = decode_envelope(record.value);
            if (!envelope) return envelope.error();
            return std::optional<Found>(Found{{partition, record.offset}, std::move(*envelope)});
        }
        from = records->back().offset + 1;
    }
}

} // namespace

Result<std::optional<Found>> find_in_spool(Log& log, const Ulid& id)
{
    std::optional<Found> found;
    const auto looked = log.look_into_spool(id.time() - disorder_ms, id.time() + disorder_ms + 1, [&](const Record& record) {
        if (!has_id(record.value, id)) return true;
        auto envelope = decode_envelope(record.value);
        if (envelope) found = Found{{record.partition, record.offset, true}, std::move(*envelope)};
        return !found;
    });
    if (!looked) return looked.error();
    return found;
}

Result<Found> find_message(Log& log, const Ulid& id)
{
    for (std::uint32_t partition = 0; partition < log.partitions(); ++partition) {
        auto found = find_in(log, partition, id);
        if (!found) return found.error();
        if (*found) return std::move(**found);
    }
    return Fault{Errc::not_found, "no message with this id in the journal (or past its retention)"};
}

} // namespace sluse
