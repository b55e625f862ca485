// adapters/fhir/rewrite.cpp — one walk over a resource's nodes.
#include "adapters/fhir/rewrite.hpp"

#include "adapters/fhir/claims.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/medcom_rules.hpp"
#include "gateway/normalise/identifiers.hpp"
#include "gateway/normalise/resource_ids.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

/// The one spelling of a system; MedCom's profiles fix an older one for GLN than dk-core.
std::string_view system_for(bool medcom, std::string_view system)
{
    const auto known = canonical_system(system);
    return medcom && known == gln_system ? std::string_view("https://www.gs1.org/gln") : known;
}

/// Links between narratives name the sender's ids, which nobody meets outside its message.
std::string without_inner_links(std::string text)
{
    constexpr std::string_view link = "href=";
    for (auto at = text.find(link); at != text.npos; at = text.find(link, at)) {
        const auto quote = at + link.size();
        const auto end = quote + 1 < text.size() && text[quote + 1] == '#' ? text.find(text[quote], quote + 1) : text.npos;
        if (end == text.npos) at = quote;
        else text.erase(at, end + 1 - at);
    }
    return text;
}

bool is_uuid5(std::string_view value)
{
    if (value.starts_with("urn:uuid:")) value.remove_prefix(9);
    return value.size() == 36 && value[14] == '5';
}

} // namespace

Rewriter::Rewriter(const Message& message, const Checked& checked, const NormaliseContext& context, const Names& names, Normalised& out)
    : m_(message), json_(message.json), checked_(checked), context_(context), names_(names), out_(out), unknown_(message.unknown)
{
    for (const auto& entry : m_.entries)
        if (entry.resource != Json::none) unkept_claims(m_, entry, unknown_, out_.issues);
    std::ranges::sort(unknown_);
}

const Changes& Rewriter::changes_of(const Entry& entry)
{
    changes_.clear();
    const auto resource = entry.resource;
    const bool medcom = claims_medcom(json_, resource);
    const auto own = is_person(entry.type) ? json_.find(resource, "identifier") : Json::none;
    for (const auto* name : {"resourceType", "id"})
        if (const auto member = json_.find(resource, name); member != Json::none) changes_.leave_out(member);
    for (auto at = resource + 1; at < json_[resource].next; ++at) {
        const auto kind = json_[at].kind;
        out_.coverage.mapped += kind != JsonKind::object && kind != JsonKind::array;
        const bool identifies = own != Json::none && at > own && at < json_[own].next;
        if (!identifies) node(at, medcom);
        else if (kind == JsonKind::object && json_.find(at, "value") != Json::none) person_identifier(at);
    }
    if (!m_.event.empty() && entry.type == "Encounter") episodes(resource);
    if (!m_.event.empty() && entry.type == "Provenance") agents(resource);
    if (!unknown_.empty()) prune(resource, true);
    changes_.sort();
    return changes_;
}

void Rewriter::node(std::uint32_t node, bool medcom)
{
    const auto& one = json_[node];
    if (one.kind == JsonKind::object) {
        if (one.name != "resource") reference(node);
        if (one.name == "identifier") number_beside_reference(node);
    } else if (one.kind != JsonKind::string) {
        return;
    } else if (one.name == "system") {
        if (const auto known = system_for(medcom, one.text); known != one.text) changes_.replace(node, known);
    } else if (one.name == "div" && one.text.find("href=") != one.text.npos) {
        changes_.replace(node, without_inner_links(json_.text(node)));
    }
}

void Rewriter::reference(std::uint32_t object)
{
    const auto reference = json_.find(object, "reference");
    if (reference == Json::none || json_[reference].kind != JsonKind::string) return;
    std::string unescaped;
    const auto sent = json_.view(reference, unescaped);
    if (!m_.event.empty() && json_[object].name == "who" && !resolve(m_, sent)) return;
    std::string target;
    PersonIdentifier named;
    const auto slash = sent.find('/');
    const auto identifier = json_.find(object, "identifier");
    if (!names_.inside(sent) && slash != sent.npos && known_resource_type(sent.substr(0, slash)) && identifier != Json::none &&
        read_identifier(json_, identifier, context_.system, checked_.system, sent.starts_with("Patient/"), named))
        target = std::string(sent.substr(0, slash + 1)) + resource_id(context_.ids, sent.substr(0, slash), named);
    else target = names_.target_of(sent);
    if (!target.empty() && target != sent) changes_.replace(reference, target);
}

/// A person's number under its one system: CPR without dash; a number without a system gets the sender's.
void Rewriter::person_identifier(std::uint32_t object)
{
    const auto system = json_.find(object, "system"), value = json_.find(object, "value");
    PersonIdentifier one;
    if (json_[value].kind != JsonKind::string || !read_identifier(json_, object, context_.system, checked_.system, true, one)) return;
    std::string missing;
    if (system == Json::none) {
        missing = ",\"system\":";
        append_json_string(one.system, missing);
    } else if (json_[system].kind == JsonKind::string && json_.text(system) != one.system) {
        changes_.replace(system, one.system);
    }
    if (!missing.empty() || json_.text(value) != one.value) changes_.replace(value, one.value, missing);
}

/// Who is not in the message is named by number: a CPR number has one spelling there too. Its system is written as any other.
void Rewriter::number_beside_reference(std::uint32_t object)
{
    std::string unescaped;
    const auto value = json_.find(object, "value");
    if (value == Json::none || json_[value].kind != JsonKind::string || canonical_system(json_.view(json_.find(object, "system"), unescaped)) != cpr_system) return;
    PersonIdentifier one;
    if (read_identifier(json_, object, context_.system, checked_.system, true, one) && json_.text(value) != one.value) changes_.replace(value, one.value);
}

/// What claims to be a number of the national register and cannot be one (a UUID of version 5) is the sender's own.
void Rewriter::episodes(std::uint32_t encounter)
{
    for (const auto node : nodes_at(json_, encounter, "episodeOfCare.identifier")) {
        const auto system = json_.find(node, "system");
        if (system == Json::none || canonical_system(json_.text(system)) != lpr3_system || is_uuid5(json_.text(node, "value"))) continue;
        PersonIdentifier own;
        identifier_system(context_.system, checked_.system, {"LPR3-unverified", {}, {}}, "id", own.system);
        changes_.replace(system, own.system);
        out_.issues.push_back({Severity::warning, IssueKind::wrong_type, json_.path(node, m_.type) + ".value", "is no number of the national register (a UUID of version 5): taken as the sender's own"});
    }
}

/// A Provenance of an earlier message may name an Organization that is not sent along: its name is all that is left of it.
void Rewriter::agents(std::uint32_t provenance)
{
    for (const auto who : nodes_at(json_, provenance, "agent.who")) {
        const auto reference = json_.find(who, "reference");
        if (reference == Json::none) continue;
        if (std::string unescaped; resolve(m_, json_.view(reference, unescaped))) continue;
        if (json_.find(who, "display") != Json::none) changes_.leave_out(reference);
        else changes_.rename(reference, "display");
    }
}

/// Leaves out what R4 does not know; true when nothing of `node` is left.
bool Rewriter::prune(std::uint32_t node, bool top)
{
    const auto found = std::ranges::lower_bound(unknown_, node);
    if (found == unknown_.end() || *found >= json_[node].next) return false;
    if (*found == node) return true;
    bool all = true;
    for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child)) {
        if (prune(child)) changes_.leave_out(child);
        else all = false;
    }
    return all && !top;
}

} // namespace sluse::fhir
