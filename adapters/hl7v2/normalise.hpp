// adapters/hl7v2/normalise.hpp — what the map language does not say of an HL7 v2 message: its persons, links, times and event.
#pragma once

#include "adapters/hl7v2/message.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::hl7v2 {

/// MSH-9.1, of "ADT A01" the first word. A view into the message.
std::string_view type_of(const Message& message);

/// Trigger event: MSH-9.2, else EVN-1, else what follows the blank in "ADT A01". A view into the message.
std::string_view event_of(const Message& message);

/// Where a message's only patient stands behind what is told of them: segments [first, last) belong before segment `to`.
struct LatePatient {
    std::size_t to{}, first{}, last{};
    explicit operator bool() const { return first != last; }
};

/// The PID that came too late, with what follows it of the patient (PD1, PV1 …). None where results before it may rightly be
/// nobody's: where orders follow the PID too, the first ones may be of a quality control.
LatePatient late_patient(const Message& message);
/// The other way round: an appointment or referral behind the patient who takes part in it; it goes to where the PID stands.
LatePatient early_patient(const Message& message, std::string_view type);

/// Does the event make two numbers one person (MRG; of A24 a second PID)?
bool is_merge(std::string_view event);

/// Identifiers in a field of CX repetitions (PID-3, PID-2, MRG-1), best first (CPR, eCPR, local), as the person graph names them.
void persons_of(const Message& message, std::string_view field, std::string_view sender, const SystemSettings& system,
                std::vector<PersonIdentifier>& out);

/// Links that the message asserts or takes back: within one PID-3, merges (A18 A34 A40 …), link and unlink (A24 A37).
void links_of(const Message& message, std::string_view sender, const SystemSettings& system, std::string_view event,
              const std::vector<PersonIdentifier>& of_first, std::vector<IdentityLink>& out);

} // namespace sluse::hl7v2
