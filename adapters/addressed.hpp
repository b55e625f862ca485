// adapters/addressed.hpp — is a message for this gateway? Asked once, when it arrives: what was taken stays taken when the configuration changes.
#pragma once

#include "adapters/adapter.hpp"
#include "gateway/model/locations.hpp"

namespace sluse {

/// Holds an accepted message to the gateway's own locations: the receiver that it names must be one of them, else `checked` gets the error and
/// its answer. A format that names no receiver is taken.
void hold_to_locations(const Adapter& adapter, Checked& checked, const Locations& own);

namespace letter {
/// Receiver or CCReceiver: an unknown location (LOK), or an unknown unit of a known one (MID). A receipt is taken wherever it comes: none is answered.
void addressed(Checked& checked, const Locations& own);
} // namespace letter
namespace edifact {
/// As for a letter in XML; the place is UNB's.
void addressed(Checked& checked, const Locations& own);
} // namespace edifact
namespace fhir {
/// Of a MedCom message: one of its destinations.
void addressed(Checked& checked, const Locations& own);
} // namespace fhir
namespace envelope {
/// The message inside by its own format, then the envelope's own receiver when that is a location number.
void addressed(Checked& checked, const Locations& own);
} // namespace envelope

} // namespace sluse
