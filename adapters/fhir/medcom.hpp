// adapters/fhir/medcom.hpp — MedCom's FHIR messages: recognising them, holding them to their profiles, and the acknowledgement they get.
#pragma once

#include "adapters/fhir/findings.hpp"

#include <string>
#include <string_view>

namespace sluse::fhir {

constexpr std::string_view medcom_base = "http://medcomfhir.dk/ig/";
constexpr std::string_view notification_event = "hospital-notification-message";
constexpr std::string_view communication_event = "care-communication-message";
constexpr std::string_view homecare_event = "homecareobservation-message";
constexpr std::string_view acknowledgement_event = "acknowledgement-message";

/// The event of a MedCom message by its MessageHeader's eventCoding, else by the profile it claims, else by an event of
/// MedCom's name in a header with MedCom's extensions; empty: it is no MedCom message.
std::string medcom_event(const Message& message);

/// The Provenance that tells what this message is, among those of the messages before it: its target is this MessageHeader.
std::uint32_t current_provenance(const Message& message);

/// Everything that MedCom's profiles, invariants and error table make a fatal-error, and what is only odd as warnings.
void check_medcom(Findings& findings);

/// The acknowledgement Bundle in JSON; empty when none is to be sent (an acknowledgement is never acknowledged).
std::string acknowledge_medcom(const Message& message, const Checked& checked, Answer answer, const AckStamp& stamp);

/// The resource that a reference of this message points to, by fullUrl or Type/id; null when it is not in the Bundle.
const Entry* resolve(const Message& message, std::string_view reference);

} // namespace sluse::fhir
