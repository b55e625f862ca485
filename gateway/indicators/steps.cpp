// gateway/indicators/steps.cpp — time at risk as steps of ±1: person-time, bed-days, the 23:00 census, who waits, who is in a segment.
#include "gateway/indicators/evaluate.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <tuple>

namespace sluse {
namespace {

/// The first day whose census comes at `at` or later; by midnights the day itself.
Day first_day(const Exposure& rule, Millis at)
{
    const auto day = local_day(at);
    return rule.at_hour && Zone::copenhagen().ms_of_day_at(at) > *rule.at_hour ? day + 1 : day;
}

struct Span {
    Day from{}, to{};
};

// Most things have one span and few days: nothing is allocated for those.
using Spans = boost::container::small_vector<Span, 4>;
using Days = boost::container::small_vector<Day, 24>;

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
Spans parts_of(const Exposure& exposure, Reading& reading, Subject& subject, const Span& span)
{
    if (exposure.less.empty()) return {span};
    std::vector<Span> away;
    for (const auto& [from, to] : reading.spans(exposure.less, subject)) away.push_back({first_day(exposure, from), to ? first_day(exposure, *to) : span.to});
    std::ranges::sort(away, {}, &Span::from);
    Spans out;
    auto from = span.from;
    for (const auto& gone : away) {
        if (gone.to <= std::max(gone.from, from)) continue;
        if (gone.from > from) out.push_back({from, std::min(gone.from, span.to)});
        from = gone.to;
        if (from >= span.to) break;
    }
    if (from < span.to) out.push_back({from, span.to});
    out.erase(std::remove_if(out.begin(), out.end(), [](const Span& part) { return part.from >= part.to; }), out.end());
    return out;
}

/// Days inside the span on which a dimension may change.
Days cuts(const Definition& rule, const Regions& regions, Reading& reading, const Span& span)
{
    Days days{span.from};
    const auto add = [&](Day day) {
        if (day > span.from && day < span.to) days.push_back(day);
    };
    const auto& t = reading.timeline();
    if (rule.by_municipality || rule.by_region)
        for (const auto& r : t.residences) add(r.valid_from);
    if (rule.by_region)
        for (const auto day : regions.changes()) add(day);
    if (rule.by_age_band && t.birth)
        for (const auto day : reading.band_birthdays()) add(day);
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
            for (const auto day : cuts(rule, regions, reading, part)) {
                const auto dims = dimensions_of(rule, regions, reading, place ? place->unit : std::string_view(), day);
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
