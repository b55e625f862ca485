// adapters/fhir/claims.hpp — the Danish profiles that a resource claims, and those of them that it cannot keep here.
#pragma once

#include "adapters/fhir/message.hpp"

#include <cstdint>
#include <vector>

namespace sluse::fhir {

/// Does the resource claim one of MedCom's profiles?
bool claims_medcom(const Json& json, std::uint32_t resource);

/// Does the Bundle, or a resource in the message, claim a national profile: dk-core's, MedCom's or KL's?
bool claims_national(const Message& message);

/// Nodes of the claims of an entry that cannot be kept and are not to be claimed on; a warning for each goes to issues.
void unkept_claims(const Message& message, const Entry& entry, std::vector<std::uint32_t>& nodes, Issues& issues);

} // namespace sluse::fhir
