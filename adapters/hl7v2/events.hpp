// adapters/hl7v2/events.hpp — which message types and trigger events are taken, and what each asks of a message (tables 0076 and 0003).
#pragma once

#include <string_view>

namespace sluse::hl7v2 {

/// Events `from` to `to` of a letter; '*': any event of the type.
struct Events {
    std::string_view type;
    char letter;
    int from, to;
    bool about_a_person; ///< a PID with a number is required; orders and results may be of nobody (quality controls)
    bool one_person;     ///< a second PID would blend two people
};

struct FoundEvents {
    const Events* rules = nullptr; ///< those of the event, else the type's first; null: the type is not taken
    bool of_event = false;
};

FoundEvents rules_of(std::string_view type, std::string_view event);

/// Of a type that the sender made up, in a system that may (SystemSettings::take_local_events).
extern const Events local_rules;

/// Asks for an answer out of a store. Only who keeps one can give it; the answers themselves (RSP, VXR, ORF, ADR and so on) tell of care and are taken.
bool is_query(std::string_view type);

/// Whether the text has an event's form ("A08", "PC1"), known or not.
bool is_event(std::string_view event);

/// ADT events that name several people or the same one twice.
bool several_people(std::string_view event);
/// ADT events that a contact goes through, which PV1 tells of.
bool about_a_contact(std::string_view event);

/// Where MSH-9 lacks the event, as v2.1 allows, and EVN-1 as well: the only event of the type.
std::string_view default_event(std::string_view type);

} // namespace sluse::hl7v2
