// gateway/normalise/dates.hpp — HL7 v2 dates and times (YYYY[MM[DD[HHMM[SS[.S…]]]]][+ZZZZ]) to FHIR's, keeping the sender's precision.
#pragma once

#include "gateway/base/time.hpp"
#include "gateway/normalise/bytes.hpp"
#include "gateway/normalise/elements.hpp"

#include <string>
#include <string_view>

namespace sluse {

struct RenderContext;

/// Appends `text` as a quoted FHIR date, dateTime, instant or time. Null when done, else what is wrong with it (a literal).
/// A time without an offset is in the zone of MSH-7 when that names one the site's zone would not, else in the system's zone.
const char* append_time(Bytes& out, std::string_view text, Primitive primitive, const RenderContext& context);

/// Appends the quoted instant `later` milliseconds after a v2 time, in the same offset; false, and nothing appended, when that has no clock.
bool append_later(Bytes& out, std::string_view text, Millis later, const RenderContext& context);
/// FHIR dateTimes of a period whose end is before its start, as far as both say.
bool runs_backwards(std::string_view start, std::string_view end);

/// "2026-03-01T11:15:30+01:00", without quotes.
void append_instant(Bytes& out, Millis at, const Zone& zone);

/// Instant of a v2 time with at least a day; a date alone is its first moment in the zone. Empty: none.
std::optional<Millis> instant_of(std::string_view text, const Zone& zone);
/// What is wrong with a v2 time of any precision (a literal); null: nothing.
const char* wrong_with_time(std::string_view text);
/// Minutes east of UTC that the text names; empty: none.
std::optional<int> offset_of(std::string_view text);

/// Appends a JSON number for a v2 NM ("+5" → 5, "-.5" → -0.5, "4.10" → 4.10); false and nothing appended when it is none.
bool append_decimal(Bytes& out, std::string_view text);

} // namespace sluse
