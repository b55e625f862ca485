// gateway/model/person.hpp — person identifiers: the nodes of the person graph, and the lanes they give.
#pragma once

#include "gateway/base/ids.hpp"

#include <compare>
#include <string>
#include <string_view>

namespace sluse {

constexpr std::string_view cpr_system = "urn:oid:1.2.208.176.1.2";          ///< dk-core: CPR, official
constexpr std::string_view xecpr_system = "urn:oid:1.2.208.176.1.6.1.1";    ///< national replacement number
constexpr std::string_view decpr_system = "urn:oid:1.2.208.176.1.6.1.3";    ///< regional replacement numbers, also as a prefix of .177 …

/// How good an identifier is as a person's name in the graph; the best one of a component is its root.
enum class IdentifierRank : std::uint8_t { cpr = 0, ecpr = 1, local = 2 };

/// One identifier of one person. `system` is the FHIR identifier system (one spelling each, goals.md §3); a sending system's own
/// number gets a system scoped to it. Holds an identity: never logged, never in a metric label.
struct PersonIdentifier {
    std::string system;
    std::string value;
    auto operator<=>(const PersonIdentifier&) const = default;
    IdentifierRank rank() const;
    /// "system|value", the node's name in state keys inside the boundary.
    std::string node() const { return system + '|' + value; }
};

/// HMAC of the best identifier under the lane key, or of the sending system for messages about no person.
struct Lane {
    Digest digest{};
    bool has_person{};
    std::uint32_t partition(std::uint32_t partitions) const;
    auto operator<=>(const Lane&) const = default;
};
Lane lane_of(const HmacKey& key, const PersonIdentifier& person);
Lane lane_of(const HmacKey& key, std::string_view node); ///< of PersonIdentifier::node()
Lane lane_of_system(const HmacKey& key, std::string_view system);

} // namespace sluse
