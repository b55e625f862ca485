// gateway/indicators/steps.cpp — time at risk as steps of ±1: person-time, bed-days, the 23:00 census, who waits, who is in a segment.
#include "gateway/indicators/evaluate.hpp"

#include <algorithm>
#include <tuple>

namespace sluse {
namespace {

constexpr int band_years = 5, last_band = 90;

/// The day somebody born on `birth` turns so old.
Day birthday(Day birth, std::int64_t years)
{
    auto date = date_of(birth);
    date.year += static_cast<int>(years);
    if (date.month == 2 && date.day == 29 && days_in_month(date.year, 2) == 28) date = {date.year, 3, 1};
    return day_of(date);
}

/// The first day whose census comes at `at` or later; by midnights the day itself.
Day first_day(const Exposure& rule, Millis at)
{
    const auto day = local_day(at);
    return rule.at_hour && Zone::copenhagen().ms_of_day_at(at) > *rule.at_hour ? day + 1 : day;
}

struct Span {
    Day from{}, to{};
};

std::optional<Span> span_of(const Definition& rule, Reading& reading, Subject& subject)
{
    const auto& exposure = *rule.exposure;
    const auto& t = reading.timeline();
    const auto from = reading.moment(subject, exposure.from);
    auto to = reading.moment(subject, exposure.to);
    if (t.death && (!to || *t.death < *to)) to = t.death;
    if (!from || (to && *to <= *from)) return {};
    Span span{first_day(exposure, *from), to ? first_day(exposure, *to) : day_of(no_end)};
    if (exposure.age_from || exposure.age_below) {
        if (!t.birth) return {};
        if (exposure.age_from) span.from = std::max(span.from, birthday(*t.birth, *exposure.age_from));
        if (exposure.age_below) span.to = std::min(span.to, birthday(*t.birth, *exposure.age_below));
    }
    span.from = std::max(span.from, rule.valid_from);
    span.to = std::min(span.to, rule.valid_to);
    return span.from < span.to ? std::optional(span) : std::nullopt;
}

/// The span without the days of what it goes without.
std::vector<Span> parts_of(const Exposure& exposure, Reading& reading, Subject& subject, const Span& span)
{
    if (exposure.less.empty()) return {span};
    std::vector<Span> away;
    for (const auto& [from, to] : reading.spans(exposure.less, subject)) away.push_back({first_day(exposure, from), to ? first_day(exposure, *to) : span.to});
    std::ranges::sort(away, {}, &Span::from);
    std::vector<Span> out;
    auto from = span.from;
    for (const auto& gone : away) {
        if (gone.to <= std::max(gone.from, from)) continue;
        if (gone.from > from) out.push_back({from, std::min(gone.from, span.to)});
        from = gone.to;
        if (from >= span.to) break;
    }
    if (from < span.to) out.push_back({from, span.to});
    std::erase_if(out, [](const Span& part) { return part.from >= part.to; });
    return out;
}

/// Days inside the span on which a dimension may change.
std::vector<Day> cuts(const Definition& rule, const Regions& regions, const Timeline& t, const Span& span)
{
    std::vector<Day> days{span.from};
    const auto add = [&](Day day) {
        if (day > span.from && day < span.to) days.push_back(day);
    };
    if (rule.by_municipality || rule.by_region)
        for (const auto& r : t.residences) add(r.valid_from);
    if (rule.by_region)
        for (const auto day : regions.changes()) add(day);
    if (rule.by_age_band && t.birth)
        for (int years = 0; years <= last_band; years += band_years) add(birthday(*t.birth, years));
    std::ranges::sort(days);
    days.erase(std::unique(days.begin(), days.end()), days.end());
    return days;
}

ContributionView step(std::string_view episode, Day day, int sign, const DimensionsView& dims)
{
    ContributionView c;
    c.episode = episode;
    c.counts_day = c.matures_day = day;
    c.denominator = sign;
    c.dims = dims;
    return c;
}

} // namespace

void add_steps(const Definition& rule, const Regions& regions, Reading& reading, std::vector<ContributionView>& out)
{
    const auto& exposure = *rule.exposure;
    for (const auto& item : reading.series(exposure.of, exposure.cohort)) {
        Subject subject(item, &rule.markers);
        if (!reading.meets(exposure.where, subject)) continue;
        const auto span = span_of(rule, reading, subject);
        if (!span) continue;
        const auto* place = reading.at(subject, rule.unit_of);
        const auto episode = episode_of(item);
        for (const auto& part : parts_of(exposure, reading, subject, *span)) {
            std::optional<DimensionsView> before;
            for (const auto day : cuts(rule, regions, reading.timeline(), part)) {
                const auto dims = dimensions_of(rule, regions, reading.timeline(), place ? place->unit : std::string_view(), day);
                if (before == dims) continue;
                if (before) out.push_back(step(episode, day, -1, *before));
                out.push_back(step(episode, day, +1, dims));
                before = dims;
            }
            if (part.to < day_of(no_end)) out.push_back(step(episode, part.to, -1, *before));
        }
    }
}

} // namespace sluse
