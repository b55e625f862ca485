// gateway/indicators/conditions.cpp — what holds of a thing.
#include "gateway/indicators/reading.hpp"

#include <algorithm>
#include <tuple>

namespace sluse {
namespace {

using Test = Condition::Test;

bool one_of(const std::vector<std::string>& words, std::string_view word)
{
    return std::ranges::find(words, word) != words.end();
}

/// Death is often known to the day only, so dying on the day of discharge is dying in hospital.
bool alive(const Timeline& t, std::optional<Millis> at)
{
    return at && (!t.death || local_day(*t.death) > local_day(*at));
}

bool of_age(const Condition& c, Reading& reading, std::optional<Millis> at)
{
    const auto age = at ? reading.age_on(local_day(*at)) : std::nullopt;
    return age && (!c.from || *age >= *c.from) && (!c.below || *age < *c.below);
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

} // namespace

bool Reading::in_set(const CodeSet& set, std::string_view code, CodeMemo::Known*& known)
{
    if (code.empty()) return false;
    if (!known) known = &codes_.of(code);
    return CodeMemo::in(*set.table, code, *known);
}

bool Reading::coded(const Condition& c, std::size_t diagnosis)
{
    const auto& d = timeline_->diagnoses[diagnosis];
    return (!c.rank || d.rank == *c.rank) && in_set(c.codes, d.code, diagnosis_codes_[diagnosis]);
}

bool Reading::diagnosed(const Condition& c, const Item& item)
{
    const auto& all = timeline_->diagnoses;
    diagnosis_codes_.resize(all.size());
    if (all.size() <= few_) {
        for (std::size_t i = 0; i < all.size(); ++i)
            if (coded(c, i) && std::ranges::find(item.contact_keys, all[i].contact_key) != item.contact_keys.end()) return true;
        return false;
    }
    if (diagnoses_by_contact_.empty()) {
        for (std::size_t i = 0; i < all.size(); ++i) diagnoses_by_contact_.emplace_back(all[i].contact_key, i);
        std::ranges::sort(diagnoses_by_contact_);
    }
    return std::ranges::any_of(item.contact_keys, [&](std::string_view key) {
        auto at = std::ranges::lower_bound(diagnoses_by_contact_, std::pair(key, std::size_t{0}));
        for (; at != diagnoses_by_contact_.end() && at->first == key; ++at)
            if (coded(c, at->second)) return true;
        return false;
    });
}

std::optional<Millis> Reading::moment(Subject& subject, Point point)
{
    const auto* item = at(subject, point.marker);
    if (!item) return {};
    return point.end ? item->end : std::optional(item->start);
}

bool Reading::elapsed(const Condition& c, Subject& subject)
{
    const auto from = moment(subject, c.at), to = moment(subject, c.to);
    if (!from || !to) return false;
    auto limit = c.at_most;
    if (!limit && c.codes.table) {
        const auto* coded = at(subject, c.marker);
        const auto days = coded ? c.codes.table->days_of(coded->code) : std::nullopt;
        if (!days) return false;
        limit = *days * 24 * hour_ms;
    }
    const auto less = paused(c.searches, subject, *from, *to, c.counting);
    const auto passed = c.counting == Counting::hours ? *to - *from - less : (Millis{local_day(*to)} - local_day(*from) - less) * 24 * hour_ms;
    return (!limit || passed <= *limit) && (!c.more_than || passed > *c.more_than);
}

bool Reading::meets(const Condition& c, Subject& subject, const Item* index)
{
    const auto& item = *subject.item;
    switch (c.test) {
    case Test::specialty: return one_of(c.words, item.specialty);
    case Test::same_specialty: return index && item.specialty == index->specialty;
    case Test::acute: return item.acute == c.flag;
    case Test::encounter_class: return one_of(c.words, item.encounter_class);
    case Test::unit: return one_of(c.words, item.unit);
    case Test::status: return one_of(c.words, item.status);
    case Test::text: return one_of(c.words, item.text);
    case Test::sex: return one_of(c.words, timeline_->sex);
    case Test::alive: return alive(*timeline_, moment(subject, c.at));
    case Test::age: return of_age(c, *this, moment(subject, c.at));
    case Test::code: return in_set(c.codes, item.code, item.worked.code);
    case Test::category: return in_set(c.codes, item.category, item.worked.category);
    case Test::reason: return in_set(c.codes, item.text, item.worked.text);
    case Test::result: return says(c, item);
    case Test::diagnosis: return diagnosed(c, item);
    case Test::value: return item.value_scaled && (!c.from || *item.value_scaled >= *c.from) && (!c.below || *item.value_scaled < *c.below);
    case Test::has: return at(subject, c.marker) != nullptr;
    case Test::near: return near(c, subject);
    case Test::elapsed: return elapsed(c, subject);
    case Test::share: return share(c, subject);
    case Test::any: return std::ranges::any_of(c.options, [&](const auto& option) { return meets(option, subject, index); });
    }
    return false;
}

bool Reading::meets(const std::vector<Condition>& conditions, Subject& subject, const Item* index)
{
    return std::ranges::all_of(conditions, [&](const Condition& c) { return meets(c, subject, index) != c.negate; });
}

} // namespace sluse
