// tests/process/event_cells.hpp — the cells that a log's indicator events add up to, for comparison with a batch.
#pragma once

#include "gateway/indicators/packs.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/journal/memory_log.hpp"
#include "gateway/track/batch.hpp"
#include "gateway/track/cell_key.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sluse {

/// As known at a time. Cells that are zero again are left out.
inline BatchCells event_cells(MemoryLog& log, Millis known_at = std::numeric_limits<Millis>::max())
{
    BatchCells cells;
    std::string bytes;
    for (std::uint32_t p = 0; p < log.partitions(); ++p) {
        const auto records = log.read(Topic::events, p, 0, std::size_t{1} << 30);
        for (const auto& record : *records) {
            const auto e = parse_cloud_event(record.value);
            if (!e) {
                ADD_FAILURE() << "not an event";
                continue;
            }
            if (e->received_ms > known_at) continue;
            auto key = cell_key(e->indicator, e->version, e->contribution);
            put_day(key, 0);
            bytes.clear();
            encode(cell_of(e->contribution, e->sign), bytes);
            sum_cell(cells, key, bytes);
        }
    }
    std::erase_if(cells, [](const auto& c) {
        CellSum sum;
        return decode(c.second, sum) && sum.zero();
    });
    return cells;
}

} // namespace sluse
