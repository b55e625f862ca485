// gateway/normalise/resource_ids.hpp — the one scheme of resource ids: the same business key gives the same id in every format.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/model/person.hpp"
#include "gateway/normalise/identifiers.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sluse {

// An id is HmacKey::uuid over the resource type and a business key:
//   anything with an identifier   {type, system, value}                        Patient, Encounter, Account, Specimen, ServiceRequest …
//   DiagnosticReport              {type, filler (else placer) system, value}   a report keeps its id from preliminary to corrected
//   Observation                   {type, order id, OBX-3 code, OBX-4 sub-id}   the order's id, so that it differs per sender
//   Condition, Procedure …        {type, owner's id, code, rank or number}     owner: the Encounter, else the Patient
//   MessageHeader, Provenance     {type, sender, control id}
// The identifier is chosen by best_identifier() among those that name the thing, so that every format chooses alike.

constexpr std::size_t uuid_length = 36;

/// Base of Bundle.entry.fullUrl, so that relative references ("Patient/…") resolve inside the bundle (FHIR R4 §2.36.4.1). The name is
/// reserved for private use and never leads anywhere.
constexpr std::string_view fhir_base = "http://sluse.internal/fhir/";

/// Id of a resource that an identifier names. `system` in its canonical spelling.
inline void resource_id(const HmacKey& key, std::string_view type, std::string_view system, std::string_view value, char* out)
{
    key.uuid({type, system, value}, out);
}
inline std::string resource_id(const HmacKey& key, std::string_view type, std::string_view system, std::string_view value)
{
    return key.uuid({type, system, value});
}
inline std::string resource_id(const HmacKey& key, std::string_view type, const PersonIdentifier& identifier)
{
    return key.uuid({type, identifier.system, identifier.value});
}

/// Id of a resource that exists only within another one: the owner's id, a code and what tells it from its like.
inline void part_id(const HmacKey& key, std::string_view type, std::string_view owner_id, std::string_view code, std::string_view number, char* out)
{
    key.uuid({type, owner_id, code, number}, out);
}
inline std::string part_id(const HmacKey& key, std::string_view type, std::string_view owner_id, std::string_view code, std::string_view number)
{
    return key.uuid({type, owner_id, code, number});
}

/// How good a system is for naming a resource, 0 best: LPR3's id for contacts, CPR then eCPR for persons, SOR then SHAK for units.
inline int identifier_preference(std::string_view system)
{
    if (system == lpr3_system || system == cpr_system || system == sor_system) return 0;
    if (system == xecpr_system || system == shak_system) return 1;
    return system.starts_with(decpr_system) ? 2 : 3;
}

/// Index of the identifier to derive an id from: the best system, among equals the first. `identifiers` must not be empty.
inline std::size_t best_identifier(std::span<const PersonIdentifier> identifiers)
{
    std::size_t best = 0;
    for (std::size_t i = 1; i < identifiers.size(); ++i)
        if (identifier_preference(identifiers[i].system) < identifier_preference(identifiers[best].system)) best = i;
    return best;
}

} // namespace sluse
