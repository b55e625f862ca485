// gateway/model/explanation.hpp — how a number came about, as plain values: clauses of a rule, facts, FHIR elements, bytes of messages.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/model/contribution.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluse {

/// A part of an indicator's rule in its file's own words, and whether it holds of the thing looked at.
struct Clause {
    std::string place; ///< "indicators/G1.1.yaml:21"
    std::string text;  ///< "specialty: somatic"
    bool holds{};
};

/// A later thing that could make the index count in the numerator.
struct OutcomeAccount {
    std::string key;
    Millis start{};
    std::vector<Clause> clauses;
    bool holds{};
};

/// One thing of a person that an indicator's rule looked at: why it counts, or why not.
struct Account {
    std::string key;    ///< business key of the thing; holds an identity at times
    std::string episode;
    Millis start{};
    std::optional<Millis> end;
    std::string unit;
    std::vector<Clause> clauses; ///< of the population, then of the numerator
    std::vector<OutcomeAccount> outcomes;
    std::string reason;          ///< why it does not count although the population's clauses hold; empty else
    std::vector<Contribution> contributions;
};

/// Where an attribute stands in a message: the FHIR element it was read from, the map row that wrote that, and the field the row read.
struct Origin {
    std::string element; ///< "Encounter/…: period.end"
    std::string value;
    std::string source;  ///< "PV1[1]-45.1"; empty: a fixed value, or the format is FHIR itself
    std::string bytes;
    std::optional<std::size_t> offset; ///< of `bytes` in the message, where the format has such places
    std::string row;     ///< "maps/hl7v2/resources/Encounter.tsv:14"
    std::vector<std::string> callers;
    bool names{};        ///< part of the thing's name, not of this value
};

struct ExplainedAttribute {
    std::string name, value;
    bool needed{};        ///< without it the contribution would be another, or none
    std::optional<Ulid> message; ///< whose saying holds; empty: no longer kept
    std::string told;     ///< "ADT^A03 from EPJ|RH"
    Millis recorded_ms{};
    bool holds{true};     ///< of a message's own saying: it is what holds now
    std::vector<Origin> origins;
};

struct ExplainedFact {
    std::string kind, key;
    std::vector<ExplainedAttribute> attributes;
    std::vector<Origin> named_by;
};

/// A signed event on sluse.indicator-events.
struct ExplainedEvent {
    std::optional<Ulid> message;
    std::string indicator, version, person; ///< pseudonym
    int sign{};
    std::uint64_t sequence{};
    Contribution contribution; ///< its episode under the pseudonym key
};

/// One contribution that stands, with a name by which it can be asked for. No identity: `ref` and `person` are keyed hashes.
struct StandingContribution {
    std::string ref, person, episode;
    Contribution contribution;
};

/// A cell's question: which indicator, which days, which group.
struct CellQuestion {
    std::string indicator, version; ///< version empty: the newest
    Day from{}, to{};               ///< counts_day in [from, to)
    std::string by, group;          ///< "" or a dimension, and its code
    std::string after;              ///< go on after this contribution
    std::size_t limit{50};
};

struct CellExplanation {
    std::string indicator, version, file;
    std::vector<Clause> rule; ///< clauses with their places; `holds` means nothing here
    std::vector<StandingContribution> contributions;
    std::string next;         ///< empty: these are all
    std::int64_t numerator{}, denominator{}; ///< of those listed
};

struct ContributionExplanation {
    std::string indicator, version, file;
    StandingContribution contribution;
    std::vector<Account> accounts; ///< of its episode
    std::vector<ExplainedFact> facts; ///< a smallest set that suffices
    std::vector<ExplainedEvent> events; ///< of its episode, by sequence
};

struct MessageExplanation {
    std::vector<ExplainedFact> facts;   ///< what it said
    std::vector<ExplainedEvent> events; ///< what it changed
    std::vector<std::pair<std::string, Account>> accounts; ///< indicator and thing, of the things this message told of, when an indicator was asked for
};

} // namespace sluse
