// gateway/normalise/functions_text.hpp — functions and predicates of maps over texts and Danish numbers, whatever the format.
#pragma once

#include "gateway/normalise/render.hpp"

namespace sluse {

/// All values of the source, the value column and a blank between them ("," → "A, B").
Emitted joined(Call& call);
/// Text as a Narrative's div, lines as lines.
Emitted xhtml(Call& call);
Emitted xhtml_moment(Call& call);
/// The birth day that a CPR number tells; nothing for replacement numbers and days that do not exist.
Emitted cpr_birth(Call& call);
/// Digits with zeros in front up to the width in the value column.
Emitted padded(Call& call);
/// The value column, then the text.
Emitted prefixed(Call& call);
/// The same; what an earlier call in this resource wrote gets #2, #3, … and a remark.
Emitted unique(Call& call);
/// A number whose decimal sign may be a comma (told), its comparator left out.
Emitted decimal(Call& call);
/// System of an SKS code: diagnoses (D…) have one of their own.
Emitted sks_system(Call& call);

/// Of a telecom URL ("tel:12345678", "mailto:a@b.dk"): its ContactPoint.system, and what stands behind the scheme.
Emitted telecom_system(Call& call);
Emitted telecom_value(Call& call);

bool is_decimal(Renderer& renderer, const Value& value);
bool is_uuid(Renderer& renderer, const Value& value);
bool is_gln(Renderer& renderer, const Value& value);         ///< 13 digits
bool is_valid_gln(Renderer& renderer, const Value& value);    ///< and its check digit fits
bool is_fhir_id(Renderer& renderer, const Value& value);      ///< fit for FHIR's id type
bool is_sor(Renderer& renderer, const Value& value);          ///< 11 digits or more
bool is_municipality(Renderer& renderer, const Value& value); ///< 3 or 4 digits
bool is_cpr(Renderer& renderer, const Value& value);
bool is_ucum(Renderer& renderer, const Value& value);         ///< a unit that the code table Ucum knows

} // namespace sluse
