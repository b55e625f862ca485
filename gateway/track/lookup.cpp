// gateway/track/lookup.cpp — walks the rows that a query asks for.
#include "gateway/track/lookup.hpp"

#include "gateway/track/exposure.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace sluse {
namespace {

constexpr Day first_day = std::numeric_limits<Day>::min(), last_day = std::numeric_limits<Day>::max();

void add_steps(By by, const RowView& view, StepRows& exposure)
{
    view.each(PeriodKind::all, by, first_day, last_day, [&](const RowKey& key, const SeenRow& seen) { exposure.add_steps(key.code, seen); });
}

/// Months, so that a window's events are those of its months; steps keep their days, for earlier ones decide who is there.
std::vector<CellRow> step_window(const Asked& asked, By by, const RowView& view)
{
    const auto& query = asked.query;
    StepRows exposure(asked, PeriodKind::all);
    add_steps(by, view, exposure);
    view.each(PeriodKind::month, by, first_day, last_day, [&](const RowKey& key, const SeenRow& seen) {
        Seen within{seen.sum, seen.hidden, seen.standing};
        const auto begin = period_begin(PeriodKind::month, key.period), end = period_end(PeriodKind::month, key.period);
        if ((query.from && end <= *query.from) || (query.to && begin >= *query.to)) within.sum.sums.clear();
        exposure.add({PeriodKind::all, by, 0, key.code}, within);
    });
    return exposure.rows();
}

} // namespace

std::optional<SeenRow> RowsNow::seen(const CellSum& sum, const CellSum& shown, const Standing& standing) const
{
    static const CellSum nothing;
    const auto& chosen = exact_ ? sum : shown;
    if (!chosen.zero()) return SeenRow{chosen, false, standing};
    if (exact_ || sum.zero()) return {};
    return SeenRow{nothing, true, standing};
}

void RowsNow::each(PeriodKind kind, By by, Day from, Day to, const Each& each) const
{
    rows_.each(kind, by, from, to, [&](const RowKey& key, const CellSum& sum, const CellSum& shown, const Standing& standing) {
        if (const auto row = seen(sum, shown, standing)) each(key, *row);
    });
}

std::optional<Seen> RowsNow::find(const RowKey& row) const
{
    const auto* sum = rows_.find(row);
    const auto shown = rows_.shown(row);
    const auto found = sum ? seen(*sum, shown, rows_.standing(row)) : std::nullopt;
    return found ? std::optional(Seen{found->sum, found->hidden, found->standing}) : std::nullopt;
}

void RowsThen::add(const RowKey& row, const CellSum& part, Day day)
{
    auto& seen = rows_[row];
    seen.sum.add(part);
    seen.standing.changed = seen.standing.touched = std::max(seen.standing.changed, day);
    seen.standing.first = std::min(seen.standing.first, day);
}

void RowsThen::each(PeriodKind kind, By by, Day from, Day to, const Each& each) const
{
    for (auto at = rows_.lower_bound({kind, by, std::numeric_limits<std::int32_t>::min(), {}}); at != rows_.end() && at->first.kind == kind && at->first.by == by; ++at) {
        const auto& [key, seen] = *at;
        if (kind != PeriodKind::all && (period_end(kind, key.period) <= from || period_begin(kind, key.period) >= to)) continue;
        if (!seen.sum.zero()) each(key, seen);
    }
}

std::optional<Seen> RowsThen::find(const RowKey& row) const
{
    const auto found = rows_.find(row);
    if (found == rows_.end() || found->second.sum.zero()) return {};
    return found->second;
}

std::vector<CellRow> look_up(const Asked& asked, By by, const RowView& view)
{
    const auto& query = asked.query;
    if (has_steps(asked.pack)) {
        StepRows exposure(asked, query.period);
        add_steps(by, view, exposure);
        view.each(query.period, by, first_day, last_day, [&](const RowKey& key, const SeenRow& seen) { exposure.add(key, seen); });
        return exposure.rows();
    }
    std::vector<CellRow> out;
    view.each(query.period, by, query.from.value_or(first_day), query.to.value_or(last_day), [&](const RowKey& key, const SeenRow& seen) { out.push_back(answer(asked, key, seen)); });
    return out;
}

std::vector<CellRow> look_up_window(const Asked& asked, By by, const RowView& view)
{
    if (has_steps(asked.pack)) return step_window(asked, by, view);
    const auto& query = asked.query;
    std::set<std::int32_t> months;
    std::set<std::string> codes;
    view.each(PeriodKind::month, by, query.from.value_or(first_day), query.to.value_or(last_day), [&](const RowKey& key, const SeenRow&) {
        months.insert(key.period);
        codes.insert(key.code);
    });
    std::vector<CellRow> out;
    if (months.empty()) return out;
    const Look look = [&](const RowKey& key) { return view.find(key); };
    const auto from = period_begin(PeriodKind::month, query.from ? period_of(PeriodKind::month, *query.from) : *months.begin());
    const auto last = query.to ? period_of(PeriodKind::month, *query.to - 1) : *months.rbegin();
    for (const auto& code : codes) {
        const auto seen = window_of(by, code, from, period_end(PeriodKind::month, last), look);
        if (!seen.sum.zero() || seen.hidden) out.push_back(answer(asked, {PeriodKind::all, by, 0, code}, seen));
    }
    return out;
}

void add_revisions(const Asked& asked, By by, const History& history, std::vector<CellRow>& rows)
{
    if (has_steps(asked.pack)) return;
    std::map<std::pair<std::string, std::string>, CellRow*> of;
    for (auto& row : rows)
        if (!row.suppressed) of[{row.period, row.group}] = &row;
    for (const auto& [key, parts] : history) {
        if (key.kind != asked.query.period || key.by != by) continue;
        const auto found = of.find({period_name(key.kind, key.period), key.code});
        if (found == of.end()) continue;
        Seen seen;
        for (const auto& [day, part] : parts) {
            seen.sum.add(part);
            if (seen.sum.zero()) continue;
            const auto then = answer(asked, key, seen);
            found->second->revisions.push_back({day, then.numerator, then.denominator, then.value});
        }
    }
}

} // namespace sluse
