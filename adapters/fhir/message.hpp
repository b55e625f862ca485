// adapters/fhir/message.hpp — a FHIR message as it was decoded: its JSON, its resources, and what stands where.
#pragma once

#include "adapters/adapter.hpp"
#include "adapters/fhir/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluse::fhir {

/// One Bundle entry, or the single resource.
struct Entry {
    std::uint32_t resource{Json::none}; ///< node; none in an entry that is refused
    std::string type;                   ///< "Patient"
    std::string id;                     ///< as sent
    std::string full_url;
    std::string method, url;            ///< Bundle.entry.request
};

struct Message : Decoded {
    Json json;        ///< of either syntax
    std::string type; ///< root's resourceType
    std::string bundle_type;
    std::string event;     ///< of a MedCom message: "hospital-notification-message"; else empty
    std::vector<Entry> entries;
    std::vector<std::uint32_t> unknown; ///< nodes that R4 does not know, to be left out; in the text's order
};

/// Resource types of R4 (4.0.1).
bool known_resource_type(std::string_view type);
/// A resource that is a person, whose identifiers are persons' numbers.
inline bool is_person(std::string_view type) { return type == "Patient" || type == "Person" || type == "RelatedPerson"; }

/// Value set issue-type.
std::string_view issue_type(IssueKind kind);

/// An Identifier object as one identifier: system in its one spelling, a person's number cleaned (`person`). False without a value.
bool read_identifier(const Json& json, std::uint32_t object, const SystemSettings& settings, std::string_view sender, bool person,
                     PersonIdentifier& out);

/// The identifiers of a resource; `identifier` may be a list or one.
std::vector<PersonIdentifier> identifiers_of(const Json& json, std::uint32_t resource, const SystemSettings& settings, std::string_view sender,
                                             bool person);

/// A person known only as "Patient/7" of the sender's server.
PersonIdentifier server_identifier(const SystemSettings& settings, std::string_view sender, std::string_view id);

} // namespace sluse::fhir
