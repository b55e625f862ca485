// gateway/indicators/watches.cpp — a timeline's open courses and when each reaches its limits; a level's steps as times in a segment.
#include "gateway/indicators/watches.hpp"

#include "gateway/indicators/evaluate.hpp"
#include "gateway/indicators/reading.hpp"

#include <algorithm>
#include <tuple>

namespace sluse {
namespace {

constexpr int pauses_max = 64;

/// When the course, begun at `from`, has run for `limit` without its pauses. Empty: it stands still before.
std::optional<Millis> reached(const Watch& watch, Reading& reading, Subject& subject, Millis from, Millis limit)
{
    const auto after = [&](std::int64_t paused) {
        if (watch.counting == Counting::hours) return from + limit + paused;
        return first_instant(local_day(from) + static_cast<Day>(limit / (24 * hour_ms) + paused));
    };
    auto at = after(0);
    for (int i = 0; i < pauses_max; ++i) { // a pause puts the limit off, which may bring another pause before it
        const auto next = after(reading.paused(watch.less, subject, from, at, watch.counting));
        if (next == at) return at;
        at = next;
    }
    return {};
}

/// What the limits are counted from the course's beginning by; empty: its code has no standard time.
std::optional<Millis> standard_of(const Watch& watch, const Item& item)
{
    if (!watch.standard.table) return 0;
    const auto days = watch.standard.table->days_of(item.code);
    return days ? std::optional(*days * 24 * hour_ms) : std::nullopt;
}

void add_dues(const Watch& watch, Reading& reading, std::vector<Due>& out)
{
    const auto& all = reading.series(watch.of, watch.cohort);
    const bool chains = watch.chained && std::ranges::any_of(all, [](const Item& i) { return !i.replaces.empty(); });
    for (const auto& item : chains ? reading.keep(chained(all)) : all) {
        Subject subject(item, &watch.markers);
        const auto from = reading.moment(subject, watch.from);
        if (!from || !reading.meets(watch.where, subject)) continue;
        if (std::ranges::any_of(watch.until, [&](Point point) { return reading.moment(subject, point).has_value(); })) continue;
        if (reading.timeline().death) continue;
        const auto standard = standard_of(watch, item);
        if (!standard) continue;
        for (std::size_t i = 0; i < watch.at.size(); ++i)
            if (const auto at = reached(watch, reading, subject, *from, *standard + watch.at[i])) out.push_back({watch.id, std::string(episode_of(item)), watch.at_words[i], std::string(item.unit), *at, *from});
    }
}

} // namespace

std::vector<Due> dues_of(std::span<const Watch> watches, const Timeline& timeline)
{
    Reading reading(timeline);
    return dues_of(watches, reading);
}

std::vector<Due> dues_of(std::span<const Watch> watches, Reading& reading)
{
    std::vector<Due> out;
    for (const auto& watch : watches)
        if (watch.kind == Watch::Kind::breach) add_dues(watch, reading, out);
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::vector<Membership> memberships_of(std::span<const ContributionView> steps)
{
    struct Step {
        std::string_view episode;
        Day day{};
        std::int64_t change{};
    };
    std::vector<Step> days;
    days.reserve(steps.size());
    for (const auto& step : steps) days.push_back({step.episode, step.counts_day, step.denominator});
    std::ranges::sort(days, {}, [](const Step& s) { return std::tie(s.episode, s.day); });
    std::vector<Membership> out;
    std::int64_t inside = 0;
    for (std::size_t i = 0; i < days.size();) {
        const auto [episode, day, change] = days[i];
        if (i == 0 || days[i - 1].episode != episode) inside = 0;
        const bool was = inside > 0;
        for (; i < days.size() && days[i].episode == episode && days[i].day == day; ++i) inside += days[i].change;
        if (!was && inside > 0) out.push_back({std::string(episode), day, {}});
        else if (was && inside <= 0) out.back().to = day;
    }
    return out;
}

} // namespace sluse
