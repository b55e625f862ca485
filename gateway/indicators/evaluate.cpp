// gateway/indicators/evaluate.cpp — series from the timeline, conditions on them, outcomes after them, contributions from both.
#include "gateway/indicators/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluse {
namespace {

using Test = Condition::Test;

/// One member of a series. Views into the timeline.
struct Item {
    std::string_view key;
    Millis start{};
    std::optional<Millis> end;    ///< of a result: its answer
    bool acute{};
    std::string_view specialty, unit, encounter_class, code, status, text;
    std::optional<std::int64_t> value_scaled;
    std::vector<std::string_view> contact_keys; ///< encounters: which contacts it is made of
};
using Items = std::vector<Item>;

std::optional<Millis> moment(const Item& item, Point point)
{
    return point == Point::start || point == Point::sample ? std::optional(item.start) : item.end;
}

Items stay_items(const Timeline& t, const Definition& rule, bool admissions)
{
    Items items;
    for (const auto& stay : stays_of(t, rule.stay_gap_ms)) {
        if (admissions && !stay.admission(rule.admission_ms)) continue;
        auto& item = items.emplace_back();
        const auto& first = t.contacts[stay.contacts.front()];
        item.key = first.key;
        item.start = stay.start;
        item.end = stay.end;
        item.acute = stay.acute;
        item.specialty = first.specialty;
        item.unit = t.contacts[stay.contacts.back()].unit; // the discharging one; the timeline's text, for the stay is a temporary
        item.encounter_class = first.encounter_class;
        for (const auto i : stay.contacts) item.contact_keys.push_back(t.contacts[i].key);
    }
    return items;
}

Items contact_items(const Timeline& t)
{
    Items items;
    for (const auto& c : t.contacts) {
        auto& item = items.emplace_back();
        item.key = c.key;
        item.start = c.start;
        item.end = c.end;
        item.acute = c.priority == "A";
        item.specialty = c.specialty;
        item.unit = c.unit;
        item.encounter_class = c.encounter_class;
        item.contact_keys.push_back(c.key);
    }
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
        item.status = r.status;
        item.text = r.value_text;
        item.value_scaled = r.value_scaled;
    }
    return items;
}

/// A diagnosis stands in time where its contact stands; without a contact it stands nowhere.
Items diagnosis_items(const Timeline& t)
{
    Items items;
    for (const auto& d : t.diagnoses) {
        const auto contact = std::ranges::find(t.contacts, d.contact_key, &Contact::key);
        if (contact == t.contacts.end()) continue;
        auto& item = items.emplace_back();
        item.key = d.key;
        item.start = contact->start;
        item.end = contact->end;
        item.unit = contact->unit;
        item.code = d.code;
    }
    std::ranges::sort(items, {}, [](const Item& i) { return std::tie(i.start, i.key); });
    return items;
}

Items series_of(const Timeline& t, const Definition& rule, Series series)
{
    switch (series) {
    case Series::stays: return stay_items(t, rule, false);
    case Series::admissions: return stay_items(t, rule, true);
    case Series::contacts: return contact_items(t);
    case Series::results: return result_items(t);
    case Series::diagnoses: return diagnosis_items(t);
    }
    return {};
}

Day local_day(Millis at)
{
    return Zone::copenhagen().day_at(at);
}

bool one_of(const std::vector<std::string>& words, std::string_view word)
{
    return std::ranges::find(words, word) != words.end();
}

/// Death is often known to the day only, so dying on the day of discharge is dying in hospital.
bool alive(const Timeline& t, std::optional<Millis> at)
{
    return at && (!t.death || local_day(*t.death) > local_day(*at));
}

bool of_age(const Condition& c, const Timeline& t, std::optional<Millis> at)
{
    if (!at || !t.birth) return false;
    const auto age = age_at(*t.birth, local_day(*at));
    return (!c.from || age >= *c.from) && (!c.below || age < *c.below);
}

/// A result's words; a bare whole number is its own word ("1" of an NPU arb.k. 0/1).
bool says(const Condition& c, const Item& item)
{
    std::string number;
    std::string_view word = item.text;
    if (word.empty() && item.value_scaled && *item.value_scaled % 1'000'000 == 0) word = number = std::to_string(*item.value_scaled / 1'000'000);
    const auto meaning = c.codes.table->kind_of(word);
    return !meaning.empty() && one_of(c.words, meaning);
}

bool diagnosed(const Condition& c, const Timeline& t, const Item& item)
{
    return std::ranges::any_of(t.diagnoses, [&](const Diagnosis& d) {
        return (!c.rank || d.rank == *c.rank) && std::ranges::find(item.contact_keys, std::string_view(d.contact_key)) != item.contact_keys.end() &&
               c.codes.table->kind_of(d.code) == "in";
    });
}

bool meets(const Condition& c, const Timeline& t, const Item& item, const Item* index)
{
    switch (c.test) {
    case Test::specialty: return one_of(c.words, item.specialty);
    case Test::same_specialty: return index && item.specialty == index->specialty;
    case Test::acute: return item.acute == c.flag;
    case Test::encounter_class: return one_of(c.words, item.encounter_class);
    case Test::unit: return one_of(c.words, item.unit);
    case Test::alive: return alive(t, moment(item, c.at));
    case Test::age: return of_age(c, t, moment(item, c.at));
    case Test::code: return c.codes.table->kind_of(item.code) == "in";
    case Test::status: return one_of(c.words, item.status);
    case Test::result: return says(c, item);
    case Test::diagnosis: return diagnosed(c, t, item);
    }
    return false;
}

bool meets_all(const std::vector<Condition>& conditions, const Timeline& t, const Item& item, const Item* index = nullptr)
{
    return std::ranges::all_of(conditions, [&](const Condition& c) { return meets(c, t, item, index) != c.negate; });
}

/// Conditions that do not look at the index, so that candidates are sifted once.
bool sifted(const std::vector<Condition>& conditions, const Timeline& t, const Item& item)
{
    return std::ranges::all_of(conditions, [&](const Condition& c) { return c.test == Test::same_specialty || meets(c, t, item, nullptr) != c.negate; });
}

bool in_window(const Outcome& rule, Millis after, Millis at)
{
    if (at - after <= rule.more_than) return false;
    if (rule.counting == Counting::hours) return at - after <= rule.within_days * 24 * hour_ms;
    return local_day(at) - local_day(after) <= rule.within_days;
}

/// Which of `index` have their outcome. Both are sorted by start; `index` has its `after` moment.
class Outcomes {
public:
    Outcomes(const Outcome& rule, const Timeline& timeline, const Items& index, const Items& candidates)
        : rule_(rule), timeline_(timeline), index_(index), reached_(index.size())
    {
        for (std::size_t i = 0; i < index.size(); ++i) by_moment_.push_back({*moment(index[i], rule.after), i});
        std::ranges::sort(by_moment_);
        for (const auto& candidate : candidates)
            if (sifted(rule.where, timeline, candidate)) assign(candidate);
    }
    bool reached(std::size_t index) const { return reached_[index]; }

private:
    void assign(const Item& candidate)
    {
        auto at = std::ranges::lower_bound(by_moment_, std::pair(candidate.start, std::size_t{0}));
        while (at != by_moment_.begin()) {
            --at;
            const auto& index = index_[at->second];
            if (index.key == candidate.key) continue; // never its own outcome
            const bool near = local_day(candidate.start) - local_day(at->first) <= rule_.within_days + 1; // 720 h reach a day further over a spring night
            if (!near) return; // the earlier ones are farther away
            if (in_window(rule_, at->first, candidate.start) && meets_all(rule_.where, timeline_, candidate, &index)) reached_[at->second] = true;
            if (rule_.claims == Claims::latest) return;
        }
    }

    const Outcome& rule_;
    const Timeline& timeline_;
    const Items& index_;
    std::vector<std::pair<Millis, std::size_t>> by_moment_;
    std::vector<bool> reached_;
};

/// Which thing of this person, without naming it: the business key stays inside.
std::string episode_of(const Item& item)
{
    const auto digest = sha256(item.key);
    return hex(view(digest).substr(0, 8));
}

Dimensions dimensions_of(const Definition& rule, const Regions& regions, const Timeline& t, const Item& item, Day day)
{
    Dimensions d;
    const auto municipality = t.municipality_on(day);
    if (rule.by_municipality) d.municipality = municipality;
    if (rule.by_region) d.region = regions.on(municipality, day);
    if (rule.by_unit) d.unit = item.unit;
    if (rule.by_sex) d.sex = t.sex;
    if (rule.by_age_band && t.birth) d.age_band = age_band(age_at(*t.birth, day));
    return d;
}

bool placed(const Definition& rule, const Item& item)
{
    bool all = moment(item, rule.period) && moment(item, rule.municipality) && moment(item, rule.matures_after);
    if (rule.outcome) all = all && moment(item, rule.outcome->after);
    if (rule.kind == Definition::Kind::duration) all = all && moment(item, rule.value_from) && moment(item, rule.value_to);
    if (!all) return false;
    const auto day = local_day(*moment(item, rule.period));
    return rule.valid_from <= day && day < rule.valid_to;
}

Contribution contribution(const Definition& rule, const Regions& regions, const Timeline& t, const Item& item)
{
    Contribution c;
    c.episode = episode_of(item);
    c.counts_day = local_day(*moment(item, rule.period));
    c.matures_day = local_day(*moment(item, rule.matures_after)) + static_cast<Day>(rule.matures_days);
    c.numerator = c.denominator = 1;
    if (rule.kind == Definition::Kind::duration) {
        c.value = std::max<Millis>(0, *moment(item, rule.value_to) - *moment(item, rule.value_from)) / minute_ms;
        c.has_value = true;
    }
    c.dims = dimensions_of(rule, regions, t, item, local_day(*moment(item, rule.municipality)));
    return c;
}

} // namespace

std::string age_band(int years)
{
    if (years < 0) return {};
    if (years >= 90) return "90+";
    const auto from = years / 5 * 5;
    return fmt::format("{}-{}", from, from + 4);
}

std::vector<Contribution> evaluate(const Definition& rule, const Regions& regions, const Timeline& t)
{
    const auto all = series_of(t, rule, rule.population);
    Items index;
    for (const auto& item : all) {
        // An index outside the definition's validity still stands between an earlier one and its outcome, so only its moments are asked for here.
        const bool has_after = !rule.outcome || moment(item, rule.outcome->after);
        if (has_after && meets_all(rule.where, t, item)) index.push_back(item);
    }
    std::optional<Outcomes> outcomes;
    if (rule.outcome && !index.empty())
        outcomes.emplace(*rule.outcome, t, index, rule.outcome->of == rule.population ? all : series_of(t, rule, rule.outcome->of));
    std::vector<Contribution> out;
    for (std::size_t i = 0; i < index.size(); ++i) {
        if (!placed(rule, index[i])) continue;
        auto& c = out.emplace_back(contribution(rule, regions, t, index[i]));
        if (rule.kind == Definition::Kind::proportion)
            c.numerator = (!outcomes || outcomes->reached(i)) && meets_all(rule.numerator, t, index[i]) ? 1 : 0;
    }
    std::ranges::sort(out);
    return out;
}

} // namespace sluse
