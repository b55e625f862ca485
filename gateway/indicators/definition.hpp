// gateway/indicators/definition.hpp — an indicator's rule as its file says it: plain data, read by the evaluator and, on its own, by the batch check.
#pragma once

#include "gateway/indicators/code_table.hpp"
#include "gateway/indicators/regions.hpp"
#include "gateway/model/fact.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluse {

/// What a timeline has many of, in time. From `procedures` on, up to `enrolments`, each is one kind of act.
enum class Series : std::uint8_t {
    stays, admissions, contacts, results, diagnoses,
    procedures, referrals, prescriptions, dispensings, administrations, answers, plans, documents, consents, flags, appointments,
    vaccinations, pauses, enrolments,
    persons, ///< the person, from birth to death
    cohort,  ///< the person's time in a cohort
    figures, ///< numbers published elsewhere
};
constexpr bool is_encounter(Series s) { return s <= Series::contacts; }
constexpr bool is_act(Series s) { return s >= Series::procedures && s <= Series::enrolments; }

/// A moment: of the index itself, or of what one of its markers found.
struct Point {
    int marker{-1}; ///< position in Definition::markers; -1: the index
    bool end{};     ///< its end (a result's answer) instead of its start (a result's sample)
};

struct CodeSet {
    std::string name; ///< file under schemas/codes/sets, without .tsv
    std::shared_ptr<const CodeTable> table;
};

/// Where a part of a rule stands in its file, and its words there: for explanations only.
struct RuleText {
    int line{};
    std::string text;
};

enum class Counting : std::uint8_t { calendar_days, hours };
struct Condition;
struct Cohort;

/// Looks for another thing of the same person near a moment of the index.
struct Search {
    enum class Link : std::uint8_t { none, contact, request, unit, code };
    Series of{};
    std::shared_ptr<const Cohort> cohort; ///< of: cohort
    std::vector<Condition> where;         ///< on the thing
    Point from;                           ///< the moment of the index that the window is measured from
    bool at_end{};                        ///< the thing's end, not its start, must lie in the window
    std::optional<Millis> since, within;  ///< window [from + since, from + within]; absent: no bound
    Counting counting{Counting::hours};   ///< of the bounds; calendar days compare local days
    bool during{};                        ///< instead: the thing's moment lies in [start, end] of the index
    bool covers{};                        ///< instead: the moment, moved by `shift`, lies in [start + lead, end + lag]
    Millis lead{}, lag{}, shift{};
    Link link{};                          ///< what else they must have in common
    std::size_t prefix{};                 ///< link code: so many first characters
    bool last{};                          ///< of several the last, not the first
};

/// One condition on a thing. Which members mean something is said by `test`.
struct Condition {
    enum class Test : std::uint8_t {
        specialty, same_specialty, acute, encounter_class, unit, alive, age, code, status, result, diagnosis,
        category, sex, value, text, reason, near, has, elapsed, share, any,
    };
    Test test{};
    bool negate{};                  ///< stands under `not:`
    std::vector<std::string> words; ///< specialty, class, unit, status, sex, text; result: the meanings wanted
    bool flag{true};                ///< acute
    Point at;                       ///< alive, age; elapsed: from
    Point to;                       ///< elapsed
    std::optional<std::int64_t> from, below; ///< age in whole years, value · 10^6: [from, below)
    CodeSet codes;                  ///< code, category, reason, diagnosis, result; elapsed: limits in days by code
    std::optional<std::int64_t> rank; ///< diagnosis: 1 is the action diagnosis
    std::optional<Millis> at_most, more_than; ///< elapsed
    Counting counting{};            ///< elapsed
    int marker{-1};                 ///< has; elapsed: whose code the limit is looked up by
    std::int64_t count{1};          ///< near: at least so many
    std::vector<Search> searches;   ///< near: one; elapsed: pauses; share: those wanted and all
    std::int64_t percent{};         ///< share: at least
    std::vector<std::vector<Condition>> options; ///< any: one of them must hold whole
    RuleText said;
};

enum class Claims : std::uint8_t {
    latest, ///< an outcome counts for the latest index before it only, so each counts once
    every,  ///< an outcome counts for every index whose window holds it
};

/// A later thing that makes the index count in the numerator.
struct Outcome {
    Series of{};
    std::shared_ptr<const Cohort> cohort;
    std::vector<Condition> where;
    Point after;                  ///< of the index
    Millis more_than{};           ///< elapsed time between `after` and the outcome's start, exclusive
    std::int64_t within_days{};   ///< inclusive
    Counting counting{};
    Claims claims{};
    RuleText said;
};

/// Who belongs to a group, and since when. A late fact moves the entry back in time.
struct Cohort {
    struct Enter {
        Series of{};
        std::shared_ptr<const Cohort> cohort;
        std::vector<Condition> where;
        bool at_end{}; ///< counts at the thing's end
    };
    std::string name;
    std::vector<Enter> enters;     ///< events, of any of these
    std::int64_t events{1};        ///< so many of them make a member, from the last of these on
    std::size_t distinct{};        ///< that differ in so many first characters of the code; 0: any
    std::int64_t within_days{};    ///< as long as so many lie within so many days; 0: for life
    std::vector<Condition> only;   ///< on the person as a whole
    std::vector<std::shared_ptr<const Cohort>> unless; ///< whoever is ever in one of these is not in this
    std::vector<FactKind> uses;    ///< kinds whose change can change it
};

/// Time at risk, as steps: +1 on the day it begins, −1 on the day it ends.
struct Exposure {
    Series of{};
    std::shared_ptr<const Cohort> cohort;
    std::vector<Condition> where;
    Point from{-1, false}, to{-1, true}; ///< of the thing; without an end it lasts
    std::optional<std::int64_t> age_from, age_below; ///< only the time at that age
    std::vector<Search> less;      ///< not at risk during these: leave from the ward
    std::optional<Millis> at_hour; ///< present at this time of the day (23:00 census); absent: by midnights
};

/// Attendances at most so far apart are one stay; a stay of so long is an admission.
constexpr Millis stay_gap_ms = 4 * hour_ms, admission_ms = 12 * hour_ms;
/// Named moments of one indicator.
constexpr std::size_t markers_max = 16;
/// An exposure that ends no earlier has no end.
constexpr Date no_end{9999, 12, 31};

/// Everything that decides the numbers.
struct Definition {
    enum class Kind : std::uint8_t { proportion, duration, count, mean, rate, level, imported };
    Kind kind{};
    Series population{};
    std::shared_ptr<const Cohort> cohort;
    std::vector<Search> markers;      ///< named moments of a course; a later one may look from an earlier one
    std::vector<Condition> where;
    bool one_a_day{};                 ///< things of one unit on one local day are one
    bool chained{};                   ///< what is replaced by a newer one is not counted; the newer begins when it did
    std::optional<Millis> new_after;  ///< counts only when none before it, that counted, lies so near
    std::vector<Condition> numerator; ///< conditions on the index itself
    std::optional<Outcome> outcome;
    std::optional<Exposure> exposure; ///< rate, level
    std::vector<Point> value_from;    ///< duration, in minutes, from the first of these that there is
    Point value_to;
    std::vector<Search> value_less;   ///< duration: without the time of these
    std::int64_t value_scale{1};      ///< mean: value · 10^6 · value_scale / 10^6
    Point period;                     ///< its local day is counts_day
    Point municipality;               ///< its local day decides residence, age and region
    Point matures_after;
    int unit_of{-1};                  ///< the marker whose unit it counts for; -1: the index's own
    std::int64_t matures_days{};
    bool by_region{}, by_municipality{}, by_unit{}, by_sex{}, by_age_band{};
    Day valid_from{}, valid_to{};
    std::string id;                   ///< imported: whose figures
    bool percentage{};                ///< imported: values are percent
    std::string file;                 ///< "indicators/G1.1.yaml"
};

} // namespace sluse
