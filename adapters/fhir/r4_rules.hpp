// adapters/fhir/r4_rules.hpp — FHIR R4's invariants and HL7's own code systems, from schemas/maps/fhir-r4-rules.tsv and -systems.tsv.
#pragma once

#include "adapters/fhir/json.hpp"
#include "adapters/fhir/r4.hpp"

#include <bitset>
#include <string_view>
#include <vector>

namespace sluse::fhir {

/// The elements that an object has, by R4Element::order.
using Said = std::bitset<256>;

/// An element that is there, a path whose value is one of some, or two values in order.
struct R4Term {
    bool absent{};            ///< must not hold
    std::uint16_t order{};    ///< of `path`'s element, when `single`
    bool single{};
    std::string_view path;
    std::string_view values;  ///< separated by commas; empty: being there will do
    std::string_view beyond;  ///< a path whose value is not below that of `path`
};

/// Where all of `given` holds, one of `needed` must.
struct R4Rule {
    std::string_view key, words;
    std::vector<R4Term> given, needed;
    /// The one element that is missing where the rule is broken; empty: it is another matter.
    std::string_view missing() const;
};

/// What the row's cells say of the type that they name.
R4Rule r4_rule(const R4Type& type, const std::vector<std::string_view>& cells);

/// Is the rule kept by the object at `node`, which has these elements?
bool keeps(const R4Rule& rule, const Json& json, std::uint32_t node, const Said& said);

/// The codes of one of HL7's or dk-core's own code systems, in order; null: another system.
const std::vector<std::string_view>* codes_of(std::string_view system);

} // namespace sluse::fhir
