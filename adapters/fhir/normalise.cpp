// adapters/fhir/normalise.cpp — what was sent, as a transaction under our own ids: slices of the message with a few strings replaced.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/medcom_rules.hpp"
#include "adapters/fhir/message.hpp"
#include "gateway/normalise/code_tables.hpp"
#include "gateway/normalise/identifiers.hpp"
#include "gateway/normalise/resource_ids.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace sluse::fhir {
namespace {

constexpr std::string_view base_url = "http://sluse.internal/fhir/"; // of every fullUrl, so that Type/id resolves inside the bundle

bool about_a_person(std::string_view type)
{
    return type == "Patient" || type == "Person" || type == "RelatedPerson";
}

/// A replacement of part of the message's text.
struct Edit {
    std::size_t from, to;
    std::string text;
};

class Normaliser {
public:
    Normaliser(std::string_view bytes, const Message& message, const Checked& checked, const NormaliseContext& context, Normalised& out)
        : bytes_(bytes), m_(message), json_(message.json), checked_(checked), context_(context), out_(out)
    {
        unknown_ = m_.unknown;
        for (const auto& entry : m_.entries)
            if (entry.resource != Json::none) drop_claims(entry);
        std::ranges::sort(unknown_);
    }

    void run()
    {
        choose_ids();
        times();
        out_.persons = checked_.persons;
        for (std::size_t i = 1; i < out_.persons.size(); ++i) out_.links.push_back({out_.persons[0], out_.persons[i], true});
        out_.bundle = "{\"resourceType\":\"Bundle\",\"type\":\"transaction\"";
        if (out_.sent_ms) ((out_.bundle += ",\"timestamp\":\"") += rfc3339(out_.sent_ms)) += '"';
        out_.bundle += ",\"entry\":[";
        if (!has("MessageHeader")) header();
        for (std::size_t i = 0; i < m_.entries.size(); ++i) entry(i);
        if (!has("Provenance")) provenance();
        out_.bundle += "]}";
    }

private:
    bool has(std::string_view type) const { return std::ranges::find(m_.entries, type, &Entry::type) != m_.entries.end(); }

    std::size_t offset(std::string_view part) const { return static_cast<std::size_t>(part.data() - bytes_.data()); }

    /// An id for each entry: by its identifier where it has one, so that all formats agree; else by what its sender calls it.
    void choose_ids()
    {
        std::unordered_set<std::string> taken;
        taken.reserve(m_.entries.size());
        targets_.reserve(2 * m_.entries.size());
        for (std::size_t i = 0; i < m_.entries.size(); ++i) {
            const auto& entry = m_.entries[i];
            std::string id;
            if (entry.resource != Json::none) {
                const auto identifiers = identifiers_of(json_, entry.resource, context_.system, checked_.system, about_a_person(entry.type));
                if (entry.type == "MessageHeader") id = own_id("MessageHeader");
                else if (entry.type == "Encounter" && identifiers.empty()) id = episode_id(entry.resource);
                else if (!identifiers.empty()) id = resource_id(context_.ids, entry.type, identifiers[best_identifier(identifiers)]);
                else if (entry.type == "Patient" && !entry.id.empty()) id = resource_id(context_.ids, entry.type, server_identifier(context_.system, checked_.system, entry.id));
            }
            if (id.empty() || taken.contains(entry.type + '/' + id)) id = local_id(entry.type, local_name(entry, i));
            if (taken.contains(entry.type + '/' + id)) id = local_id(entry.type, local_name(entry, i) + '#' + std::to_string(i)); // sent twice
            taken.insert(entry.type + '/' + id);
            ids_.push_back(id);
            if (entry.type.empty()) continue;
            const auto target = entry.type + '/' + id;
            if (!entry.full_url.empty()) targets_.emplace(entry.full_url, target);
            if (!entry.id.empty()) targets_.emplace(entry.type + '/' + entry.id, target);
        }
    }

    /// A stay that has no number of its own but its episode's (HospitalNotification): one contact for the acute part, one for the admission.
    std::string episode_id(std::uint32_t encounter) const
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
    std::string local_name(const Entry& entry, std::size_t index)
    {
        if (!entry.id.empty()) return entry.type + '/' + entry.id;
        if (!entry.full_url.empty()) return entry.full_url;
        return checked_.control_id + '#' + std::to_string(index) + '#' + content_hash();
    }

    std::string local_id(std::string_view type, std::string_view name) const { return context_.ids.uuid({type, checked_.system, name}); }

    /// Of the resources that stand for the message itself.
    std::string own_id(std::string_view type)
    {
        return context_.ids.uuid({type, checked_.system, checked_.control_id.empty() ? content_hash() : checked_.control_id});
    }

    /// Once a message, however many entries need it.
    const std::string& content_hash()
    {
        if (hash_.empty()) hash_ = hex(view(sha256(bytes_)));
        return hash_;
    }

    void times()
    {
        const auto instant = [&](std::uint32_t object, std::string_view name) { return parse_instant(json_.text(object, name)).value_or(0); };
        if (m_.type == "Bundle") out_.sent_ms = instant(0, "timestamp");
        for (const auto& entry : m_.entries) {
            if (entry.resource == Json::none) continue;
            if (entry.type == "Provenance") out_.recorded_ms = std::max(out_.recorded_ms, instant(entry.resource, "recorded"));
            if (entry.type == "MessageHeader") event(entry.resource);
            if (m_.type != "Bundle") out_.sent_ms = instant(json_.find(entry.resource, "meta"), "lastUpdated");
        }
        // Of a MedCom message, when what it tells took place: the Provenances of the messages before it are in it too.
        if (!m_.event.empty())
            if (const auto current = current_provenance(m_); current != Json::none)
                if (const auto occurred = instant(current, "occurredDateTime")) out_.recorded_ms = occurred;
        if (!out_.recorded_ms) out_.recorded_ms = out_.sent_ms;
    }

    void event(std::uint32_t header)
    {
        out_.event = json_.text(json_.find(header, "eventCoding"), "code");
        if (out_.event.empty()) out_.event = json_.text(header, "eventUri");
    }

    void entry(std::size_t index)
    {
        const auto& one = m_.entries[index];
        if (one.method == "DELETE") return remove(one);
        if (one.resource == Json::none || one.method == "GET" || one.method == "HEAD" || one.method == "PATCH") {
            out_.issues.push_back({Severity::warning, IssueKind::unmapped, "Bundle.entry[" + std::to_string(index) + "]", "asks for something; only what tells something is taken"});
            return;
        }
        open(one.type, ids_[index]);
        collect_edits(one.resource, one.type);
        std::size_t edit = 0;
        for (auto child = json_.first_child(one.resource); child != Json::none; child = json_.next_child(one.resource, child)) {
            const auto& node = json_[child];
            if (node.name == "resourceType" || node.name == "id" || std::ranges::find(gone_, child) != gone_.end()) continue;
            const auto quote = node.kind == JsonKind::string ? 1u : 0u;
            ((out_.bundle += ",\"") += node.name) += "\":";
            copy(offset(node.text) - quote, offset(node.text) + node.text.size() + quote, edit);
        }
        close(one.type, ids_[index]);
    }

    void open(std::string_view type, std::string_view id)
    {
        auto& out = out_.bundle;
        if (!out.ends_with('[')) out += ',';
        (((out += "{\"fullUrl\":\"") += base_url) += type) += '/';
        (out += id) += "\",\"resource\":";
        out_.resources.push_back({std::string(type), std::string(id), out.size(), 0});
        ((((out += "{\"resourceType\":\"") += type) += "\",\"id\":\"") += id) += '"';
    }

    void close(std::string_view type, std::string_view id)
    {
        auto& out = out_.bundle;
        out += '}';
        out_.resources.back().length = out.size() - out_.resources.back().offset;
        ((((out += ",\"request\":{\"method\":\"PUT\",\"url\":\"") += type) += '/') += id) += "\"}}";
    }

    void remove(const Entry& one)
    {
        const auto target = target_of(one.url);
        if (target.empty()) {
            out_.issues.push_back({Severity::warning, IssueKind::unmapped, "Bundle.entry.request.url", "a deletion by search is not taken; name the resource"});
            return;
        }
        auto& out = out_.bundle;
        if (!out.ends_with('[')) out += ',';
        out += "{\"request\":{\"method\":\"DELETE\",\"url\":";
        append_json_string(target, out);
        out += "}}";
    }

    /// What a reference points to under our ids; empty: leave it.
    std::string target_of(std::string_view reference) const
    {
        if (const auto history = reference.find("/_history/"); history != reference.npos) reference = reference.substr(0, history);
        if (const auto found = targets_.find(reference); found != targets_.end()) return found->second;
        const auto slash = reference.find('/');
        if (slash == reference.npos || reference.find_first_of(":#?/", slash + 1) != reference.npos || reference.size() == slash + 1) return {};
        const auto type = reference.substr(0, slash);
        if (!known_resource_type(type)) return {};
        const auto person = type == "Patient";
        const auto id = person ? resource_id(context_.ids, type, server_identifier(context_.system, checked_.system, reference.substr(slash + 1)))
                               : local_id(type, reference);
        return std::string(type) + '/' + id;
    }

    void replace(std::uint32_t node, std::string_view text, std::string_view then = {})
    {
        const auto& raw = json_[node].text;
        Edit edit{offset(raw) - 1, offset(raw) + raw.size() + 1, {}};
        append_json_string(text, edit.text);
        edit.text += then;
        edits_.push_back(std::move(edit));
    }

    /// Nodes stand in the order of the text, so the edits do too.
    void collect_edits(std::uint32_t resource, std::string_view type)
    {
        edits_.clear();
        const bool medcom = claims_medcom(resource);
        const auto own = about_a_person(type) ? json_.find(resource, "identifier") : Json::none;
        for (auto node = resource + 1; node < json_[resource].next; ++node) {
            const auto& one = json_[node];
            out_.coverage.mapped += one.kind != JsonKind::object && one.kind != JsonKind::array;
            if (own != Json::none && node > own && node < json_[own].next) {
                if (one.kind == JsonKind::object && json_.find(node, "value") != Json::none) person_identifier_edits(node);
            } else if (one.kind == JsonKind::object && one.name != "resource") {
                reference_edit(node);
            } else if (one.kind == JsonKind::string && one.name == "system") {
                if (const auto known = system_for(medcom, one.text); known != one.text) replace(node, known);
            } else if (one.name == "div" && one.kind == JsonKind::string && one.text.find("href=") != one.text.npos) {
                replace(node, without_inner_links(json_.text(node)));
            }
        }
        if (!m_.event.empty() && type == "Encounter") episode_edits(resource);
        if (!m_.event.empty() && type == "Provenance") agent_edits(resource);
        gone_.clear();
        if (!unknown_.empty()) prune(resource, true);
        std::ranges::sort(edits_, {}, &Edit::from);
    }

    bool claims_medcom(std::uint32_t resource) const
    {
        const auto profiles = json_.find(json_.find(resource, "meta"), "profile");
        if (profiles == Json::none || json_[profiles].kind != JsonKind::array) return false;
        for (auto child = json_.first_child(profiles); child != Json::none; child = json_.next_child(profiles, child))
            if (json_[child].text.starts_with(medcom_base)) return true;
        return false;
    }

    /// A MedCom profile that a resource claims and that it cannot keep here is not claimed on. The profiles want what is referred to in the
    /// same Bundle, which a resource sent alone has not; acknowledgements of MedCom's older packages carry codes that the profile has dropped,
    /// and their headers the name of an older definition.
    void drop_claims(const Entry& entry)
    {
        if (!claims_medcom(entry.resource)) return;
        const auto why = unkept(entry);
        if (why.empty()) return;
        for (const auto node : nodes_at(json_, entry.resource, "meta.profile")) {
            if (!json_[node].text.starts_with(medcom_base)) continue;
            unknown_.push_back(node);
            out_.issues.push_back({Severity::warning, IssueKind::sequence, json_.path(node, m_.type), "is not claimed on: " + std::string(why)});
        }
    }

    /// Why the resource cannot keep its profile; empty: it can.
    std::string_view unkept(const Entry& entry) const
    {
        if (m_.type != "Bundle" && refers_outside(entry.resource)) return "the profile wants what is referred to in the same Bundle";
        if (entry.type == "OperationOutcome" && has_dropped_code(entry.resource)) return "a code is none of the profile's";
        if (entry.type == "MessageHeader" && has_older_definition(entry.resource)) return "the message is of an older version than the profile";
        return {};
    }

    /// CareCommunication 4 and 5 share their profiles' names; only the header's definition tells them apart, and the newer profile wants its own.
    bool has_older_definition(std::uint32_t header) const
    {
        const auto definition = json_.find(header, "definition");
        return definition != Json::none && json_.text(definition).starts_with("http://medcomfhir.dk/ig/carecommunication/medcom-careCommunication-message-definition|4.");
    }

    bool refers_outside(std::uint32_t resource) const
    {
        std::string unescaped;
        for (auto node = resource + 1; node < json_[resource].next; ++node)
            if (json_[node].name == "reference" && json_[node].kind == JsonKind::string && !json_[node].text.starts_with('#') && !resolve(m_, json_.view(node, unescaped))) return true;
        return false;
    }

    bool has_dropped_code(std::uint32_t outcome) const
    {
        return std::ranges::any_of(nodes_at(json_, outcome, "issue.details.coding.system"), [&](std::uint32_t system) {
            return json_.text(system) == "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-acknowledgement-issue-details";
        });
    }

    /// The one spelling of a system; MedCom's profiles fix an older one for GLN than dk-core.
    static std::string_view system_for(bool medcom, std::string_view system)
    {
        const auto known = canonical_system(system);
        return medcom && known == gln_system ? std::string_view("https://www.gs1.org/gln") : known;
    }

    /// Links between narratives name the sender's ids, which nobody meets outside its message.
    static std::string without_inner_links(std::string text)
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

    /// What claims to be a number of the national register and cannot be one (a UUID of version 5) is the sender's own.
    void episode_edits(std::uint32_t encounter)
    {
        for (const auto node : nodes_at(json_, encounter, "episodeOfCare.identifier")) {
            const auto system = json_.find(node, "system");
            if (system == Json::none || canonical_system(json_.text(system)) != lpr3_system || is_uuid5(json_.text(node, "value"))) continue;
            PersonIdentifier own;
            identifier_system(context_.system, checked_.system, {"LPR3-unverified", {}, {}}, "id", own.system);
            replace(system, own.system);
            out_.issues.push_back({Severity::warning, IssueKind::wrong_type, json_.path(node, m_.type) + ".value", "is no number of the national register (a UUID of version 5): taken as the sender's own"});
        }
    }

    static bool is_uuid5(std::string_view value)
    {
        if (value.starts_with("urn:uuid:")) value.remove_prefix(9);
        return value.size() == 36 && value[14] == '5';
    }

    /// A Provenance of an earlier message may name an Organization that is not sent along: its name is all that is left of it.
    void agent_edits(std::uint32_t provenance)
    {
        for (const auto node : nodes_at(json_, provenance, "agent.who.reference")) {
            if (std::string unescaped; resolve(m_, json_.view(node, unescaped))) continue;
            const auto& name = json_[node].name;
            edits_.push_back({offset(name) - 1, offset(name) + name.size() + 1, "\"display\""}); // with its quotes: copy() cuts only between tokens
        }
    }

    std::size_t from_of(std::uint32_t node) const
    {
        const auto& one = json_[node];
        return one.name.data() ? offset(one.name) - 1 : offset(one.text) - (one.kind == JsonKind::string ? 1 : 0);
    }
    std::size_t to_of(std::uint32_t node) const
    {
        const auto& one = json_[node];
        return offset(one.text) + one.text.size() + (one.kind == JsonKind::string ? 1 : 0);
    }

    /// Edits that take out what R4 does not know, commas with it; true when nothing of `node` is left. Members of the resource itself
    /// are written one by one: those that go are only noted.
    bool prune(std::uint32_t node, bool top = false)
    {
        if (std::ranges::binary_search(unknown_, node)) return true;
        std::vector<std::pair<std::uint32_t, bool>> children;
        bool any = false, all = true;
        if (json_[node].kind == JsonKind::object || json_[node].kind == JsonKind::array)
            for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child)) {
                const bool gone = prune(child);
                children.emplace_back(child, gone);
                any |= gone;
                all &= gone;
            }
        if (children.empty() || !any) return false;
        if (all && !top) return true;
        bool kept = false;
        for (std::size_t i = 0; i < children.size(); ++i) {
            const auto [child, gone] = children[i];
            kept |= !gone;
            if (!gone) continue;
            if (top) gone_.push_back(child);
            else if (kept) edits_.push_back({to_of(children[i - 1].first), to_of(child), {}});
            else edits_.push_back({from_of(child), from_of(children[i + 1].first), {}});
        }
        return false;
    }

    void reference_edit(std::uint32_t object)
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
        const auto inside = targets_.contains(sent);
        if (!inside && slash != sent.npos && known_resource_type(sent.substr(0, slash)) && identifier != Json::none &&
            read_identifier(json_, identifier, context_.system, checked_.system, sent.starts_with("Patient/"), named))
            target = std::string(sent.substr(0, slash + 1)) + resource_id(context_.ids, sent.substr(0, slash), named);
        else target = target_of(sent);
        if (!target.empty() && target != sent) replace(reference, target);
    }

    /// A person's number under its one system: CPR without dash; a number without a system gets the sender's.
    void person_identifier_edits(std::uint32_t object)
    {
        const auto system = json_.find(object, "system"), value = json_.find(object, "value");
        PersonIdentifier one;
        if (json_[value].kind != JsonKind::string || !read_identifier(json_, object, context_.system, checked_.system, true, one)) return;
        std::string missing;
        if (system == Json::none) {
            missing = ",\"system\":";
            append_json_string(one.system, missing);
        } else if (json_[system].kind == JsonKind::string && json_.text(system) != one.system) {
            replace(system, one.system);
        }
        if (!missing.empty() || json_.text(value) != one.value) replace(value, one.value, missing);
    }

    /// Appends bytes_[from, to) with the edits in it applied; `edit` is the next one not yet passed.
    void copy(std::size_t from, std::size_t to, std::size_t& edit)
    {
        while (edit < edits_.size() && edits_[edit].from < from) ++edit;
        for (; edit < edits_.size() && edits_[edit].to <= to; ++edit) {
            if (edits_[edit].from < from) continue; // inside what was taken out
            append_without_blanks(bytes_.substr(from, edits_[edit].from - from), out_.bundle);
            out_.bundle += edits_[edit].text;
            from = edits_[edit].to;
        }
        append_without_blanks(bytes_.substr(from, to - from), out_.bundle); // a bundle is one line
    }

    void header()
    {
        const auto id = own_id("MessageHeader");
        open("MessageHeader", id);
        auto& out = out_.bundle;
        out += ",\"eventUri\":\"urn:sluse:event:fhir\",\"source\":{\"name\":";
        append_json_string(checked_.system, out);
        out += ",\"_endpoint\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"unknown\"}]}}";
        close("MessageHeader", id);
    }

    void provenance()
    {
        const auto id = own_id("Provenance");
        auto& out = out_.bundle;
        const auto told = out_.resources.size();
        open("Provenance", id);
        out += ",\"target\":[";
        for (std::size_t i = 0; i < told; ++i)
            ((((out += i ? ",{\"reference\":\"" : "{\"reference\":\"") += out_.resources[i].type) += '/') += out_.resources[i].id) += "\"}";
        const auto recorded = out_.recorded_ms ? out_.recorded_ms : context_.received_ms;
        if (recorded) ((out += "],\"recorded\":\"") += rfc3339(recorded)) += '"';
        else out += "],\"_recorded\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"unknown\"}]}";
        out += ",\"agent\":[{\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/provenance-participant-type\",\"code\":\"author\"}]},\"who\":{\"display\":";
        append_json_string(checked_.system, out);
        out += "}}]";
        entities();
        close("Provenance", id);
    }

    /// The source message under the sender's name for it and under ours.
    void entities()
    {
        auto& out = out_.bundle;
        if (checked_.control_id.empty() && context_.message_id == Ulid{}) return;
        out += ",\"entity\":[";
        if (!checked_.control_id.empty()) {
            out += "{\"role\":\"source\",\"what\":{\"identifier\":{\"value\":";
            append_json_string(checked_.control_id, out);
            out += "}}}";
        }
        if (context_.message_id != Ulid{}) {
            if (!out.ends_with('[')) out += ',';
            ((out += "{\"role\":\"source\",\"what\":{\"identifier\":{\"system\":\"urn:sluse:message\",\"value\":\"") += context_.message_id.text()) += "\"}}}";
        }
        out += ']';
    }

    std::string_view bytes_;
    const Message& m_;
    const Json& json_;
    const Checked& checked_;
    const NormaliseContext& context_;
    Normalised& out_;
    std::vector<std::string> ids_;
    std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> targets_; ///< what the sender calls a resource → Type/id of ours
    std::vector<Edit> edits_;
    std::vector<std::uint32_t> unknown_; ///< what is left out: Message::unknown and claims that do not hold; sorted
    std::vector<std::uint32_t> gone_;    ///< members of the resource being written that are left out
    std::string hash_;
};

} // namespace

Result<void> normalise(std::string_view bytes, const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    out.clear();
    const auto* message = static_cast<const Message*>(checked.decoded.get());
    if (!message || message->entries.empty()) return Fault{Errc::bad_message, "Bundle: could not be decoded"};
    Normaliser(message->json_text(bytes), *message, checked, context, out).run();
    return {};
}

} // namespace sluse::fhir
