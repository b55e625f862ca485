// gateway/track/exposure.cpp — levels carried from period to period, and what is shown of them.
#include "gateway/track/exposure.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>

namespace sluse {
void Steps::sum_up()
{
    if (summed_) return;
    std::ranges::sort(steps_, {}, &Step::at);
    std::size_t kept = 0;
    std::int64_t level = 0, moment = 0;
    for (const auto& step : steps_) {
        level += step.level;
        moment += step.level * step.at;
        if (kept == 0 || steps_[kept - 1].at != step.at) ++kept;
        steps_[kept - 1] = {step.at, level, moment};
    }
    steps_.resize(kept);
    summed_ = true;
}

Steps::Step Steps::before(Day day) const
{
    const auto next = std::ranges::lower_bound(steps_, day, {}, &Step::at);
    return next == steps_.begin() ? Step{} : *std::prev(next);
}

std::int64_t Steps::days(Day from, Day to) const
{
    const auto begin = before(from), end = before(to);
    return begin.level * (std::int64_t{to} - from) + (end.level - begin.level) * to - (end.moment - begin.moment);
}

void StepRows::add(const RowKey& key, const SeenRow& seen)
{
    lines_[key.code].rows[key.period].add(seen);
}

void StepRows::add_steps(const std::string& code, const SeenRow& seen)
{
    auto& line = lines_[code];
    line.hidden |= seen.hidden;
    line.waiting += seen.standing.waiting;
    for (const auto& [value, count] : seen.sum.counts)
        if (value < 0) line.steps.add(static_cast<Day>(-1 - value), count); // a step is final on its own day
}

CellRow StepRows::row(const Line& line, const std::string& code, std::int32_t period, Day from, Day to, bool whole) const
{
    CellRow out;
    out.period = period_name(kind_, period);
    out.group = code;
    if (kind_ != PeriodKind::all) out.begin = period_begin(kind_, period);
    const auto at_start = line.steps.level_before(from), at_end = line.steps.level_before(to);
    Seen seen;
    if (const auto found = line.rows.find(period); found != line.rows.end()) seen = found->second;
    // A few who are present are as telling as a few who are counted.
    const auto few = [&](std::int64_t level) { return level > 0 && level < asked_.persons_min; };
    if (!asked_.query.authorised && (seen.hidden || line.hidden || few(at_start) || few(at_end))) {
        out.suppressed = true;
        return out;
    }
    tell_state(asked_, seen, whole ? std::optional(to) : std::nullopt, out);
    if (kind_ != PeriodKind::all && !asked_.query.authorised) out.held += line.waiting / asked_.persons_min * asked_.persons_min; // its time at risk may lack them
    const auto part = [&](CellPart at) { return at < seen.sum.sums.size() ? seen.sum.sums[at] : 0; };
    const auto days = line.steps.days(from, to);
    out.numerator = part(part_numerator);
    out.denominator = out.matured = days;
    out.persons = part(part_persons);
    if (asked_.pack.kind == "level") {
        const auto mean = static_cast<double>(days) / static_cast<double>(std::max(1, to - from));
        out.value = asked_.query.authorised ? mean : std::round(mean);
    } else if (days > 0) {
        out.value = static_cast<double>(out.numerator) * asked_.pack.per_days / static_cast<double>(days);
    }
    return out;
}

std::vector<CellRow> StepRows::rows()
{
    std::vector<CellRow> out;
    const Day until = asked_.query.today + 1; // what is not lived yet is no time at risk
    for (auto& [code, line] : lines_) {
        line.steps.sum_up();
        if (line.steps.empty() && line.rows.empty()) continue;
        const auto first_day = line.steps.empty() ? period_begin(kind_, line.rows.begin()->first) : line.steps.first();
        if (kind_ == PeriodKind::all) {
            const auto from = std::max(asked_.query.from.value_or(first_day), first_day);
            const auto to = std::min(asked_.query.to.value_or(until), until);
            if (from < to) out.push_back(row(line, code, 0, from, to, to < until));
            continue;
        }
        const auto last = std::min(asked_.query.to.value_or(until), until);
        for (auto day = std::max(asked_.query.from.value_or(first_day), first_day); day < last;) {
            const auto period = period_of(kind_, day);
            const auto begin = period_begin(kind_, period), end = period_end(kind_, period);
            const auto to = std::min(end, until);
            const auto risk = line.steps.days(begin, to);
            if (risk != 0 || line.rows.contains(period)) out.push_back(row(line, code, period, begin, to, end <= until));
            day = end;
        }
    }
    std::ranges::sort(out, {}, [](const CellRow& r) { return std::tie(r.period, r.group); });
    return out;
}

} // namespace sluse
