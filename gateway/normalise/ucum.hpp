// gateway/normalise/ucum.hpp — whether a text is a code of UCUM, the only units FHIR knows by a system.
#pragma once

#include <string_view>

namespace sluse {

/// "mg/dL", "10*9/L", "mm[Hg]", "/min", "mL/min/{1.73_m2}": units in common use with their prefixes and exponents. A rare unit that is
/// not listed counts as none: its text is kept all the same.
bool is_ucum(std::string_view code);

} // namespace sluse
