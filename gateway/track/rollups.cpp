// gateway/track/rollups.cpp — adding deltas to rows, reading them, and finding the lines of sums that suppression follows.
#include "gateway/track/rollups.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace sluse {
namespace {

std::int64_t part(const CellSum& sum, CellPart at)
{
    return at < sum.sums.size() ? sum.sums[at] : 0;
}

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

} // namespace

CellSum cell_of(const Contribution& c, std::int64_t times)
{
    CellSum sum;
    sum.sums = {times * c.numerator, times * c.denominator};
    if (c.has_value) {
        sum.sums.insert(sum.sums.end(), {times, times * c.value, times * c.value * c.value});
        sum.counts.push_back({c.value, times});
    }
    return sum;
}

CellSum row_of(const Contribution& c, std::int64_t times)
{
    auto sum = cell_of(c, times);
    sum.counts.insert(sum.counts.begin(), {-1 - std::int64_t{c.matures_day}, times * c.denominator});
    return sum;
}

std::size_t Rollups::place(const RowKey& key)
{
    const auto [found, fresh] = index_.try_emplace(key, keys_.size());
    if (fresh) {
        keys_.push_back(key);
        of_kind_[static_cast<std::size_t>(key.kind) * by_count + static_cast<std::size_t>(key.by)].push_back(found->second);
        sums_.emplace_back();
        hidden_.push_back(true); // until the next suppress() says otherwise
    }
    return found->second;
}

void Rollups::add(const RowKey& key, const CellSum& delta)
{
    const auto row = place(key);
    if (!restoring_ && !blockwise(key.kind, key.by) && part(sums_[row], part_persons) > 0) behind_.try_emplace(row, Behind{sums_[row], {}});
    sums_[row].add(delta);
    fresh_ = false;
}

void Rollups::refresh(const RowKey& key, std::span<const std::size_t> changed, std::int64_t persons_min)
{
    const auto found = behind_.find(place(key));
    if (found == behind_.end()) return;
    found->second.changed.insert(changed.begin(), changed.end());
    if (static_cast<std::int64_t>(found->second.changed.size()) >= persons_min) behind_.erase(found);
}

const CellSum* Rollups::shown(const RowKey& key) const
{
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    const auto behind = behind_.find(found->second);
    return behind == behind_.end() ? &sums_[found->second] : &behind->second.shown;
}

const CellSum* Rollups::find(const RowKey& key) const
{
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &sums_[found->second];
}

std::int64_t Rollups::persons(const RowKey& key) const
{
    const auto* row = find(key);
    return row ? part(*row, part_persons) : 0;
}

bool Rollups::hidden(const RowKey& key) const
{
    const auto found = index_.find(key);
    return found != index_.end() && hidden_[found->second];
}

void Rollups::each(PeriodKind kind, By by, bool as_shown, const std::function<void(const RowKey&, const CellSum&, bool)>& each) const
{
    std::vector<std::size_t> rows;
    for (const auto i : of_kind_[static_cast<std::size_t>(kind) * by_count + static_cast<std::size_t>(by)])
        rows.push_back(i);
    std::ranges::sort(rows, {}, [&](std::size_t i) -> const RowKey& { return keys_[i]; });
    for (const auto i : rows) {
        const auto& sum = as_shown ? *shown(keys_[i]) : sums_[i];
        if (!sum.zero()) each(keys_[i], sum, hidden_[i]);
    }
}

void Rollups::suppress(const Regions& regions, std::int64_t persons_min)
{
    std::vector<std::int64_t> persons;
    persons.reserve(keys_.size());
    for (std::size_t i = 0; i < sums_.size(); ++i) {
        const auto behind = behind_.find(i);
        persons.push_back(part(behind == behind_.end() ? sums_[i] : behind->second.shown, part_persons));
    }
    hidden_ = suppressed(persons, lines_among(keys_, regions), persons_min);
    fresh_ = true;
}

std::vector<Parent> parents_of(const RowKey& row, const Regions& regions)
{
    std::vector<Parent> parents;
    if (row.by != By::total) parents.push_back({{row.kind, By::total, row.period, {}}, static_cast<std::uint8_t>(10 + static_cast<int>(row.by))});
    if (row.by == By::municipality && row.kind != PeriodKind::all) {
        const std::string region(regions.on(row.code, period_begin(row.kind, row.period)));
        parents.push_back({{row.kind, By::region, row.period, region}, 20});
    }
    add_period_parents(row, parents);
    return parents;
}

std::vector<SumLine> lines_among(std::span<const RowKey> rows, const Regions& regions)
{
    std::unordered_map<RowKey, std::size_t, RowKeyHash> index;
    for (std::size_t i = 0; i < rows.size(); ++i) index.emplace(rows[i], i);
    std::map<std::pair<std::size_t, std::uint8_t>, SumLine> lines;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (const auto& parent : parents_of(rows[i], regions)) {
            const auto found = index.find(parent.row);
            if (found == index.end()) continue; // not among the rows, so nothing to subtract from
            auto& line = lines[{found->second, parent.cut}];
            line.parent = found->second;
            line.children.push_back(i);
        }
    }
    std::vector<SumLine> out;
    out.reserve(lines.size());
    for (auto& [key, line] : lines) out.push_back(std::move(line));
    return out;
}

std::optional<std::int64_t> quantile(const CellSum& row, double q)
{
    std::int64_t total = 0;
    for (const auto& [value, count] : row.counts)
        if (value >= 0) total += count;
    if (total <= 0) return {};
    const auto rank = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(q * static_cast<double>(total) - 1e-9)));
    std::int64_t seen = 0;
    for (const auto& [value, count] : row.counts) {
        if (value < 0) continue;
        seen += count;
        if (seen >= rank) return value;
    }
    return {};
}

std::int64_t matured_by(const CellSum& row, Day today)
{
    std::int64_t matured = 0;
    for (const auto& [value, count] : row.counts)
        if (value < 0 && -1 - value <= today) matured += count;
    return matured;
}

} // namespace sluse
