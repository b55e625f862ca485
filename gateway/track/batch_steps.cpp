// gateway/track/batch_steps.cpp — the time at risk asked for day by day, on the days where the answer may change.
#include "gateway/track/batch_rules.hpp"

#include <set>

namespace sluse::batch {
namespace {

const Day forever = day_of(no_end);

/// Is it counted on this day, and where?
class Presence {
public:
    Presence(const Definition& rule, const Regions& regions, const Rules& rules, const Scene& scene) : rule_(rule), regions_(regions), who_(rules.who())
    {
        from_ = rules.when(scene, rule.exposure->from);
        to_ = rules.when(scene, rule.exposure->to);
        if (who_.death && (!to_ || *who_.death < *to_)) to_ = who_.death;
        if (const auto there = rules.marked(scene, rule.unit_of)) unit_ = there->unit;
        for (const auto& search : rule.exposure->less)
            for (auto& h : rules.found(search, scene)) away_.emplace_back(h.from, h.to);
    }

    std::optional<Dimensions> on(Day day) const
    {
        if (!from_ || (to_ && *to_ <= *from_) || day < rule_.valid_from || day >= rule_.valid_to || day >= forever) return {};
        if (!within(day, *from_, to_) || !of_age(day)) return {};
        for (const auto& [gone, back] : away_)
            if (within(day, gone, back)) return {};
        return whereabouts(rule_, regions_, who_, unit_, day);
    }

    /// Days around which an answer may differ from the day before's.
    std::set<Day> turns() const
    {
        std::set<Day> days{rule_.valid_from, rule_.valid_to};
        std::vector<std::optional<Millis>> moments{from_, to_};
        for (const auto& [gone, back] : away_) moments.insert(moments.end(), {gone, back});
        for (const auto& moment : moments)
            if (moment)
                for (Day d = -1; d <= 2; ++d) days.insert(day_of_instant(*moment) + d);
        for (const auto& a : who_.addresses) days.insert(a.from);
        for (const auto& row : regions_.rows()) days.insert({row.from, row.to});
        if (who_.birth) {
            const auto birth = date_of(static_cast<Day>(*who_.birth));
            for (int year = birth.year; year <= birth.year + 130; ++year)
                for (const auto day : {day_of({year, birth.month, std::min(birth.day, days_in_month(year, birth.month))}), day_of({year, 3, 1})}) days.insert(day);
        }
        return days;
    }

private:
    bool within(Day day, Millis from, std::optional<Millis> to) const
    {
        if (!rule_.exposure->at_hour) return day_of_instant(from) <= day && (!to || day < day_of_instant(*to));
        const auto census = Zone::copenhagen().to_instant(day, *rule_.exposure->at_hour);
        return census && from <= *census && (!to || *census < *to);
    }
    bool of_age(Day day) const
    {
        const auto& [least, below] = std::pair(rule_.exposure->age_from, rule_.exposure->age_below);
        if (!least && !below) return true;
        if (!who_.birth) return false;
        const auto years = years_between(*who_.birth, day);
        return (!least || years >= *least) && (!below || years < *below);
    }

    const Definition& rule_;
    const Regions& regions_;
    const Individual& who_;
    std::optional<Millis> from_, to_;
    std::vector<std::pair<Millis, std::optional<Millis>>> away_;
    std::string unit_;
};

Contribution step(Day day, std::int64_t sign, const Dimensions& dims)
{
    Contribution c;
    c.counts_day = c.matures_day = day;
    c.denominator = sign;
    c.dims = dims;
    return c;
}

} // namespace

void at_risk(const Definition& rule, const Regions& regions, const Rules& rules, std::vector<Contribution>& out)
{
    for (const auto& h : rules.happenings(rule.exposure->of, rule.exposure->cohort)) {
        const Scene scene(h, &rule.markers);
        if (!rules.all(rule.exposure->where, scene, nullptr)) continue;
        const Presence presence(rule, regions, rules, scene);
        for (const auto day : presence.turns()) {
            if (day >= forever) break;
            const auto now = presence.on(day), before = presence.on(day - 1);
            if (now == before) continue;
            if (before) out.push_back(step(day, -1, *before));
            if (now) out.push_back(step(day, +1, *now));
        }
    }
}

} // namespace sluse::batch
