// gateway/indicators/conditions.cpp — what holds of a thing, and what else of the person lies near it.
#include "gateway/indicators/reading.hpp"

#include <algorithm>
#include <charconv>
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

bool same(const Item& a, const Item& b)
{
    return a.key == b.key && a.code == b.code && a.start == b.start;
}

bool linked(const Search& search, const Item& index, const Item& other)
{
    using Link = Search::Link;
    switch (search.link) {
    case Link::none: return true;
    case Link::unit: return !index.unit.empty() && index.unit == other.unit;
    case Link::contact:
        return std::ranges::any_of(index.contact_keys, [&](std::string_view key) { return std::ranges::find(other.contact_keys, key) != other.contact_keys.end(); });
    case Link::request:
        if (!index.based_on.empty() && (index.based_on == other.key || index.based_on == other.based_on)) return true;
        return !other.based_on.empty() && other.based_on == index.key;
    case Link::code: return index.code.size() >= search.prefix && other.code.size() >= search.prefix && index.code.substr(0, search.prefix) == other.code.substr(0, search.prefix);
    }
    return false;
}

std::optional<std::int64_t> whole_number(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

} // namespace

bool Reading::in_set(const CodeSet& set, std::string_view code, CodeMemo::Known*& known)
{
    if (code.empty()) return false;
    if (!known) known = &codes_.of(code);
    return CodeMemo::in(*set.table, code, *known);
}

bool Reading::diagnosed(const Condition& c, const Item& item)
{
    const auto& all = timeline_->diagnoses;
    diagnosis_codes_.resize(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& d = all[i];
        if ((!c.rank || d.rank == *c.rank) && in_set(c.codes, d.code, diagnosis_codes_[i]) && std::ranges::find(item.contact_keys, d.contact_key) != item.contact_keys.end()) return true;
    }
    return false;
}

const Item* Reading::at(Subject& subject, int marker)
{
    if (marker < 0) return subject.item;
    const auto place = static_cast<std::size_t>(marker);
    auto& found = subject.found[place];
    if (subject.looked & (1u << place)) return found;
    subject.looked |= 1u << place; // before the search: a marker that asks for itself finds nothing
    found = nullptr;
    const auto& search = (*subject.markers)[place];
    const auto all = matches(search, subject);
    if (!all.empty()) found = search.last ? all.back() : all.front();
    return found;
}

std::optional<Millis> Reading::moment(Subject& subject, Point point)
{
    const auto* item = at(subject, point.marker);
    if (!item) return {};
    return point.end ? item->end : std::optional(item->start);
}

bool Reading::in_window(const Search& search, Subject& subject, const Item& candidate)
{
    const auto base = moment(subject, search.from);
    if (!base) return false;
    if (search.covers) {
        const auto at = *base + search.shift;
        return candidate.start + search.lead <= at && (!candidate.end || at <= *candidate.end + search.lag);
    }
    if (search.at_end && !candidate.end) return false;
    const auto then = search.at_end ? *candidate.end : candidate.start;
    if (search.during) return subject.item->start <= then && (!subject.item->end || then <= *subject.item->end);
    if (search.counting == Counting::hours) return (!search.since || then - *base >= *search.since) && (!search.within || then - *base <= *search.within);
    const auto days = Millis{local_day(then) - local_day(*base)} * 24 * hour_ms;
    return (!search.since || days >= *search.since) && (!search.within || days <= *search.within);
}

std::vector<const Item*> Reading::matches(const Search& search, Subject& subject)
{
    std::vector<const Item*> out;
    for (const auto& candidate : series(search.of, search.cohort)) {
        if (same(candidate, *subject.item) || !in_window(search, subject, candidate) || !linked(search, *subject.item, candidate)) continue;
        Subject other(candidate);
        if (meets(search.where, other, subject.item)) out.push_back(&candidate);
    }
    if (search.at_end && !search.covers) std::ranges::stable_sort(out, {}, [](const Item* i) { return *i->end; });
    return out;
}

std::int64_t Reading::paused(const std::vector<Search>& searches, Subject& subject, Millis from, Millis to, Counting counting)
{
    const auto place = [&](Millis at) { return counting == Counting::hours ? at : Millis{local_day(at)}; };
    std::vector<std::pair<Millis, Millis>> spans;
    for (const auto& search : searches)
        for (const auto* item : matches(search, subject)) spans.emplace_back(place(std::max(item->start, from)), place(std::min(item->end.value_or(to), to)));
    std::ranges::sort(spans);
    std::int64_t sum = 0;
    Millis reached = place(from);
    for (const auto& [begin, end] : spans) {
        if (end <= std::max(begin, reached)) continue; // an end before its start is a slip of the keyboard
        sum += end - std::max(begin, reached);
        reached = end;
    }
    return sum;
}

bool Reading::elapsed(const Condition& c, Subject& subject)
{
    const auto from = moment(subject, c.at), to = moment(subject, c.to);
    if (!from || !to) return false;
    auto limit = c.at_most;
    if (!limit && c.codes.table) {
        const auto* coded = at(subject, c.marker);
        const auto days = coded ? whole_number(c.codes.table->kind_of(coded->code)) : std::nullopt;
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
    case Test::age: return of_age(c, *timeline_, moment(subject, c.at));
    case Test::code: return in_set(c.codes, item.code, item.worked.code);
    case Test::category: return in_set(c.codes, item.category, item.worked.category);
    case Test::reason: return in_set(c.codes, item.text, item.worked.text);
    case Test::result: return says(c, item);
    case Test::diagnosis: return diagnosed(c, item);
    case Test::value: return item.value_scaled && (!c.from || *item.value_scaled >= *c.from) && (!c.below || *item.value_scaled < *c.below);
    case Test::has: return at(subject, c.marker) != nullptr;
    case Test::near: return static_cast<std::int64_t>(matches(c.searches.front(), subject).size()) >= c.count;
    case Test::elapsed: return elapsed(c, subject);
    case Test::share: {
        const auto wanted = matches(c.searches.front(), subject).size(), all = matches(c.searches.back(), subject).size();
        return all > 0 && static_cast<std::int64_t>(wanted * 100) >= c.percent * static_cast<std::int64_t>(all);
    }
    case Test::any: return std::ranges::any_of(c.options, [&](const auto& option) { return meets(option, subject, index); });
    }
    return false;
}

bool Reading::meets(const std::vector<Condition>& conditions, Subject& subject, const Item* index)
{
    return std::ranges::all_of(conditions, [&](const Condition& c) { return meets(c, subject, index) != c.negate; });
}

} // namespace sluse
