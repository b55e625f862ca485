// adapters/fhir/xml.hpp — FHIR's XML form to its JSON form and back (hl7.org/fhir/R4/xml.html), by R4's own cardinalities and types.
#pragma once

#include "adapters/fhir/json.hpp"
#include "gateway/base/result.hpp"

#include <string>
#include <string_view>

namespace sluse::fhir {

constexpr std::string_view fhir_space = "http://hl7.org/fhir";

/// Could this be a FHIR resource in XML? Looks at the first bytes only.
bool is_fhir_xml(std::string_view bytes);

/// One resource as the table that its JSON would give; of no size when `xml` cannot be read at all. Issues as json_of_xml's.
Json tree_of_xml(std::string_view xml, Issues& issues);

/// One resource as JSON, numbers and narrative as written. Empty when `xml` cannot be read at all; why, and what was left out or is
/// wrong, goes to issues: of unreadable XML "line 3, column 7", else a FHIRPath.
std::string json_of_xml(std::string_view xml, Issues& issues);

/// A resource's JSON (valid JSON of FHIR R4; what R4 does not know is left out) as XML with declaration; empty when it is no resource.
std::string xml_of_json(std::string_view json);

} // namespace sluse::fhir
