// adapters/fhir/one_person.hpp — a message is about one person: whose its parts are must not be a guess.
#pragma once

#include "adapters/fhir/findings.hpp"

namespace sluse::fhir {

/// An error for each part of a Bundle that is about somebody else than the parts before it.
void check_one_person(Findings& findings, const SystemSettings& settings);

} // namespace sluse::fhir
