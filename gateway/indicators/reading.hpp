// gateway/indicators/reading.hpp — one timeline as the indicators' primitives see it: series, searches, conditions, cohorts, each worked out once.
#pragma once

#include "gateway/indicators/definition.hpp"
#include "gateway/model/contribution.hpp"
#include "gateway/timeline/timeline.hpp"

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
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
    std::span<const std::string_view> contact_keys; ///< which contacts it is made of, or belongs to

    /// Worked out when first asked for.
    struct Worked {
        CodeMemo::Known *code{}, *category{}, *text{};
        std::array<char, 16> episode{}; ///< first byte 0: not yet
    };
    mutable Worked worked;
};
using Items = std::vector<Item>;

/// An item with what its markers found, each looked for once, when first asked for.
struct Subject {
    explicit Subject(const Item& of, const std::vector<Search>* named = nullptr) : item(&of), markers(named) {}
    const Item* item;
    const std::vector<Search>* markers;
    std::uint32_t looked{}; ///< bit per marker
    std::array<const Item*, markers_max> found;
};

/// What a search can find in a long series, whomever it looks from, so that each looks at what is near it and not at all of them: a person's
/// things would else be compared each with each.
struct Sought {
    std::vector<const Item*> items; ///< that meet its conditions, by the moment it goes by
    std::vector<Millis> reach;      ///< `covers`: until when any of the items up to each of them lasts
    std::vector<std::pair<std::string_view, std::size_t>> by_link, by_key; ///< places in items, by what they are linked by; requests: and by their own key
};

/// Not thread-safe. Memory, and what it knows of codes, is kept from timeline to timeline.
class Reading {
public:
    Reading() = default;
    explicit Reading(const Timeline& timeline) { turn(timeline); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    /// To another timeline, which must live as long as it is read.
    void turn(const Timeline& timeline);
    const Timeline& timeline() const { return *timeline_; }
    /// Sorted by start, then key, code and text.
    const Items& series(Series series, const std::shared_ptr<const Cohort>& cohort);
    /// The person's times in the cohort: none, one, or with `within` several.
    const Items& members(const Cohort& cohort);
    /// Null: not found, or no such moment.
    const Item* at(Subject& subject, int marker);
    std::optional<Millis> moment(Subject& subject, Point point);
    bool meets(const std::vector<Condition>& conditions, Subject& subject, const Item* index = nullptr);
    bool meets(const Condition& condition, Subject& subject, const Item* index);
    /// When the things found begin and end.
    std::vector<std::pair<Millis, std::optional<Millis>>> spans(const std::vector<Search>& searches, Subject& subject);
    /// How much of (from, to] the things found last, overlaps once; in local days or milliseconds.
    std::int64_t paused(const std::vector<Search>& searches, Subject& subject, Millis from, Millis to, Counting counting);

    /// Of a series with no more things than this each search looks at all of them; of a longer one it looks them up. For tests.
    void few(std::size_t things) { few_ = things; }

    /// In whole years; none without a day of birth.
    std::optional<int> age_on(Day day);
    struct Place {
        std::string_view municipality, region;
    };
    /// Where the person lives on that day.
    const Place& place_on(Day day, const Regions& regions);
    /// The days on which the person turns 0, 5, … 90 years old; there is a day of birth.
    std::span<const Day> band_birthdays();

    /// Keeps what views are of until the next turn.
    const Items& keep(Items items) { return kept_items_.emplace_back(std::move(items)); }
    const std::vector<Contribution>& keep(std::vector<Contribution> all) { return kept_.emplace_back(std::move(all)); }

private:
    struct Slot {
        bool filled{};
        Items items;
    };
    /// Calls each(item) for what the search finds, in order of the moment searched by, or backwards, until it answers false.
    template <class Each> void search(const Search& search, Subject& subject, bool backwards, Each each);
    bool matches(const Search& search, Subject& subject, const Item& candidate);
    Sought& sought(const Search& search);
    bool in_window(const Search& search, Subject& subject, const Item& candidate);
    bool near(const Condition& c, Subject& subject);
    bool share(const Condition& c, Subject& subject);
    bool elapsed(const Condition& c, Subject& subject);
    bool coded(const Condition& c, std::size_t diagnosis);
    bool diagnosed(const Condition& c, const Item& item);
    bool in_set(const CodeSet& set, std::string_view code, CodeMemo::Known*& known);
    void add_persons(Items& items) const;
    void add_stays(Items& items);
    void add_admissions(Items& items);
    void membership(const Cohort& cohort, Items& out);

    /// Asked of a few days again and again.
    struct OnDay {
        Day day{};
        bool aged{}, placed{};
        std::optional<int> age;
        Place place;
    };
    OnDay& on(Day day);

    const Timeline* timeline_{};
    CodeMemo codes_;
    std::array<OnDay, 16> days_;
    std::vector<Day> band_birthdays_; ///< empty: not yet
    std::array<Slot, 32> series_;
    std::deque<std::pair<const Cohort*, Slot>> cohorts_; ///< a deque: what one asked for stays where it is while others are added
    std::vector<std::string_view> stay_keys_;
    std::deque<Items> kept_items_;
    std::deque<std::vector<Contribution>> kept_;
    std::vector<CodeMemo::Known*> diagnosis_codes_; ///< of the timeline's diagnoses
    std::vector<std::pair<std::string_view, std::size_t>> diagnoses_by_contact_; ///< of many: where they lie in the timeline
    std::unordered_map<const Search*, Sought> sought_; ///< of long series
    std::size_t few_{32};
};

/// Age bands are of so many years, the last is open.
constexpr int age_band_years = 5, last_age_band = 90;
/// The day somebody born on `birth` turns so old.
Day birthday(Day birth, std::int64_t years);
/// Day in Denmark.
Day local_day(Millis at);
/// Its first instant.
Millis first_instant(Day day);

} // namespace sluse
