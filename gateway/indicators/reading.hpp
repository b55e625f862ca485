// gateway/indicators/reading.hpp — one timeline as the indicators' primitives see it: series, searches, conditions, cohorts, each worked out once.
#pragma once

#include "gateway/indicators/definition.hpp"
#include "gateway/timeline/timeline.hpp"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace sluse {

/// One member of a series. Views into the timeline.
struct Item {
    std::string_view key;
    Millis start{};
    std::optional<Millis> end;    ///< of a result: its answer
    bool acute{};
    std::string_view specialty, unit, encounter_class, code, category, status, text, based_on, replaces;
    std::optional<std::int64_t> value_scaled;
    std::vector<std::string_view> contact_keys; ///< which contacts it is made of, or belongs to
};
using Items = std::vector<Item>;

/// An item with what its markers found, each looked for once, when first asked for.
struct Subject {
    explicit Subject(const Item& of, const std::vector<Search>* named = nullptr) : item(&of), markers(named), found(named ? named->size() : 0) {}
    struct Found {
        bool looked{};
        const Item* item{};
    };
    const Item* item;
    const std::vector<Search>* markers;
    std::vector<Found> found;
};

/// Not thread-safe; lives no longer than the timeline.
class Reading {
public:
    explicit Reading(const Timeline& timeline) : timeline_(timeline) {}
    const Timeline& timeline() const { return timeline_; }
    /// Sorted by start, then key, code and text.
    const Items& series(Series series, const std::shared_ptr<const Cohort>& cohort);
    /// The person's times in the cohort: none, one, or with `within` several.
    const Items& members(const Cohort& cohort);
    /// Null: not found, or no such moment.
    const Item* at(Subject& subject, int marker);
    std::optional<Millis> moment(Subject& subject, Point point);
    bool meets(const std::vector<Condition>& conditions, Subject& subject, const Item* index = nullptr);
    bool meets(const Condition& condition, Subject& subject, const Item* index);
    /// Things found, in order of the moment searched by.
    std::vector<const Item*> matches(const Search& search, Subject& subject);
    /// How much of (from, to] the things found last, overlaps once; in local days or milliseconds.
    std::int64_t paused(const std::vector<Search>& searches, Subject& subject, Millis from, Millis to, Counting counting);

private:
    bool in_window(const Search& search, Subject& subject, const Item& candidate);
    bool elapsed(const Condition& c, Subject& subject);
    Items person_items() const;
    Items membership(const Cohort& cohort);

    const Timeline& timeline_;
    std::array<std::unique_ptr<Items>, 32> series_;
    std::map<const Cohort*, std::unique_ptr<Items>> cohorts_;
};

/// Day in Denmark.
Day local_day(Millis at);
/// Its first instant.
Millis first_instant(Day day);

} // namespace sluse
