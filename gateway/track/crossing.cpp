// gateway/track/crossing.cpp — scans an indicator's cells.
#include "gateway/track/crossing.hpp"

#include "gateway/track/cell_key.hpp"

#include <map>

namespace sluse {
namespace {

/// With denominators by the day they mature, as rows have them.
CellSum as_row(const CellKey& key, CellSum sum)
{
    if (sum.sums.size() > part_denominator) sum.counts.insert(sum.counts.begin(), {-1 - std::int64_t{key.matures_day}, sum.sums[part_denominator]});
    return sum;
}

Result<void> each_cell(const TrackStore& store, const Asked& asked, const std::function<void(const CellKey&, CellSum)>& each)
{
    const auto& query = asked.query;
    return store.cells(cell_prefix(asked.pack.id, asked.pack.version), [&](std::string_view bytes, std::string_view value) {
        const auto key = parse_cell_key(bytes);
        CellSum sum;
        if (key && decode(value, sum) && (!query.as_known_on || key->received_day <= *query.as_known_on)) each(*key, as_row(*key, std::move(sum)));
        return true;
    });
}

bool outside(const CellQuery& query, Day day)
{
    return (query.from && day < *query.from) || (query.to && day >= *query.to);
}

RowKey row_of(const CellQuery& query, By by, const CellKey& key)
{
    return {query.period, by, period_of(query.period, key.counts_day), code_of(key.dims, by)};
}

} // namespace

Result<void> each_cell_row(const TrackStore& store, const Asked& asked, By by, const std::function<void(const RowKey&, Day, const CellSum&)>& each)
{
    return each_cell(store, asked, [&](const CellKey& key, const CellSum& sum) {
        if (!outside(asked.query, key.counts_day)) each(row_of(asked.query, by, key), key.received_day, sum);
    });
}

Result<std::vector<CellRow>> crossing(const TrackStore& store, const Asked& asked, By by)
{
    const auto& query = asked.query;
    const bool steps = has_steps(asked.pack);
    std::map<RowKey, Seen> found;
    StepRows exposure(asked, query.period);
    const auto done = each_cell(store, asked, [&](const CellKey& key, CellSum sum) {
        const auto row = row_of(query, by, key);
        if (steps) exposure.add_steps(row.code, {sum, false, {}}); // earlier steps decide who is there
        if (outside(query, key.counts_day)) return;
        auto& seen = found[row];
        seen.sum.add(sum);
        seen.standing.changed = seen.standing.touched = std::max(seen.standing.touched, key.received_day);
        seen.standing.first = std::min(seen.standing.first, key.received_day);
    });
    if (!done) return done.error();
    if (steps) {
        for (const auto& [key, seen] : found) exposure.add(key, seen);
        return exposure.rows();
    }
    std::vector<CellRow> out;
    for (const auto& [key, seen] : found)
        if (!seen.sum.zero()) out.push_back(answer(asked, key, seen));
    return out;
}

} // namespace sluse
