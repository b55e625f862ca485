// adapters/fhir/medcom.cpp — what makes a Bundle a message of MedCom's, which Provenance is its own, and what its references name.
#include "adapters/fhir/medcom.hpp"

#include "adapters/fhir/medcom_rules.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

std::string_view last_part(std::string_view text, char separator)
{
    const auto at = text.rfind(separator);
    return at == text.npos ? text : text.substr(at + 1);
}

struct GuideEvent {
    std::string_view guide, event;
};
constexpr GuideEvent guide_events[] = {
    {"hospitalnotification", notification_event}, {"carecommunication", communication_event},
    {"homecareobservation", homecare_event},      {"acknowledgement", acknowledgement_event},
};

/// The event of a message that names none, by the profile of its header.
std::string event_of_profile(std::string_view profile)
{
    for (const auto& row : guide_events)
        if (profile.substr(medcom_base.size()).starts_with(row.guide)) return std::string(row.event);
    return "empty-message";
}

/// A header that claims no profile and names its event in no system of MedCom's: is it one all the same, by how it names whom it is for
/// or of what it is made?
bool shaped_by_medcom(const Json& json, std::uint32_t header)
{
    std::string unescaped;
    for (const auto* path : {"destination.extension.url", "extension.url"})
        for (const auto node : nodes_at(json, header, path))
            if (json.view(node, unescaped).starts_with(medcom_base)) return true;
    return json.text(header, "definition").starts_with("http://medcomfhir.dk/");
}

} // namespace

std::string medcom_event(const Message& message)
{
    if (message.bundle_type != "message" || message.entries.empty() || message.entries.front().type != "MessageHeader") return {};
    const auto header = message.entries.front().resource;
    const auto& json = message.json;
    const auto coding = json.find(header, "eventCoding");
    const auto code = json.text(coding, "code");
    if (json.text(coding, "system").starts_with("http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-eventCodes") && !code.empty()) return code;
    for (const auto node : nodes_at(json, header, "meta.profile"))
        if (const auto profile = json.text(node); profile.starts_with(medcom_base)) return event_of_profile(profile);
    const bool known = std::ranges::find(guide_events, code, &GuideEvent::event) != std::end(guide_events);
    return known && shaped_by_medcom(json, header) ? code : std::string();
}

std::uint32_t current_provenance(const Message& message)
{
    const auto& header = message.entries.front();
    auto only = Json::none;
    std::size_t count = 0;
    for (const auto& entry : message.entries) {
        if (entry.type != "Provenance") continue;
        only = entry.resource;
        ++count;
        std::string unescaped;
        for (const auto node : nodes_at(message.json, entry.resource, "target.reference"))
            if (const auto target = message.json.view(node, unescaped); target == header.full_url || last_part(target, '/') == header.id) return entry.resource;
    }
    return count == 1 && message.event == "empty-message" ? only : Json::none; // MedCom's own empty message names another
}

const Entry* resolve(const Message& message, std::string_view reference)
{
    for (const auto& entry : message.entries) {
        if (entry.resource == Json::none) continue;
        if (!entry.full_url.empty() && entry.full_url == reference) return &entry;
        const auto slash = reference.find('/');
        const bool named = slash != reference.npos && reference.substr(0, slash) == entry.type && reference.substr(slash + 1) == entry.id;
        // A relative reference resolves against the fullUrl's base; senders write either into either.
        if (named || (!entry.full_url.empty() && entry.full_url.ends_with(reference) && reference.find('/') != reference.npos)) return &entry;
    }
    return nullptr;
}

} // namespace sluse::fhir
