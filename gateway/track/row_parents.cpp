// gateway/track/row_parents.cpp — the rows above a row, and from them the lines of sums over any rows.
#include "gateway/track/row_parents.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace sluse {
namespace {

RowKey at(PeriodKind kind, const RowKey& row, Day day)
{
    return {kind, row.by, period_of(kind, day), row.code};
}

/// Periods nest as day < month < quarter < year < all, and day < week < all.
void add_period_parents(const RowKey& row, std::vector<Parent>& parents)
{
    const auto day = period_begin(row.kind, row.period);
    switch (row.kind) {
    case PeriodKind::day:
        parents.push_back({at(PeriodKind::week, row, day), 1});
        parents.push_back({at(PeriodKind::month, row, day), 2});
        break;
    case PeriodKind::week: parents.push_back({at(PeriodKind::all, row, day), 3}); break;
    case PeriodKind::month: parents.push_back({at(PeriodKind::quarter, row, day), 4}); break;
    case PeriodKind::quarter: parents.push_back({at(PeriodKind::year, row, day), 5}); break;
    case PeriodKind::year: parents.push_back({at(PeriodKind::all, row, day), 6}); break;
    case PeriodKind::all: break;
    }
}

/// The region that it is in, and the sex and age band of all regions.
void add_stratum_parents(const RowKey& row, std::vector<Parent>& parents)
{
    const auto first = row.code.find('|'), second = row.code.find('|', first + 1);
    parents.push_back({{row.kind, By::region, row.period, row.code.substr(0, first)}, 21});
    parents.push_back({{row.kind, By::sex, row.period, row.code.substr(first + 1, second - first - 1)}, 22});
    parents.push_back({{row.kind, By::age_band, row.period, row.code.substr(second + 1)}, 23});
}

} // namespace

std::vector<Parent> parents_of(const RowKey& row, const Regions& regions)
{
    std::vector<Parent> parents;
    parents.reserve(4);
    if (row.by == By::stratum) add_stratum_parents(row, parents);
    else if (row.by != By::total) parents.push_back({{row.kind, By::total, row.period, {}}, static_cast<std::uint8_t>(10 + static_cast<int>(row.by))});
    if (row.by == By::municipality && row.kind != PeriodKind::all) {
        const std::string region(regions.on(row.code, period_begin(row.kind, row.period)));
        parents.push_back({{row.kind, By::region, row.period, region}, cut_by_municipality});
    }
    add_period_parents(row, parents);
    return parents;
}

std::optional<RowKey> left_behind(const RowKey& row, const Regions& regions)
{
    if (row.by != By::municipality || row.kind == PeriodKind::all) return {};
    const auto day = period_begin(row.kind, row.period);
    if (!std::ranges::binary_search(regions.changes(), day)) return {};
    const auto before = regions.on(row.code, day - 1);
    if (before.empty() || before == regions.on(row.code, day)) return {};
    return RowKey{row.kind, By::region, row.period, std::string(before)};
}

std::vector<SumLine> lines_over(std::span<const RowKey> rows, const Regions& regions)
{
    std::unordered_map<RowKey, std::size_t, RowKeyHash> index;
    for (std::size_t i = 0; i < rows.size(); ++i) index.emplace(rows[i], i);
    std::map<std::pair<std::size_t, std::uint8_t>, SumLine> lines;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto left = left_behind(rows[i], regions);
        const auto beside = left ? index.find(*left) : index.end();
        const bool apart = beside != index.end() && beside->second < rows.size();
        for (auto& parent : parents_of(rows[i], regions)) {
            if (apart && parent.cut == cut_by_municipality) continue;
            const auto at = index.try_emplace(std::move(parent.row), index.size()).first->second;
            auto& line = lines[{at, parent.cut}];
            line.parent = at;
            line.children.push_back(i);
        }
    }
    std::vector<SumLine> out;
    out.reserve(lines.size());
    for (auto& [key, line] : lines) out.push_back(std::move(line));
    return out;
}

} // namespace sluse
