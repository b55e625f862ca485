// gateway/serve/measure_json.hpp — an indicator as Measure and its numbers as MeasureReport (FHIR R4).
#pragma once

#include "gateway/serve/reply.hpp"
#include "gateway/serve/sources.hpp"
#include "gateway/serve/summary.hpp"

#include <map>
#include <string>
#include <string_view>

namespace sluse::serve {

Reply fhir_reply(Json& json); ///< takes the text
/// The pack that a reference names: "urn:sluse:measure:G1.1", "Measure/G1.1-v1", "G1.1-v1" or "G1.1", with or without "|version";
/// without, the last loaded. Null: none.
const Pack* measure_of(const Packs* packs, std::string_view reference);
std::string measure_url(const Pack& pack);
void write_measure(Json& json, const Pack& pack);

/// Somebody that a report counts, by pseudonym.
struct Subject {
    std::int64_t numerator{}, denominator{};
};
using Subjects = std::map<std::string, Subject>;

/// What a MeasureReport says.
struct Report {
    const Pack& pack;
    std::string id;
    Span span;
    Millis made_ms{};
    CellRow row;                  ///< suppressed: masked
    const Subjects* subjects{};   ///< null: a summary
};
void write_report(Json& json, const Report& report);

} // namespace sluse::serve
