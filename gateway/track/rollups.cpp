// gateway/track/rollups.cpp — adding deltas to rows, showing them, and finding the lines of sums that a release follows.
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

CellSum negated(CellSum sum)
{
    for (auto& one : sum.sums) one = -one;
    for (auto& [value, count] : sum.counts) count = -count;
    return sum;
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

std::uint64_t digest_of(const Contribution& c)
{
    std::uint64_t hash = c.has_value ? 0x51ed270b35ae1c2full : 0x2545f4914f6cdd1dull;
    for (const auto part : {c.numerator, c.denominator, c.has_value ? c.value : 0, std::int64_t{c.matures_day}}) {
        hash = (hash ^ static_cast<std::uint64_t>(part)) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 29;
    }
    return hash;
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
        of_kind_[static_cast<std::size_t>(key.kind) * by_count + static_cast<std::size_t>(key.by)].emplace(std::pair(key.period, key.code), found->second);
        sums_.emplace_back();
        changed_.push_back(never_changed);
    }
    return found->second;
}

void Rollups::add(const RowKey& key, const CellSum& delta, std::span<const HeldPerson> who, Day day)
{
    const auto row = place(key);
    auto& behind = behind_.try_emplace(row, Behind{sums_[row], {}, day}).first->second;
    behind.touched = std::max(behind.touched, day);
    for (const auto& one : who) {
        const auto at = std::ranges::lower_bound(behind.who, one.person, {}, &HeldPerson::person);
        if (at == behind.who.end() || at->person != one.person) behind.who.insert(at, one);
        else if ((at->digest += one.digest) == 0) behind.who.erase(at);
    }
    sums_[row].add(delta);
    if (behind.who.empty()) behind_.erase(row); // all undone: it is what is shown
}

void Rollups::restore(const RowKey& key, const CellSum& sum)
{
    sums_[place(key)] = sum;
}

void Rollups::restore_shown(const RowKey& key, const CellSum& part, Day day)
{
    const auto row = place(key);
    changed_[row] = std::max(changed_[row], day);
    if (const auto found = behind_.find(row); found != behind_.end()) found->second.shown.add(part);
}

void Rollups::restore_waiting(const RowKey& key, std::vector<HeldPerson> who, Day touched)
{
    behind_[place(key)] = {{}, std::move(who), touched};
}

std::vector<WaitingRow> Rollups::waiting() const
{
    std::vector<WaitingRow> rows;
    rows.reserve(behind_.size());
    for (const auto& [row, behind] : behind_) rows.push_back({keys_[row], behind.who, part(sums_[row], part_persons)});
    std::ranges::sort(rows, {}, &WaitingRow::key); // so that the decision depends on what is there only
    return rows;
}

CellSum Rollups::publish(const RowKey& key, Day day)
{
    const auto row = index_.at(key);
    const auto found = behind_.find(row);
    auto news = sums_[row];
    news.add(negated(found->second.shown));
    behind_.erase(found);
    changed_[row] = std::max(changed_[row], day);
    return news;
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

Standing Rollups::standing(const RowKey& key) const
{
    const auto found = index_.find(key);
    return found == index_.end() ? Standing{} : standing(found->second);
}

Standing Rollups::standing(std::size_t row) const
{
    Standing out{changed_[row], changed_[row], 0};
    if (const auto behind = behind_.find(row); behind != behind_.end()) {
        out.touched = std::max(out.touched, behind->second.touched);
        out.waiting = static_cast<std::int64_t>(behind->second.who.size());
    }
    return out;
}

void Rollups::each(PeriodKind kind, By by, Day from, Day to, const Each& each) const
{
    for (const auto& [place, row] : of_kind_[static_cast<std::size_t>(kind) * by_count + static_cast<std::size_t>(by)]) {
        if (kind != PeriodKind::all && period_end(kind, place.first) <= from) continue;
        if (kind != PeriodKind::all && period_begin(kind, place.first) >= to) break;
        const auto behind = behind_.find(row);
        const auto& shown = behind == behind_.end() ? sums_[row] : behind->second.shown;
        if (!sums_[row].zero() || !shown.zero()) each(keys_[row], sums_[row], shown, standing(row));
    }
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

std::vector<SumLine> lines_over(std::span<const RowKey> rows, const Regions& regions)
{
    std::unordered_map<RowKey, std::size_t, RowKeyHash> index;
    for (std::size_t i = 0; i < rows.size(); ++i) index.emplace(rows[i], i);
    std::map<std::pair<std::size_t, std::uint8_t>, SumLine> lines;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (auto& parent : parents_of(rows[i], regions)) {
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

std::optional<Day> last_matures(const CellSum& row)
{
    if (row.counts.empty() || row.counts.front().first >= 0) return {};
    return static_cast<Day>(-1 - row.counts.front().first); // negative keys come first, and the latest day is the most negative
}

std::int64_t matured_by(const CellSum& row, Day today)
{
    std::int64_t matured = 0;
    for (const auto& [value, count] : row.counts)
        if (value < 0 && -1 - value <= today) matured += count;
    return matured;
}

} // namespace sluse
