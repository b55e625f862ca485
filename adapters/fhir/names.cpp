// adapters/fhir/names.cpp — business keys first; what has none keeps its sender's name, so that it is found again in the next message.
#include "adapters/fhir/names.hpp"

#include "adapters/fhir/json_write.hpp"
#include "adapters/fhir/medcom_rules.hpp"
#include "adapters/xml/document.hpp"
#include "gateway/normalise/resource_ids.hpp"

#include <unordered_set>

namespace sluse::fhir {

Names::Names(std::string_view bytes, const Message& message, const Checked& checked, const NormaliseContext& context)
    : bytes_(bytes), m_(message), json_(message.json), checked_(checked), context_(context)
{
    const auto count = m_.entries.size();
    std::unordered_set<std::string_view> taken(count);
    targets_.reserve(count); // views of them stay valid
    local_.reserve(count);
    sent_.reserve(2 * count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& entry = m_.entries[i];
        auto& target = targets_.emplace_back();
        const auto free = [&](std::string_view id) {
            (target = entry.type) += '/';
            return !id.empty() && !taken.contains(target += id);
        };
        if (!free(id_of(entry)) && !free(local_id(entry.type, local_name(entry, i)))) free(local_id(entry.type, local_name(entry, i) + '#' + std::to_string(i))); // sent twice
        taken.insert(target);
        if (entry.type.empty()) continue;
        if (!entry.full_url.empty()) sent_.emplace(entry.full_url, i);
        if (!entry.id.empty()) sent_.emplace(local_.emplace_back(entry.type + '/' + entry.id), i);
    }
}

/// By what identifies the thing itself; empty: nothing does.
std::string Names::id_of(const Entry& entry)
{
    if (entry.resource == Json::none) return {};
    if (entry.type == "MessageHeader") return own_id("MessageHeader");
    const auto identifiers = identifiers_of(json_, entry.resource, context_.system, checked_.system, is_person(entry.type));
    if (!identifiers.empty()) return resource_id(context_.ids, entry.type, identifiers[best_identifier(identifiers)]);
    if (entry.type == "Encounter") return episode_id(entry.resource);
    if (entry.type == "Patient" && !entry.id.empty()) return resource_id(context_.ids, entry.type, server_identifier(context_.system, checked_.system, entry.id));
    return {};
}

/// A stay that has no number of its own but its episode's (HospitalNotification): one contact for the acute part, one for the admission.
std::string Names::episode_id(std::uint32_t encounter) const
{
    std::vector<PersonIdentifier> episodes;
    PersonIdentifier one;
    for (const auto node : nodes_at(json_, encounter, "episodeOfCare.identifier"))
        if (read_identifier(json_, node, context_.system, checked_.system, false, one)) episodes.push_back(one);
    if (episodes.empty()) return {};
    auto& best = episodes[best_identifier(episodes)];
    if (json_.text(json_.find(encounter, "class"), "code") == "EMER") best.value += "|EMER";
    return resource_id(context_.ids, "Encounter", best);
}

/// What the sender calls the thing; where it says nothing, its place in this message.
std::string Names::local_name(const Entry& entry, std::size_t index)
{
    if (!entry.id.empty()) return entry.type + '/' + entry.id;
    if (!entry.full_url.empty()) return entry.full_url;
    return checked_.control_id + '#' + std::to_string(index) + '#' + content_hash();
}

std::string Names::own_id(std::string_view type)
{
    return context_.ids.uuid({type, checked_.system, checked_.control_id.empty() ? content_hash() : checked_.control_id});
}

/// Once a message, however many entries need it. XML's is that of the JSON that says the same.
const std::string& Names::content_hash()
{
    if (!hash_.empty()) return hash_;
    std::string json;
    if (xml::looks_like_xml(bytes_)) append_json(json_, 0, json);
    return hash_ = hex(view(sha256(json.empty() ? bytes_ : std::string_view(json))));
}

std::string Names::target_of(std::string_view reference) const
{
    if (const auto history = reference.find("/_history/"); history != reference.npos) reference = reference.substr(0, history);
    if (const auto found = sent_.find(reference); found != sent_.end()) return targets_[found->second];
    const auto slash = reference.find('/');
    if (slash == reference.npos || reference.find_first_of(":#?/", slash + 1) != reference.npos || reference.size() == slash + 1) return {};
    const auto type = reference.substr(0, slash);
    if (!known_resource_type(type)) return {};
    const auto id = type == "Patient" ? resource_id(context_.ids, type, server_identifier(context_.system, checked_.system, reference.substr(slash + 1)))
                                      : local_id(type, reference);
    return std::string(type) + '/' + id;
}

} // namespace sluse::fhir
