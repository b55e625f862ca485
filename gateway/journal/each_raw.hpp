// gateway/journal/each_raw.hpp — every raw record of a log, partition by partition.
#pragma once

#include "gateway/journal/log.hpp"

namespace sluse {

/// Calls each(record) for every raw record that can be read, in order within a partition, and lost(partition, from, to) for the offsets
/// [from, to) that the log should hold and does not give.
template <class Each, class Lost> Result<void> each_raw(Log& log, const Each& each, const Lost& lost)
{
    constexpr std::size_t read_bytes = 4 << 20;
    for (const auto& part : log.stats())
        for (auto from = part.begin; from < part.end;) {
            const auto records = log.read(Topic::raw, part.partition, from, read_bytes);
            if (!records) return records.error();
            if (records->empty()) {
                lost(part.partition, from, part.end);
                break;
            }
            for (const auto& record : *records) {
                if (record.offset > from) lost(part.partition, from, record.offset);
                from = record.offset + 1;
                each(record);
            }
        }
    return {};
}

} // namespace sluse
