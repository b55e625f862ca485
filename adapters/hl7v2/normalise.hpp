// adapters/hl7v2/normalise.hpp — what the map language does not say of an HL7 v2 message: its persons, links, times and event.
#pragma once

#include "adapters/hl7v2/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluse::hl7v2 {

/// MSH-9.1, of "ADT A01" the first word. A view into the message.
std::string_view type_of(const Message& message);

/// Trigger event: MSH-9.2, else EVN-1, else what follows the blank in "ADT A01". A view into the message.
std::string_view event_of(const Message& message);

/// Does the event make two numbers one person (MRG; of A24 a second PID)?
bool is_merge(std::string_view event);

/// Identifiers in a field of CX repetitions (PID-3, PID-2, MRG-1), best first (CPR, eCPR, local), as the person graph names them.
void persons_of(const Message& message, std::string_view field, std::string_view sender, const SystemSettings& system,
                std::vector<PersonIdentifier>& out);

/// Links that the message asserts or takes back: within one PID-3, merges (A18 A34 A40 …), link and unlink (A24 A37).
void links_of(const Message& message, std::string_view sender, const SystemSettings& system, std::string_view event,
              const std::vector<PersonIdentifier>& of_first, std::vector<IdentityLink>& out);

} // namespace sluse::hl7v2
