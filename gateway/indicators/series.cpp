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

void add_contacts(const Timeline& t, Items& items)
{
    for (const auto& c : t.contacts) items.emplace_back(contact_item(c)).contact_keys = {&c.key, 1};
}

std::span<const std::string_view> one_or_none(const std::string_view& key)
{
    return {&key, key.empty() ? 0u : 1u};
}

void add_results(const Timeline& t, Items& items)
{
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
        item.contact_keys = one_or_none(r.contact_key);
    }
}

/// A diagnosis stands in time where its contact stands, else where it says itself; with neither it stands nowhere.
void add_diagnoses(const Timeline& t, Items& items)
{
    std::vector<std::pair<std::string_view, const Contact*>> contacts;
    if (!t.diagnoses.empty()) contacts.reserve(t.contacts.size());
    if (!t.diagnoses.empty())
        for (const auto& c : t.contacts) contacts.emplace_back(c.key, &c);
    std::ranges::sort(contacts);
    for (const auto& d : t.diagnoses) {
        const auto found = std::ranges::lower_bound(contacts, d.contact_key, {}, &std::pair<std::string_view, const Contact*>::first);
        const bool placed = found != contacts.end() && found->first == d.contact_key;
        if (!placed && !d.start) continue;
        const auto* contact = placed ? found->second : nullptr;
        auto& item = items.emplace_back();
        item.key = d.key;
        item.start = placed ? contact->start : *d.start;
        item.code = d.code;
        item.category = d.category;
        item.contact_keys = one_or_none(d.contact_key);
        if (!placed) continue;
        item.end = contact->end;
        item.unit = contact->unit;
        item.specialty = contact->specialty;
        item.encounter_class = contact->encounter_class;
    }
}

void add_acts(const Timeline& t, FactKind kind, Items& items)
{
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
        item.contact_keys = one_or_none(a.contact_key);
    }
}

FactKind act_kind(Series series)
{
    return static_cast<FactKind>(static_cast<int>(FactKind::procedure) + static_cast<int>(series) - static_cast<int>(Series::procedures));
}

} // namespace

Day birthday(Day birth, std::int64_t years)
{
    auto date = date_of(birth);
    date.year += static_cast<int>(years);
    if (date.month == 2 && date.day == 29 && days_in_month(date.year, 2) == 28) date = {date.year, 3, 1};
    return day_of(date);
}

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

void Reading::turn(const Timeline& timeline)
{
    timeline_ = &timeline;
    for (auto& slot : series_) slot.filled = false;
    for (auto& [cohort, slot] : cohorts_) slot.filled = false;
    codes_.forget_when_full();
    for (auto& one : days_) one.aged = one.placed = false;
    band_birthdays_.clear();
    diagnosis_codes_.clear();
    diagnoses_by_contact_.clear();
    if (!sought_.empty()) sought_.clear();
    kept_items_.clear();
    kept_.clear();
}

Reading::OnDay& Reading::on(Day day)
{
    auto& one = days_[static_cast<std::size_t>(day) % days_.size()];
    if (one.day == day) return one;
    one.day = day;
    one.aged = one.placed = false;
    return one;
}

std::optional<int> Reading::age_on(Day day)
{
    auto& one = on(day);
    if (!std::exchange(one.aged, true)) one.age = timeline_->birth ? std::optional(age_at(*timeline_->birth, day)) : std::nullopt;
    return one.age;
}

const Reading::Place& Reading::place_on(Day day, const Regions& regions)
{
    auto& one = on(day);
    if (std::exchange(one.placed, true)) return one.place;
    one.place.municipality = timeline_->municipality_on(day);
    one.place.region = regions.on(one.place.municipality, day);
    return one.place;
}

std::span<const Day> Reading::band_birthdays()
{
    if (band_birthdays_.empty())
        for (int years = 0; years <= last_age_band; years += age_band_years) band_birthdays_.push_back(birthday(*timeline_->birth, years));
    return band_birthdays_;
}

void Reading::add_persons(Items& items) const
{
    if (!timeline_->birth) return;
    auto& item = items.emplace_back();
    item.key = "person";
    item.start = first_instant(*timeline_->birth);
    item.end = timeline_->death;
}

void Reading::add_stays(Items& items)
{
    const auto& contacts = timeline_->contacts;
    stay_keys_.clear();
    stay_keys_.reserve(contacts.size()); // each contact is in one stay at most: the keys do not move
    for (const auto& stay : stays_of(*timeline_, stay_gap_ms)) {
        auto& item = items.emplace_back(contact_item(contacts[stay.contacts.front()]));
        item.end = stay.end;
        item.unit = stay.unit;
        const auto first = stay_keys_.size();
        for (const auto i : stay.contacts) stay_keys_.push_back(contacts[i].key);
        item.contact_keys = {stay_keys_.data() + first, stay.contacts.size()};
    }
}

void Reading::add_admissions(Items& items)
{
    for (const auto& stay : series(Series::stays, {}))
        if (stay.end && *stay.end - stay.start >= admission_ms) items.push_back(stay);
}

const Items& Reading::series(Series series, const std::shared_ptr<const Cohort>& cohort)
{
    if (series == Series::cohort) return members(*cohort);
    auto& slot = series_[static_cast<std::size_t>(series)];
    if (slot.filled) return slot.items;
    slot.filled = true;
    auto& items = slot.items;
    items.clear();
    if (series == Series::stays) add_stays(items);
    else if (series == Series::admissions) add_admissions(items);
    else if (series == Series::contacts) add_contacts(*timeline_, items);
    else if (series == Series::results) add_results(*timeline_, items);
    else if (series == Series::diagnoses) add_diagnoses(*timeline_, items);
    else if (series == Series::persons) add_persons(items);
    else if (is_act(series)) add_acts(*timeline_, act_kind(series), items);
    std::ranges::sort(items, {}, [](const Item& i) { return std::tie(i.start, i.key, i.code, i.text); });
    return items;
}

} // namespace sluse
