// adapters/fhir/claims.cpp — the profiles want what is referred to in the same Bundle, which a resource sent alone has not; acknowledgements of
// MedCom's older packages carry codes that the profile has dropped, and their headers the name of an older definition.
#include "adapters/fhir/claims.hpp"

#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/medcom_rules.hpp"

#include <algorithm>
#include <span>

namespace sluse::fhir {
namespace {

bool refers_outside(const Message& message, std::uint32_t resource)
{
    const auto& json = message.json;
    std::string unescaped;
    for (auto node = resource + 1; node < json[resource].next; ++node)
        if (json[node].name == "reference" && json[node].kind == JsonKind::string && !json[node].text.starts_with('#') && !resolve(message, json.view(node, unescaped))) return true;
    return false;
}

bool has_dropped_code(const Json& json, std::uint32_t outcome)
{
    return std::ranges::any_of(nodes_at(json, outcome, "issue.details.coding.system"),
                               [&](std::uint32_t system) { return json.text(system) == "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-acknowledgement-issue-details"; });
}

/// CareCommunication 4 and 5 share their profiles' names; only the header's definition tells them apart, and the newer profile wants its own.
bool has_older_definition(const Json& json, std::uint32_t header)
{
    return json.text(header, "definition").starts_with("http://medcomfhir.dk/ig/carecommunication/medcom-careCommunication-message-definition|4.");
}

/// Why the resource cannot keep its profile; empty: it can.
std::string_view unkept(const Message& message, const Entry& entry)
{
    if (message.type != "Bundle" && refers_outside(message, entry.resource)) return "the profile wants what is referred to in the same Bundle";
    if (entry.type == "OperationOutcome" && has_dropped_code(message.json, entry.resource)) return "a code is none of the profile's";
    if (entry.type == "MessageHeader" && has_older_definition(message.json, entry.resource)) return "the message is of an older version than the profile";
    return {};
}

/// Of a profile that begins so; one in place of the list is a claim too.
bool claims_any(const Json& json, std::uint32_t resource, std::span<const std::string_view> bases)
{
    const auto profiles = json.find(json.find(resource, "meta"), "profile");
    const auto fits = [&](std::uint32_t node) { return std::ranges::any_of(bases, [&](std::string_view base) { return json[node].text.starts_with(base); }); };
    if (profiles == Json::none || json[profiles].kind != JsonKind::array) return profiles != Json::none && fits(profiles);
    for (auto child = json.first_child(profiles); child != Json::none; child = json.next_child(profiles, child))
        if (fits(child)) return true;
    return false;
}

} // namespace

bool claims_medcom(const Json& json, std::uint32_t resource)
{
    return claims_any(json, resource, {&medcom_base, 1});
}

bool claims_national(const Message& message)
{
    static constexpr std::string_view bases[] = {medcom_base, "http://hl7.dk/fhir/", "http://fhir.kl.dk/"};
    const auto claims = [&](std::uint32_t resource) { return resource != Json::none && claims_any(message.json, resource, bases); };
    return claims(0) || std::ranges::any_of(message.entries, claims, &Entry::resource);
}

void unkept_claims(const Message& message, const Entry& entry, std::vector<std::uint32_t>& nodes, Issues& issues)
{
    if (!claims_medcom(message.json, entry.resource)) return;
    const auto why = unkept(message, entry);
    if (why.empty()) return;
    for (const auto node : nodes_at(message.json, entry.resource, "meta.profile")) {
        if (!message.json[node].text.starts_with(medcom_base)) continue;
        nodes.push_back(node);
        issues.push_back({Severity::warning, IssueKind::sequence, message.json.path(node, message.type), "is not claimed on: " + std::string(why)});
    }
}

} // namespace sluse::fhir
