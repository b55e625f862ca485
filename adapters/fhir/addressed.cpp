// adapters/fhir/addressed.cpp — is a MedCom message for us? By the GLN and SOR number of its destinations.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/medcom_rules.hpp"
#include "gateway/model/locations.hpp"
#include "gateway/normalise/identifiers.hpp"

namespace sluse::fhir {
namespace {

constexpr std::string_view sor_path = "identifier[system=urn:oid:1.2.208.176.1.1].value";
constexpr std::string_view gln_path = "identifier[system=http://www.gs1.org/gln].value";

std::string first(const Json& json, std::uint32_t resource, std::string_view path)
{
    const auto nodes = nodes_at(json, resource, path);
    return nodes.empty() ? std::string() : json.text(nodes.front());
}

} // namespace

void addressed(Checked& checked, const Locations& own)
{
    auto* message = dynamic_cast<Message*>(checked.decoded.get());
    if (!message || message->event.empty() || message->event == acknowledgement_event || message->entries.empty()) return;
    const auto& json = message->json;
    auto best = Addressed::unknown_location;
    const auto receivers = nodes_at(json, message->entries.front().resource, "destination.receiver.reference");
    for (const auto node : receivers) {
        const auto* organisation = resolve(*message, json.text(node));
        if (!organisation) continue;
        const auto sor = first(json, organisation->resource, sor_path);
        const auto found = own.find(first(json, organisation->resource, gln_path), sor, sor);
        if (found == Addressed::here) return;
        if (found == Addressed::unknown_unit) best = found;
    }
    if (receivers.empty()) return; // the check itself tells of a message to nobody
    Findings{*message, checked}.error(IssueKind::unknown_key, receivers.front(), {},
                                      best == Addressed::unknown_unit ? "names a unit that receives nothing at this location" : "names a location that is none of this gateway's");
}

} // namespace sluse::fhir
