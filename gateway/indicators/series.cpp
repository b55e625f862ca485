// gateway/indicators/series.cpp — from the timeline to the series that indicators speak of.
#include "gateway/indicators/reading.hpp"

#include <algorithm>
#include <tuple>

namespace sluse {
namespace {

Item contact_item(const Contact& c)
{
    Item item;
    item.key = c.key;
    item.start = c.start;
    item.end = c.end;
    item.acute = c.priority == "A";
    item.specialty = c.specialty;
    item.unit = c.unit;
    item.encounter_class = c.encounter_class;
    item.based_on = c.based_on;
    return item;
}

Items stay_items(const Timeline& t, bool admissions)
{
    Items items;
    for (const auto& stay : stays_of(t, stay_gap_ms)) {
        if (admissions && !stay.admission(admission_ms)) continue;
        auto& item = items.emplace_back(contact_item(t.contacts[stay.contacts.front()]));
        item.end = stay.end;
        item.unit = t.contacts[stay.contacts.back()].unit; // the discharging one; the timeline's text, for the stay is a temporary
        for (const auto i : stay.contacts) item.contact_keys.push_back(t.contacts[i].key);
    }
    return items;
}

Items contact_items(const Timeline& t)
{
    Items items;
    for (const auto& c : t.contacts) items.emplace_back(contact_item(c)).contact_keys.push_back(c.key);
    return items;
}

Items result_items(const Timeline& t)
{
    Items items;
    for (const auto& r : t.results) {
        auto& item = items.emplace_back();
        item.key = r.key;
        item.start = r.sample;
        item.end = r.answer;
        item.unit = r.unit;
        item.code = r.code;
        item.category = r.category;
        item.status = r.status;
        item.text = r.value_text;
        item.based_on = r.based_on;
        item.value_scaled = r.value_scaled;
        if (!r.contact_key.empty()) item.contact_keys.push_back(r.contact_key);
    }
    return items;
}

/// A diagnosis stands in time where its contact stands, else where it says itself; with neither it stands nowhere.
Items diagnosis_items(const Timeline& t)
{
    Items items;
    for (const auto& d : t.diagnoses) {
        const auto contact = std::ranges::find(t.contacts, d.contact_key, &Contact::key);
        const bool placed = contact != t.contacts.end();
        if (!placed && !d.start) continue;
        auto& item = items.emplace_back();
        item.key = d.key;
        item.start = placed ? contact->start : *d.start;
        item.code = d.code;
        item.category = d.category;
        if (!d.contact_key.empty()) item.contact_keys.push_back(d.contact_key);
        if (!placed) continue;
        item.end = contact->end;
        item.unit = contact->unit;
        item.specialty = contact->specialty;
        item.encounter_class = contact->encounter_class;
    }
    return items;
}

Items act_items(const Timeline& t, FactKind kind)
{
    Items items;
    for (const auto& a : t.of(kind)) {
        auto& item = items.emplace_back();
        item.key = a.key;
        item.start = a.start;
        item.end = a.end;
        item.unit = a.unit;
        item.code = a.code;
        item.category = a.category;
        item.status = a.status;
        item.text = a.value_text;
        item.based_on = a.based_on;
        item.replaces = a.replaces;
        item.value_scaled = a.value_scaled;
        if (!a.contact_key.empty()) item.contact_keys.push_back(a.contact_key);
    }
    return items;
}

FactKind act_kind(Series series)
{
    return static_cast<FactKind>(static_cast<int>(FactKind::procedure) + static_cast<int>(series) - static_cast<int>(Series::procedures));
}

} // namespace

Day local_day(Millis at)
{
    return Zone::copenhagen().day_at(at);
}

Millis first_instant(Day day)
{
    for (const Millis hour : {0, 1, 2}) // a clock once moved at midnight
        if (const auto at = Zone::copenhagen().to_instant(day, hour * hour_ms)) return *at;
    return Millis{day} * 24 * hour_ms;
}

Items Reading::person_items() const
{
    if (!timeline_.birth) return {};
    Item item;
    item.key = "person";
    item.start = first_instant(*timeline_.birth);
    item.end = timeline_.death;
    return {item};
}

const Items& Reading::series(Series series, const std::shared_ptr<const Cohort>& cohort)
{
    if (series == Series::cohort) return members(*cohort);
    auto& slot = series_[static_cast<std::size_t>(series)];
    if (slot) return *slot;
    Items items;
    if (series == Series::stays || series == Series::admissions) items = stay_items(timeline_, series == Series::admissions);
    else if (series == Series::contacts) items = contact_items(timeline_);
    else if (series == Series::results) items = result_items(timeline_);
    else if (series == Series::diagnoses) items = diagnosis_items(timeline_);
    else if (series == Series::persons) items = person_items();
    else if (is_act(series)) items = act_items(timeline_, act_kind(series));
    std::ranges::sort(items, {}, [](const Item& i) { return std::tie(i.start, i.key, i.code, i.text); });
    slot = std::make_unique<Items>(std::move(items));
    return *slot;
}

} // namespace sluse
