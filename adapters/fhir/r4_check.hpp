// adapters/fhir/r4_check.hpp — a resource against R4's own elements: names, cardinalities and the form of primitive values.
#pragma once

#include "adapters/fhir/findings.hpp"

#include <cstdint>
#include <vector>

namespace sluse::fhir {

/// Checks the resource at `node` and all inside it. What breaks R4 is a finding of `severity`; an element that R4 does not know is a
/// warning and its node goes to `unknown` (in the text's order), to be left out of what is written.
void check_r4(std::uint32_t node, Severity severity, Findings& findings, std::vector<std::uint32_t>& unknown);

} // namespace sluse::fhir
