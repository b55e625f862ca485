// adapters/fhir/identifiers.cpp — Identifier objects as business keys.
#include "adapters/fhir/message.hpp"
#include "gateway/normalise/identifiers.hpp"

namespace sluse::fhir {

bool read_identifier(const Json& json, std::uint32_t object, const SystemSettings& settings, std::string_view sender, bool person, PersonIdentifier& out)
{
    std::string unescaped, escaped;
    const auto value = json.view(json.find(object, "value"), unescaped);
    if (value.empty()) return false;
    const auto system = json.view(json.find(object, "system"), escaped);
    // A system that is no URI is the name of an authority, as in HL7 v2.
    const Authority authority{system.find(':') == system.npos ? system : std::string_view(), system, {}};
    if (person) {
        person_identifier(settings, sender, authority, {}, value, out);
    } else {
        identifier_system(settings, sender, authority, "id", out.system);
        out.value = value;
    }
    return true;
}

std::vector<PersonIdentifier> identifiers_of(const Json& json, std::uint32_t resource, const SystemSettings& settings, std::string_view sender, bool person)
{
    std::vector<PersonIdentifier> out;
    const auto list = json.find(resource, "identifier");
    if (list == Json::none) return out;
    PersonIdentifier one;
    if (json[list].kind != JsonKind::array) {
        if (read_identifier(json, list, settings, sender, person, one)) out.push_back(one);
        return out;
    }
    for (auto child = json.first_child(list); child != Json::none && out.size() < 100; child = json.next_child(list, child))
        if (read_identifier(json, child, settings, sender, person, one)) out.push_back(one);
    return out;
}

PersonIdentifier server_identifier(const SystemSettings& settings, std::string_view sender, std::string_view id)
{
    PersonIdentifier out;
    identifier_system(settings, sender, {}, "Patient.id", out.system);
    out.value = id;
    return out;
}

} // namespace sluse::fhir
