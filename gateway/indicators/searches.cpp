// gateway/indicators/searches.cpp — what else of the person lies near a thing: all of a short series looked at, in a long one looked up.
#include "gateway/indicators/reading.hpp"

#include <algorithm>
#include <limits>

namespace sluse {
namespace {

using Link = Search::Link;
constexpr auto endless = std::numeric_limits<Millis>::max();

bool same(const Item& a, const Item& b)
{
    return a.key == b.key && a.code == b.code && a.start == b.start;
}

bool linked(const Search& search, const Item& index, const Item& other)
{
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

bool by_end(const Search& search)
{
    return search.at_end && !search.covers;
}

Millis moment_of(const Search& search, const Item& item)
{
    return by_end(search) ? *item.end : item.start;
}

using Places = std::vector<std::pair<std::string_view, std::size_t>>;

void add_places(const Places& from, std::string_view name, std::vector<std::size_t>& out)
{
    for (auto at = std::ranges::lower_bound(from, std::pair(name, std::size_t{0})); at != from.end() && at->first == name; ++at) out.push_back(at->second);
}

/// Where the things lie that may be linked with the index, in order.
std::vector<std::size_t> linked_places(const Search& search, const Item& index, const Sought& sought)
{
    std::vector<std::size_t> out;
    switch (search.link) {
    case Link::none: break;
    case Link::unit:
        if (!index.unit.empty()) add_places(sought.by_link, index.unit, out);
        break;
    case Link::contact:
        for (const auto key : index.contact_keys) add_places(sought.by_link, key, out);
        break;
    case Link::request:
        if (!index.based_on.empty()) add_places(sought.by_key, index.based_on, out), add_places(sought.by_link, index.based_on, out);
        add_places(sought.by_link, index.key, out);
        break;
    case Link::code: add_places(sought.by_link, index.code.substr(0, search.prefix), out); break;
    }
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

void link_up(const Search& search, Sought& sought)
{
    for (std::size_t i = 0; i < sought.items.size(); ++i) {
        const auto& item = *sought.items[i];
        switch (search.link) {
        case Link::none: break;
        case Link::unit: sought.by_link.emplace_back(item.unit, i); break;
        case Link::contact:
            for (const auto key : item.contact_keys) sought.by_link.emplace_back(key, i);
            break;
        case Link::request:
            sought.by_link.emplace_back(item.based_on, i);
            sought.by_key.emplace_back(item.key, i);
            break;
        case Link::code: sought.by_link.emplace_back(item.code.substr(0, search.prefix), i); break;
        }
    }
    std::ranges::sort(sought.by_link);
    std::ranges::sort(sought.by_key);
}

struct Bounds {
    std::optional<Millis> from, to; ///< of the moment searched by, both included
};

/// Wide enough for all that in_window() takes.
Bounds bounds_of(const Search& search, const Item& index, Millis base)
{
    if (search.covers) return {{}, base + search.shift - search.lead};
    if (search.during) return {index.start, index.end};
    const Millis slack = search.counting == Counting::hours ? 0 : 48 * hour_ms; // local days of 23 to 25 hours
    Bounds out;
    if (search.since) out.from = base + *search.since - slack;
    if (search.within) out.to = base + *search.within + slack;
    return out;
}

/// Places [first, last) in `sought` between which all that lies in the bounds is.
std::pair<std::size_t, std::size_t> range_of(const Search& search, const Sought& sought, const Item& index, Millis base)
{
    const auto bounds = bounds_of(search, index, base);
    const auto& items = sought.items;
    const auto moment = [&](const Item* item) { return moment_of(search, *item); };
    auto first = items.begin(), last = items.end();
    if (bounds.from) first = std::ranges::lower_bound(items, *bounds.from, {}, moment);
    if (bounds.to) last = std::ranges::upper_bound(items, *bounds.to, {}, moment);
    auto from = static_cast<std::size_t>(first - items.begin());
    if (search.covers) from = static_cast<std::size_t>(std::ranges::lower_bound(sought.reach, base + search.shift - search.lag) - sought.reach.begin());
    const auto to = static_cast<std::size_t>(last - items.begin());
    return {std::min(from, to), to};
}

} // namespace

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

bool Reading::matches(const Search& search, Subject& subject, const Item& candidate)
{
    if (same(candidate, *subject.item) || !in_window(search, subject, candidate) || !linked(search, *subject.item, candidate)) return false;
    Subject other(candidate);
    return meets(search.where, other, subject.item);
}

/// Conditions that compare with whoever looks are left for matches() to ask.
Sought& Reading::sought(const Search& search)
{
    const auto [at, fresh] = sought_.try_emplace(&search);
    auto& out = at->second; // others that its conditions ask for move nothing
    if (!fresh) return out;
    for (const auto& candidate : series(search.of, search.cohort)) {
        if (by_end(search) && !candidate.end) continue;
        Subject subject(candidate);
        if (std::ranges::all_of(search.where, [&](const Condition& c) { return c.test == Condition::Test::same_specialty || meets(c, subject, nullptr) != c.negate; }))
            out.items.push_back(&candidate);
    }
    if (by_end(search)) std::ranges::stable_sort(out.items, {}, [](const Item* i) { return *i->end; });
    if (search.covers)
        for (const auto* item : out.items) out.reach.push_back(std::max(out.reach.empty() ? item->end.value_or(endless) : out.reach.back(), item->end.value_or(endless)));
    link_up(search, out);
    return out;
}

template <class Each> void Reading::search(const Search& search, Subject& subject, bool backwards, Each each)
{
    const auto& all = series(search.of, search.cohort);
    const auto ask = [&](const Item& candidate) { return !matches(search, subject, candidate) || each(candidate); };
    const auto in_order = [&](const auto& things, const auto& item_of) {
        if (!backwards) return void(std::ranges::all_of(things, [&](const auto& thing) { return ask(item_of(thing)); }));
        for (auto at = things.end(); at != things.begin();)
            if (!ask(item_of(*--at))) return;
    };
    if (all.size() <= few_) {
        if (!by_end(search)) return in_order(all, [](const Item& item) -> const Item& { return item; });
        std::vector<const Item*> ended;
        for (const auto& item : all)
            if (item.end) ended.push_back(&item);
        std::ranges::stable_sort(ended, {}, [](const Item* i) { return *i->end; });
        return in_order(ended, [](const Item* item) -> const Item& { return *item; });
    }
    const auto base = moment(subject, search.from);
    if (!base) return;
    const auto& found = sought(search);
    const auto [from, to] = range_of(search, found, *subject.item, *base);
    if (search.link == Link::none || to - from <= few_)
        return in_order(std::span(found.items).subspan(from, to - from), [](const Item* item) -> const Item& { return *item; });
    in_order(linked_places(search, *subject.item, found), [&](std::size_t place) -> const Item& { return *found.items[place]; });
}

const Item* Reading::at(Subject& subject, int marker)
{
    if (marker < 0) return subject.item;
    const auto place = static_cast<std::size_t>(marker);
    auto& found = subject.found[place];
    if (subject.looked & (1u << place)) return found;
    subject.looked |= 1u << place; // before the search: a marker that asks for itself finds nothing
    found = nullptr;
    const auto& wanted = (*subject.markers)[place];
    search(wanted, subject, wanted.last, [&](const Item& item) {
        found = &item;
        return false;
    });
    return found;
}

bool Reading::near(const Condition& c, Subject& subject)
{
    auto left = c.count;
    if (left > 0) search(c.searches.front(), subject, false, [&](const Item&) { return --left > 0; });
    return left <= 0;
}

bool Reading::share(const Condition& c, Subject& subject)
{
    const auto count = [&](const Search& of) {
        std::int64_t n = 0;
        search(of, subject, false, [&](const Item&) { return ++n, true; });
        return n;
    };
    const auto wanted = count(c.searches.front()), all = count(c.searches.back());
    return all > 0 && wanted * 100 >= c.percent * all;
}

std::vector<std::pair<Millis, std::optional<Millis>>> Reading::spans(const std::vector<Search>& searches, Subject& subject)
{
    std::vector<std::pair<Millis, std::optional<Millis>>> out;
    for (const auto& wanted : searches)
        search(wanted, subject, false, [&](const Item& item) {
            out.emplace_back(item.start, item.end);
            return true;
        });
    return out;
}

std::int64_t Reading::paused(const std::vector<Search>& searches, Subject& subject, Millis from, Millis to, Counting counting)
{
    const auto place = [&](Millis at) { return counting == Counting::hours ? at : Millis{local_day(at)}; };
    std::vector<std::pair<Millis, Millis>> all;
    for (const auto& [begin, end] : spans(searches, subject)) all.emplace_back(place(std::max(begin, from)), place(std::min(end.value_or(to), to)));
    std::ranges::sort(all);
    std::int64_t sum = 0;
    Millis reached = place(from);
    for (const auto& [begin, end] : all) {
        if (end <= std::max(begin, reached)) continue; // an end before its start is a slip of the keyboard
        sum += end - std::max(begin, reached);
        reached = end;
    }
    return sum;
}

} // namespace sluse
