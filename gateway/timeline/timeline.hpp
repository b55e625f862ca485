// gateway/timeline/timeline.hpp — a person's facts as indicators see them: typed, cancelled and refuted things marked, sorted by time.
#pragma once

#include "gateway/model/fact.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sluse {

// Texts are views into the facts that the timeline was made of.

struct Residence {
    Day valid_from{};
    Version recorded;         ///< the saying's version; of several valid on a day the newest saying holds
    std::string_view municipality; ///< "0751"
};

struct Diagnosis {
    std::string_view key, code, code_system, contact_key, category;
    std::int64_t rank{};      ///< 1 = action diagnosis; 0: not said
    std::optional<Millis> start; ///< as said of itself; where it has a contact, that decides
};

struct Contact {
    std::string_view key;
    std::string_view encounter_class, priority, unit;
    std::string_view specialty; ///< "somatic" or "psychiatric", never empty: see timeline_of
    std::string_view based_on;
    Millis start{};
    std::optional<Millis> end; ///< absent: open
};

struct ResultFact {
    std::string_view key, code, code_system, status, value_text, value_unit, unit, contact_key, based_on, category;
    std::optional<std::int64_t> value_scaled; ///< value · 10^6
    Millis sample{};
    std::optional<Millis> answer;
};

/// What happened to a person and is neither contact, diagnosis nor result: one shape for every kind. A questionnaire is one for each
/// answer, with the link id as its code.
struct Act {
    FactKind kind{};
    std::string_view key, code, code_system, category, status, unit, contact_key, based_on, replaces, value_text, value_unit;
    std::optional<std::int64_t> value_scaled;
    Millis start{};
    std::optional<Millis> end;
};

/// A number that was published elsewhere, of an indicator that cannot be counted from messages. A newer report of the same period by the
/// same reporter takes its place whole.
struct Figure {
    std::string_view key, indicator, reporter, region, municipality, unit, sex, age_band;
    Day from{}, until{};
    std::optional<std::int64_t> numerator, denominator, value_scaled;
};

/// Cancelled contacts, contacts without a start, refuted or erroneous diagnoses and results, and results without a code or any time
/// are left out, acts without a start or that were not done, and so are diagnoses that a newer list of their contact does not hold. A contact whose specialty nobody said is
/// psychiatric when its unit's code starts with PSY, or its action diagnosis (rank 1, or no rank said) is in SKS DF; else somatic.
/// Pure function of the set of facts; the order of `facts` does not matter, but (kind, key) must be unique.
struct Timeline {
    std::optional<Day> birth;
    std::string_view sex;
    std::optional<Millis> death;
    std::vector<Residence> residences; ///< by valid_from, then version
    std::vector<Contact> contacts;     ///< by start, then key
    std::vector<Diagnosis> diagnoses;  ///< by key
    std::vector<ResultFact> results;   ///< by sample, then key
    std::vector<Act> acts;             ///< by kind, start, key, code, value
    std::vector<Figure> figures;       ///< by key
    std::shared_ptr<const std::vector<Fact>> kept; ///< the facts, where nobody else keeps them
    std::span<const Act> of(FactKind kind) const;
    /// Of the sayings with valid_from ≤ `day` the newest (greatest version, then municipality); before the first valid day the
    /// newest of those with the earliest valid_from; empty: unknown.
    std::string_view municipality_on(Day day) const;
};
/// The facts must outlive it.
Timeline timeline_of(std::span<const Fact> facts);
/// The same into one that was used before: its memory is used again.
void fill(Timeline& timeline, std::span<const Fact> facts);
/// Keeps the facts.
Timeline timeline_of(std::vector<Fact>&& facts);

/// Codes of pauses: the patient went on leave from the contact, and came back. A leave without an end of its own lasts until the first
/// return after it; returns themselves are in no timeline.
constexpr std::string_view leave_code = "LEAVE", return_code = "RETURN";

/// Contacts at most 4 h apart form a stay; a stay of at least 12 h is an admission (goals.md §2.1).
struct Stay {
    std::vector<std::size_t> contacts; ///< indices into Timeline::contacts, by start
    Millis start{};
    std::optional<Millis> end;         ///< absent: open
    bool acute{};                      ///< first contact's priority is A
    std::string_view specialty;        ///< of the first contact
    std::string_view unit;                  ///< of the last contact: the discharging one
    bool admission(Millis at_least = 12 * hour_ms) const { return end && *end - start >= at_least; }
};
/// Physical attendances only (IMP, EMER, AMB, and what has no class), by start, then key. An open contact reaches without end, so
/// later contacts join its stay; an end before its start counts as the start. An EMER or AMB contact that nobody ended counts as the
/// moment it began: clinics often send no end, and one such visit must not swallow every stay after it.
std::vector<Stay> stays_of(const Timeline& timeline, Millis gap = 4 * hour_ms);

} // namespace sluse
