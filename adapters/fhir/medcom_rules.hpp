// adapters/fhir/medcom_rules.hpp — the rows of schemas/medcom as rules: what a profile counts, fixes and allows.
#pragma once

#include "adapters/fhir/findings.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace sluse::fhir {

/// One row of schemas/medcom/messages.tsv.
struct ResourceRule {
    std::string_view event, resource;
    std::size_t min{}, max{}; ///< max 0: any number
    std::vector<std::string_view> profiles;
};

/// Rows for an event, those for every event first.
std::vector<const ResourceRule*> resource_rules(std::string_view event);

/// Holds the resource at `node` to a profile of schemas/medcom/profiles.tsv; an unknown profile demands nothing.
void check_profile(std::string_view profile, std::uint32_t node, Findings& findings);

/// The nodes that a path of profiles.tsv leads to from `node`.
std::vector<std::uint32_t> nodes_at(const Json& json, std::uint32_t node, std::string_view path);

/// Is `code` of the closed value set?
bool in_set(std::string_view set, std::string_view code);

} // namespace sluse::fhir
