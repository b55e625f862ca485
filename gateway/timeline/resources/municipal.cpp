// gateway/timeline/resources/municipal.cpp — what is peculiar to municipal reports (KL Gateway): the unit stands once, on the citizen; visits may be planned.
#include "gateway/timeline/resources/resource.hpp"

namespace sluse::resources {
namespace {

constexpr std::string_view kl_gateway = "http://fhir.kl.dk/gateway/";

constexpr Row planned_rows[] = {
    {"type",            Attr::code,        take_code},
    {"type",            Attr::code_system, take_code_system},
    {"period.start",    Attr::start_ms,    take_instant},
    {"period.end",      Attr::end_ms,      take_instant},
    {"serviceProvider", Attr::unit,        take_unit},
};

} // namespace

void say_citizens_unit(const Parsed& p, const ExtractWork& s, Fact& fact)
{
    if (fact.find(Attr::unit) || fact.attributes.empty()) return;
    const auto* citizen = s.resource("Patient", id_of_reference(text_at(p.document, "subject.reference")));
    const auto* profiles = citizen ? find(*citizen, "meta.profile") : nullptr;
    const auto* unit = citizen ? find(*citizen, "managingOrganization") : nullptr;
    if (!profiles || !profiles->IsArray() || profiles->Empty() || !unit || !text((*profiles)[0]).starts_with(kl_gateway)) return;
    if (auto named = take_unit(*unit, s)) say(fact, Attr::unit, std::move(*named), s.version);
}

void say_citizens_act(const Parsed& p, const ExtractWork& s, std::vector<Said>& out)
{
    const auto before = out.size();
    say_act(p, s, out);
    for (auto i = before; i < out.size(); ++i) say_citizens_unit(p, s, out[i].fact);
}

bool say_planned(const Parsed& p, std::string key, const PersonIdentifier& person, const ExtractWork& s, std::vector<Said>& out)
{
    if (text_at(p.document, "status") != "planned" || v2_event(s.message->event)) return false;
    Fact fact{FactKind::appointment, std::move(key), {}};
    for (const auto& row : planned_rows)
        if (const auto* element = find(p.document, row.path); element && !fact.find(row.attr)) {
            if (element->IsArray() && element->Empty()) continue;
            if (auto value = row.take(element->IsArray() ? (*element)[0] : *element, s)) say(fact, row.attr, std::move(*value), s.version);
        }
    if (!fact.attributes.empty()) {
        say_citizens_unit(p, s, fact);
        say(fact, Attr::status, std::string("booked"), s.version);
        out.push_back({person, std::move(fact)});
    }
    return true;
}

} // namespace sluse::resources
