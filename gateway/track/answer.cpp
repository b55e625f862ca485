// gateway/track/answer.cpp — how sums become what a reader sees.
#include "gateway/track/answer.hpp"

#include <algorithm>
#include <cmath>

namespace sluse {
namespace {

std::int64_t part(const CellSum& sum, CellPart at)
{
    return at < sum.sums.size() ? sum.sums[at] : 0;
}

std::optional<double> value_of(const Pack& pack, const CellSum& sum)
{
    if (pack.kind == "count") return static_cast<double>(part(sum, part_numerator));
    if (pack.kind == "duration") {
        const auto n = part(sum, part_values);
        if (n <= 0) return {};
        return static_cast<double>(part(sum, part_value_sum)) / static_cast<double>(n) / static_cast<double>(pack.value_scale);
    }
    if (pack.adds_up) return static_cast<double>(part(sum, part_numerator)) / static_cast<double>(pack.value_scale);
    const auto denominator = part(sum, part_denominator);
    if (denominator <= 0) return {};
    const double share = static_cast<double>(part(sum, part_numerator)) / static_cast<double>(denominator);
    return pack.unit == "%" ? 100.0 * share : share;
}

/// An exact quantile is one person's value, so it is given in whole hours, and the 90th percentile only of enough persons.
std::optional<double> quantile_of(const Pack& pack, const CellQuery& query, std::optional<std::int64_t> at)
{
    if (!at) return {};
    if (!query.authorised) at = (*at + 30) / 60 * 60;
    return static_cast<double>(*at) / static_cast<double>(pack.value_scale);
}

/// Standard deviation of n − 1 from exact sums; none of fewer than two values.
std::optional<double> deviation_of(const Pack& pack, const CellSum& sum)
{
    const __int128 n = part(sum, part_values), total = part(sum, part_value_sum), squares = part(sum, part_value_squares);
    if (n < 2) return {};
    const auto spread = std::max<__int128>(0, n * squares - total * total); // n² times the variance
    return std::sqrt(static_cast<double>(spread) / static_cast<double>(n) / static_cast<double>(n - 1)) / static_cast<double>(pack.value_scale);
}

} // namespace

const Pack* pack_for(const Packs& packs, const CellQuery& query)
{
    const Pack* best = nullptr;
    for (const auto& pack : packs.packs()) {
        if (pack.id != query.indicator || (!query.version.empty() && pack.version != query.version)) continue;
        if (!best || pack.valid_from >= best->valid_from) best = &pack;
    }
    return best;
}

bool whole_periods(const CellQuery& query)
{
    const auto kind = query.period == PeriodKind::all ? PeriodKind::month : query.period;
    const auto whole = [&](Day day) { return period_begin(kind, period_of(kind, day)) == day; };
    return (!query.from || whole(*query.from)) && (!query.to || whole(*query.to));
}

bool wanted(const CellQuery& query, const RowKey& row)
{
    if (row.kind == PeriodKind::all) return true;
    if (query.from && period_end(row.kind, row.period) <= *query.from) return false;
    return !query.to || period_begin(row.kind, row.period) < *query.to;
}

Seen window_of(By by, const std::string& code, Day from, Day to, const Look& look)
{
    Seen all;
    std::int64_t persons = 0;
    for (auto day = from; day < to;) {
        std::optional<Seen> best;
        auto next = day;
        for (const auto kind : {PeriodKind::year, PeriodKind::quarter, PeriodKind::month}) {
            const auto period = period_of(kind, day);
            if (period_begin(kind, period) != day || period_end(kind, period) > to) continue;
            best = look({kind, by, period, code});
            next = period_end(kind, period);
            if (!best || !best->hidden) break;
        }
        day = next;
        if (!best) continue;
        persons = std::max(persons, part(best->sum, part_persons));
        all.add(*best);
    }
    if (all.sum.sums.size() > part_persons) all.sum.sums[part_persons] = persons;
    return all;
}

void Seen::add(const SeenRow& other)
{
    sum.add(other.sum);
    hidden |= other.hidden;
    standing.changed = std::max(standing.changed, other.standing.changed);
    standing.touched = std::max(standing.touched, other.standing.touched);
    standing.waiting += other.standing.waiting;
    standing.first = std::min(standing.first, other.standing.first);
}

void tell_state(const Asked& asked, const SeenRow& seen, std::optional<Day> end, CellRow& row)
{
    const auto changed = asked.query.authorised ? seen.standing.touched : seen.standing.changed;
    if (changed != never_changed) row.changed_on = changed;
    // Fewer than the smallest number may wait in any row; saying when would tell of them.
    if (!asked.query.authorised) row.held = seen.standing.waiting / asked.persons_min * asked.persons_min;
    if (end) {
        row.final_on = final_day(asked.pack, *end, last_matures(seen.sum));
        row.state = state_of(asked.pack, asked.freezes, *end, *row.final_on, seen.standing.first, row.changed_on, asked.query.today);
    } else {
        row.state = CellState::provisional; // it goes on
    }
    row.provisional = row.state == CellState::provisional;
}

CellRow answer(const Asked& asked, const RowKey& key, const SeenRow& seen)
{
    const auto& [sum, hidden, standing] = seen;
    CellRow row;
    row.period = period_name(key.kind, key.period);
    row.group = key.code;
    if (key.kind != PeriodKind::all) row.begin = period_begin(key.kind, key.period);
    if (hidden && !asked.query.authorised) {
        row.suppressed = true;
        return row;
    }
    tell_state(asked, seen, key.kind == PeriodKind::all ? asked.query.to : std::optional(period_end(key.kind, key.period)), row);
    row.numerator = part(sum, part_numerator);
    row.denominator = part(sum, part_denominator);
    row.persons = part(sum, part_persons);
    row.value = value_of(asked.pack, sum);
    const auto [median, p90] = median_and_p90(sum);
    row.median = quantile_of(asked.pack, asked.query, median);
    if (asked.query.authorised || row.persons >= 2 * asked.persons_min) row.p90 = quantile_of(asked.pack, asked.query, p90);
    if (asked.pack.kind == "duration") {
        row.values = part(sum, part_values);
        if (asked.query.authorised || row.persons >= 2 * asked.persons_min) row.deviation = deviation_of(asked.pack, sum);
    }
    // In tenths, because the exact share, asked for day after day, would tell how many there were on each day.
    const auto matured = matured_by(sum, asked.query.today);
    row.matured = asked.query.authorised || matured >= row.denominator || row.denominator <= 0 ? matured : row.denominator * (10 * matured / row.denominator) / 10;
    return row;
}

} // namespace sluse
