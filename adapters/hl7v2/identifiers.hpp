// adapters/hl7v2/identifiers.hpp — the person identifiers of a PID segment; systems as gateway/normalise/identifiers.hpp spells them.
#pragma once

#include "adapters/hl7v2/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluse::hl7v2 {

/// What the message says of its sender: "MSH-3.1|MSH-4.1", one of the two, or "unnamed". Goes into logs and metrics, so control
/// characters are left out and its length is bounded.
std::string sender_of(const Message& message);

/// The minor version of MSH-12, 1 to 9; a version that is unknown or missing reads as the nearest (none: 5).
int minor_version(std::string_view msh12);

/// One repetition of a CX field as a person's identifier. False when it names no person: empty, `""`, or an account's or visit's number.
bool read_identifier(const Message& message, std::string_view repetition, const SystemSettings& settings, std::string_view sender,
                     PersonIdentifier& out);

/// PID-3, and PID-2 and PID-4 in old versions or where PID-3 is empty; CPR first, then replacement numbers, then local numbers in the
/// order sent; none twice.
std::vector<PersonIdentifier> person_identifiers(const Message& message, const Segment& pid, const SystemSettings& settings, std::string_view sender);

/// Whether the sender wants to hear (MSH-15 and MSH-16, table 0155; both empty: original mode, always).
bool answer_wanted(std::string_view msh15, std::string_view msh16, Answer answer);

/// CPR's modulus 11. Valid numbers without it have been issued since 2007: a hint for data quality, never a reason to refuse.
bool passes_modulus_11(std::string_view cpr);

} // namespace sluse::hl7v2
