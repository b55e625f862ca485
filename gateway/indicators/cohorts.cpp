// gateway/indicators/cohorts.cpp — since when, and until when, a person belongs to a group: events counted along time.
#include "gateway/indicators/reading.hpp"

#include <algorithm>
#include <map>

namespace sluse {
namespace {

struct Event {
    Millis at{};
    std::string_view code;
    auto operator<=>(const Event&) const = default;
};

/// Events in a window that slides along time, counted once per distinct beginning of their codes.
class Window {
public:
    explicit Window(const Cohort& rule) : rule_(rule) {}
    void come(const Event& e) { ++count_, ++codes_[begin_of(e)]; }
    void go(const Event& e)
    {
        --count_;
        const auto found = codes_.find(begin_of(e));
        if (--found->second == 0) codes_.erase(found);
    }
    bool full() const { return (rule_.distinct ? static_cast<std::int64_t>(codes_.size()) : count_) >= rule_.events; }

private:
    std::string_view begin_of(const Event& e) const { return e.code.substr(0, rule_.distinct); }
    const Cohort& rule_;
    std::int64_t count_{};
    std::map<std::string_view, std::int64_t> codes_;
};

/// [from, to): a member as long as enough events lie in the `within_days` that end there; 0 days: for life once enough.
std::vector<std::pair<Millis, std::optional<Millis>>> times(const Cohort& rule, const std::vector<Event>& events)
{
    std::vector<std::pair<Millis, std::optional<Millis>>> out;
    Window window(rule);
    const auto span = rule.within_days * 24 * hour_ms;
    std::size_t gone = 0;
    const auto forget = [&](std::optional<Millis> until) {
        while (span && gone < events.size() && (!until || events[gone].at + span <= *until)) {
            const auto at = events[gone].at + span;
            const bool was = window.full();
            do window.go(events[gone++]);
            while (gone < events.size() && events[gone].at + span == at);
            if (was && !window.full()) out.back().second = at;
        }
    };
    for (std::size_t i = 0; i < events.size();) {
        const auto at = events[i].at;
        forget(at);
        const bool was = window.full();
        while (i < events.size() && events[i].at == at) window.come(events[i++]);
        if (was || !window.full()) continue;
        if (!out.empty() && out.back().second == at) out.back().second.reset(); // left and entered at one instant: never left
        else out.emplace_back(at, std::nullopt);
    }
    forget({});
    return out;
}

} // namespace

void Reading::membership(const Cohort& rule, Items& out)
{
    for (const auto& other : rule.unless)
        if (!members(*other).empty()) return;
    if (!rule.only.empty()) {
        const auto& person = series(Series::persons, {});
        if (person.empty()) return;
        Subject whole(person.front());
        if (!meets(rule.only, whole)) return;
    }
    std::vector<Event> events;
    for (const auto& enter : rule.enters)
        for (const auto& item : series(enter.of, enter.cohort)) {
            Subject subject(item);
            const auto at = enter.at_end ? item.end : std::optional(item.start);
            if (at && meets(enter.where, subject)) events.push_back({*at, item.code});
        }
    if (static_cast<std::int64_t>(events.size()) < rule.events) return;
    std::ranges::sort(events);
    const auto death = timeline_->death;
    for (const auto& [from, to] : times(rule, events)) {
        if (death && from >= *death) continue;
        Item item;
        item.key = rule.name;
        item.start = from;
        item.end = death && (!to || *death < *to) ? death : to;
        out.push_back(item);
    }
}

const Items& Reading::members(const Cohort& cohort)
{
    auto found = std::ranges::find(cohorts_, &cohort, &std::pair<const Cohort*, Slot>::first);
    if (found == cohorts_.end()) found = cohorts_.insert(cohorts_.end(), {&cohort, {}});
    auto& slot = found->second; // adding at the end of a deque moves nothing
    if (slot.filled) return slot.items;
    slot.items.clear();
    membership(cohort, slot.items); // may ask for other cohorts, never for itself
    slot.filled = true;
    return slot.items;
}

} // namespace sluse
