// gateway/track/rollups.cpp — adding deltas to rows, showing them, and laying out the lines of sums that a release follows.
#include "gateway/track/rollups.hpp"

#include "gateway/track/row_parents.hpp"

#include <algorithm>
#include <cmath>

namespace sluse {
namespace {

std::int64_t part(const CellSum& sum, CellPart at)
{
    return at < sum.sums.size() ? sum.sums[at] : 0;
}

std::size_t bytes_of(const CellSum& sum)
{
    return sum.sums.capacity() * sizeof sum.sums[0] + sum.counts.capacity() * sizeof sum.counts[0];
}

/// For each of the shares `q`, which grow: the value at rank ceil(q·n).
template <std::size_t N> std::array<std::optional<std::int64_t>, N> quantiles(const CellSum& row, const std::array<double, N>& q)
{
    std::array<std::optional<std::int64_t>, N> out;
    const auto first = std::ranges::partition_point(row.counts, [](const auto& one) { return one.first < 0; });
    std::int64_t total = 0;
    for (auto at = first; at != row.counts.end(); ++at) total += at->second;
    if (total <= 0) return out;
    std::int64_t seen = 0;
    auto at = first;
    for (std::size_t i = 0; i < N; ++i) {
        const auto rank = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(q[i] * static_cast<double>(total) - 1e-9)));
        while (at != row.counts.end() && seen + at->second < rank) seen += at++->second;
        if (at == row.counts.end()) break;
        out[i] = at->first;
    }
    return out;
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

Rollups::Row Rollups::place(const RowKey& key)
{
    const auto [found, fresh] = index_.try_emplace(key, static_cast<Row>(keys_.size()));
    if (fresh) {
        auto& shelf = shelves_[static_cast<std::size_t>(key.kind) * by_count + static_cast<std::size_t>(key.by)];
        if (shelf.sorted == shelf.rows.size() && (shelf.rows.empty() || keys_[shelf.rows.back()] < key)) ++shelf.sorted; // as they come when they are restored
        shelf.rows.push_back(found->second);
        keys_.push_back(key);
        sums_.emplace_back();
        changed_.push_back(never_changed);
        first_.push_back(never_shown);
        behind_of_.push_back(none);
        listed_.push_back(false);
        if (outside_.contains(key)) forget_sums(); // what was a sum only is a row now
    }
    return found->second;
}

/// Keeps what is shown of the row, and lists it among those that wait.
Rollups::Behind& Rollups::fall_behind(Row row)
{
    if (behind_of_[row] == none) {
        if (free_.empty()) {
            free_.push_back(static_cast<Row>(behind_.size()));
            behind_.emplace_back();
        }
        behind_of_[row] = free_.back();
        free_.pop_back();
        auto& behind = behind_[behind_of_[row]];
        behind.unshown.sums.clear();
        behind.unshown.counts.clear();
        behind.touched = never_changed;
        if (!listed_[row]) listed_[row] = true, began_.push_back(row);
    }
    return behind_[behind_of_[row]];
}

void Rollups::catch_up(Row row)
{
    behind_[behind_of_[row]].who.clear();
    free_.push_back(behind_of_[row]);
    behind_of_[row] = none;
}

void Rollups::add(const RowKey& key, const CellSum& delta, std::span<const HeldPerson> who, Day day)
{
    const auto row = place(key);
    auto& behind = fall_behind(row);
    behind.touched = std::max(behind.touched, day);
    for (const auto& one : who) {
        const auto at = std::ranges::lower_bound(behind.who, one.person, {}, &HeldPerson::person);
        if (at == behind.who.end() || at->person != one.person) behind.who.insert(at, one);
        else if ((at->digest += one.digest) == 0) behind.who.erase(at);
    }
    behind.unshown.add(delta);
    add_to_row(row, delta);
    if (behind.who.empty()) catch_up(row); // all undone: it is what is shown
}

void Rollups::add_to_row(Row row, const CellSum& delta)
{
    sums_bytes_ -= bytes_of(sums_[row]);
    sums_[row].add(delta);
    sums_bytes_ += bytes_of(sums_[row]);
}

/// Of what waits, which comes and goes, only the table is counted.
std::size_t Rollups::bytes() const
{
    const auto each = sizeof(RowKey) + sizeof(CellSum) + 2 * sizeof(Day) + sizeof(Row) + sizeof(Parts) + sizeof(Row);
    return keys_.capacity() * each + index_.bucket_count() * (sizeof(std::pair<RowKey, Row>) + 1) + behind_.capacity() * sizeof(Behind) + sums_bytes_;
}

void Rollups::restore_shown(const RowKey& key, const CellSum& part, Day day)
{
    const auto row = place(key);
    changed_[row] = std::max(changed_[row], day);
    first_[row] = std::min(first_[row], day);
    add_to_row(row, part);
}

void Rollups::restore_waiting(const RowKey& key, Behind behind)
{
    const auto row = place(key);
    add_to_row(row, behind.unshown);
    fall_behind(row) = std::move(behind);
}

bool Rollups::any_enough(std::int64_t persons_min) const
{
    const auto enough = [&](Row row) {
        if (behind_of_[row] == none) return false;
        const auto persons = part(sums_[row], part_persons);
        return static_cast<std::int64_t>(behind_[behind_of_[row]].who.size()) >= persons_min && (persons <= 0 || persons >= persons_min);
    };
    return std::ranges::any_of(waiting_, enough) || std::ranges::any_of(began_, enough);
}

void Rollups::sort_waiting()
{
    const auto gone = [&](Row row) {
        if (behind_of_[row] != none) return false;
        listed_[row] = false;
        return true;
    };
    std::erase_if(waiting_, gone);
    std::erase_if(began_, gone);
    const auto earlier = [&](Row a, Row b) { return keys_[a] < keys_[b]; };
    std::ranges::sort(began_, earlier);
    const auto middle = static_cast<std::ptrdiff_t>(waiting_.size());
    waiting_.insert(waiting_.end(), began_.begin(), began_.end());
    std::inplace_merge(waiting_.begin(), waiting_.begin() + middle, waiting_.end(), earlier);
    began_.clear();
}

/// Rows grow upwards and what is none downwards, so that the two never meet.
Rollups::Row Rollups::row_or_outside(const RowKey& key)
{
    const auto found = index_.find(key);
    return found != index_.end() ? found->second : outside_.try_emplace(key, none - 1 - static_cast<Row>(outside_.size())).first->second;
}

void Rollups::find_sums(const Regions& regions)
{
    if (parts_.empty()) outside_.clear();
    while (parts_.size() < keys_.size()) {
        Parts parts;
        std::size_t count = 0;
        const auto& key = keys_[parts_.size()];
        for (const auto& parent : parents_of(key, regions)) parts.of.at(count++) = {row_or_outside(parent.row), parent.cut};
        if (const auto left = left_behind(key, regions)) parts.not_beside = row_or_outside(*left);
        parts_.push_back(parts);
    }
}

Rollups::Waiting Rollups::waiting(const Regions& regions)
{
    find_sums(regions);
    sort_waiting();
    Waiting out;
    out.rows.reserve(waiting_.size());
    // Rows are numbered as they wait; a sum that does not wait is numbered past them when it is first met.
    number_.resize(keys_.size() + outside_.size(), none);
    const auto slot = [&](Row sum) -> Row& { return number_[sum < keys_.size() ? sum : keys_.size() + (none - 1 - sum)]; };
    for (const auto row : waiting_) {
        slot(row) = static_cast<Row>(out.rows.size());
        out.rows.push_back({keys_[row], behind_[behind_of_[row]].who, part(sums_[row], part_persons)});
    }
    std::vector<SumLines::Part> parts;
    parts.reserve(4 * waiting_.size());
    auto next = static_cast<Row>(waiting_.size());
    for (Row i = 0; i < waiting_.size(); ++i) {
        const auto& of = parts_[waiting_[i]];
        const bool apart = of.not_beside != none && slot(of.not_beside) < waiting_.size();
        for (const auto& [sum, cut] : of.of) {
            if (sum == none) break;
            if (apart && cut == cut_by_municipality) continue;
            auto& at = slot(sum);
            if (at == none) at = next++;
            parts.push_back({at, i, cut});
        }
    }
    out.lines = SumLines(out.rows.size(), parts);
    for (const auto row : waiting_) {
        slot(row) = none;
        for (const auto& [sum, cut] : parts_[row].of)
            if (sum != none) slot(sum) = none;
    }
    return out;
}

CellSum Rollups::publish(const RowKey& key, Day day)
{
    const auto row = index_.at(key);
    auto news = std::move(behind_[behind_of_[row]].unshown);
    catch_up(row);
    changed_[row] = std::max(changed_[row], day);
    first_[row] = std::min(first_[row], day);
    return news;
}

/// As shown: the row itself, or in `scratch` without what waits.
const CellSum& Rollups::shown(Row row, CellSum& scratch) const
{
    if (behind_of_[row] == none) return sums_[row];
    scratch = sums_[row];
    scratch.add(behind_[behind_of_[row]].unshown, -1);
    return scratch;
}

CellSum Rollups::shown(const RowKey& key) const
{
    CellSum scratch;
    const auto found = index_.find(key);
    return found == index_.end() ? scratch : shown(found->second, scratch);
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

Standing Rollups::standing(Row row) const
{
    Standing out{changed_[row], changed_[row], 0, first_[row]};
    if (behind_of_[row] != none) {
        const auto& behind = behind_[behind_of_[row]];
        out.touched = std::max(out.touched, behind.touched);
        out.waiting = static_cast<std::int64_t>(behind.who.size());
    }
    return out;
}

const std::vector<Rollups::Row>& Rollups::sorted(Shelf& shelf) const
{
    if (shelf.sorted < shelf.rows.size()) {
        const auto middle = shelf.rows.begin() + static_cast<std::ptrdiff_t>(shelf.sorted);
        const auto earlier = [&](Row a, Row b) { return keys_[a] < keys_[b]; };
        std::sort(middle, shelf.rows.end(), earlier);
        std::inplace_merge(shelf.rows.begin(), middle, shelf.rows.end(), earlier);
        shelf.sorted = shelf.rows.size();
    }
    return shelf.rows;
}

void Rollups::each(PeriodKind kind, By by, Day from, Day to, const Each& each) const
{
    const auto& rows = sorted(shelves_[static_cast<std::size_t>(kind) * by_count + static_cast<std::size_t>(by)]);
    const bool all = kind == PeriodKind::all;
    const auto first = all ? rows.begin() : std::ranges::partition_point(rows, [&](Row row) { return period_end(kind, keys_[row].period) <= from; });
    CellSum scratch;
    for (auto at = first; at != rows.end(); ++at) {
        if (!all && period_begin(kind, keys_[*at].period) >= to) break;
        const auto& seen = shown(*at, scratch);
        if (!sums_[*at].zero() || !seen.zero()) each(keys_[*at], sums_[*at], seen, standing(*at));
    }
}

std::optional<std::int64_t> quantile(const CellSum& row, double q)
{
    return quantiles(row, std::array{q})[0];
}

std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>> median_and_p90(const CellSum& row)
{
    const auto both = quantiles(row, std::array{0.5, 0.9});
    return {both[0], both[1]};
}

std::optional<Day> last_matures(const CellSum& row)
{
    if (row.counts.empty() || row.counts.front().first >= 0) return {};
    return static_cast<Day>(-1 - row.counts.front().first); // negative keys come first, and the latest day is the most negative
}

std::int64_t matured_by(const CellSum& row, Day today)
{
    std::int64_t matured = 0;
    for (const auto& [value, count] : row.counts) {
        if (value >= 0) break;
        if (-1 - value <= today) matured += count;
    }
    return matured;
}

} // namespace sluse
