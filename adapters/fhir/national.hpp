// adapters/fhir/national.hpp — FHIR that claims a national profile (dk-core's, MedCom's, KL's) and is no message of MedCom's.
#pragma once

#include "adapters/fhir/findings.hpp"

#include <cstdint>
#include <vector>

namespace sluse::fhir {

/// Holds it to FHIR R4 and to what is known of the profiles that it claims. Nodes to be left out of what is written go to `unknown`.
void check_national(Findings& findings, std::vector<std::uint32_t>& unknown);

/// Two entries with one address: a reference to it could mean either.
void repeated_addresses(Findings& findings);

} // namespace sluse::fhir
