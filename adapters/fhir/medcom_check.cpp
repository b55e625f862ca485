// adapters/fhir/medcom_check.cpp — MedCom's invariants that no table row says: who answers for what, and what must agree with what.
#include "adapters/fhir/medcom.hpp"

#include "adapters/fhir/medcom_rules.hpp"
#include "adapters/fhir/national.hpp"
#include "gateway/normalise/identifiers.hpp"
#include "gateway/normalise/ucum.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace sluse::fhir {
namespace {

class MedComCheck {
public:
    explicit MedComCheck(Findings& findings) : f_(findings), m_(findings.message), json_(m_.json) {}

    void run()
    {
        check_profile("message", 0, f_);
        addresses();
        resources();
        claimed();
        subjects();
        belongings();
        parties();
        sent_along(header(), "focus.reference", "a resource");
        if (const auto current = current_provenance(m_); current != Json::none) agents(current);
        else f_.error(IssueKind::required_missing, 0, "entry", "holds no Provenance whose target is this MessageHeader");
        if (m_.event == notification_event) notification();
        else if (m_.event == communication_event) communication();
        else if (m_.event == homecare_event) homecare();
        else if (m_.event == acknowledgement_event) verdict();
    }

private:
    std::uint32_t header() const { return m_.entries.front().resource; }

    std::uint32_t only(std::string_view type) const
    {
        const auto found = std::ranges::find(m_.entries, type, &Entry::type);
        return found == m_.entries.end() ? Json::none : found->resource;
    }

    /// What these references name is in the Bundle.
    void sent_along(std::uint32_t resource, std::string_view path, std::string_view what)
    {
        for (const auto node : nodes_at(json_, resource, path))
            if (std::string unescaped; !resolve(m_, json_.view(node, unescaped))) f_.error(IssueKind::unknown_key, node, {}, "names " + std::string(what) + " that is not in the Bundle");
    }

    /// Who sent this message is in it, or named by a number or in words. Those of earlier messages may be elsewhere.
    void agents(std::uint32_t provenance)
    {
        for (const auto who : nodes_at(json_, provenance, "agent.who"))
            if (json_.find(who, "identifier") == Json::none && json_.find(who, "display") == Json::none) sent_along(who, "reference", "an agent");
    }

    static bool ends_in_its_name(const Entry& entry)
    {
        auto url = std::string_view(entry.full_url);
        if (url.starts_with("urn:")) return true;
        if (!url.ends_with(entry.id)) return false;
        url.remove_suffix(entry.id.size());
        if (!url.ends_with('/')) return false;
        url.remove_suffix(1);
        // Published messages name some entries by relative addresses, one of them Subject/….
        return !entry.full_url.starts_with("http") || (url.ends_with(entry.type) && url.size() > entry.type.size() && url[url.size() - entry.type.size() - 1] == '/');
    }

    static std::string place_of(std::size_t entry, std::string_view below)
    {
        return "entry[" + std::to_string(entry) + "]." + std::string(below);
    }

    /// Every entry has its address, which ends in its type and id and is its own: relative references are told by it.
    void addresses()
    {
        for (std::size_t i = 0; i < m_.entries.size(); ++i) {
            const auto& entry = m_.entries[i];
            if (entry.full_url.empty()) f_.error(IssueKind::required_missing, 0, place_of(i, "fullUrl"), "is missing: every entry of a message has one");
            else if (entry.type.empty()) continue; // said of its resource
            else if (entry.id.empty()) f_.error(IssueKind::required_missing, 0, place_of(i, "resource.id"), "is missing: the entry's fullUrl ends in it");
            else if (!ends_in_its_name(entry)) f_.error(IssueKind::sequence, 0, place_of(i, "fullUrl"), "does not end in the type and id of its resource");
        }
        repeated_addresses(f_);
    }

    /// Whatever is about a person is about the one in the message.
    void subjects()
    {
        for (const auto& entry : m_.entries) {
            if (entry.type != "Encounter" && entry.type != "Communication" && entry.type != "DiagnosticReport" && entry.type != "Observation") continue;
            for (const auto node : nodes_at(json_, entry.resource, "subject.reference"))
                if (const auto* found = resolve(m_, json_.text(node)); !found || found->type != "Patient")
                    f_.error(IssueKind::unknown_key, node, {}, "does not name the Patient of this message");
        }
    }

    /// The places of people and teams, which are sent along with them.
    void belongings()
    {
        for (const auto& entry : m_.entries) {
            if (entry.type == "PractitionerRole") sent_along(entry.resource, "organization.reference", "an Organization");
            else if (entry.type == "CareTeam") sent_along(entry.resource, "managingOrganization.reference", "an Organization");
            else if (entry.type == "Patient") sent_along(entry.resource, "managingOrganization.reference", "an Organization");
        }
    }

    /// An acknowledgement that is not positive says why.
    void verdict()
    {
        const auto response = json_.find(header(), "response");
        if (json_.text(response, "code") == "ok") return;
        const auto* reason = resolve(m_, json_.text(json_.find(response, "details"), "reference"));
        if (!reason || reason->type != "OperationOutcome") f_.error(IssueKind::required_missing, response, "details", "must name an OperationOutcome of the message, which says why");
    }

    void resources()
    {
        const auto rules = resource_rules(m_.event);
        for (const auto* rule : rules) {
            std::size_t count = 0, beyond = 0;
            for (const auto& entry : m_.entries) {
                if (entry.type != rule->resource) continue;
                if (count++ == rule->max) beyond = static_cast<std::size_t>(&entry - m_.entries.data());
                for (const auto profile : rule->profiles) check_profile(profile, entry.resource, f_);
            }
            const auto bounds = [&](const ResourceRule* other) { return other != rule && other->resource == rule->resource && other->event != "*"; };
            if (rule->event == "*" && std::ranges::any_of(rules, bounds)) continue; // the event's own row counts
            if (count < rule->min) f_.error(IssueKind::required_missing, 0, "entry", "holds no " + std::string(rule->resource) + "; MedCom requires it in this message");
            if (rule->max && count > rule->max) f_.error(IssueKind::sequence, 0, place_of(beyond, "resource"), "is one " + std::string(rule->resource) + " more than this message holds: " + std::to_string(rule->max));
        }
    }

    /// What Organizations and CareTeams must hold depends on the part they play, which the profile they claim says; what only the newest profile asks
    /// is asked of who claims it.
    void claimed()
    {
        for (const auto& entry : m_.entries) {
            static constexpr std::string_view types[] = {"MessageHeader", "Organization", "CareTeam", "Observation"};
            if (std::ranges::find(types, entry.type) == std::end(types)) continue;
            for (const auto node : nodes_at(json_, entry.resource, "meta.profile")) {
                std::string unescaped;
                const auto profile = json_.view(node, unescaped);
                if (!profile.starts_with(medcom_base)) continue;
                auto name = profile.substr(profile.rfind('/') + 1);
                name = name.substr(0, name.find('|'));
                if (name.starts_with("medcom-")) name.remove_prefix(7);
                check_profile(name, entry.resource, f_);
                if (name == "requesterorganization") requester(entry);
                if (name == "homecare-observation") united(entry.resource);
            }
        }
    }

    /// Sender and receiver are in the Bundle, each with its SOR number and GLN.
    void parties()
    {
        for (const auto* path : {"sender.reference", "destination.receiver.reference"})
            for (const auto node : nodes_at(json_, header(), path)) party(node);
    }

    void party(std::uint32_t node)
    {
        std::string unescaped;
        const auto* found = resolve(m_, json_.view(node, unescaped));
        if (!found) return f_.error(IssueKind::required_missing, node, {}, "names an Organization that is not in the Bundle");
        if (found->type != "Organization") return f_.error(IssueKind::wrong_type, node, {}, "must name an Organization");
        for (const auto* number : {"identifier[system=http://www.gs1.org/gln].value", "identifier[system=urn:oid:1.2.208.176.1.1].value"})
            if (nodes_at(json_, found->resource, number).empty())
                return f_.error(IssueKind::required_missing, node, {}, "names an Organization without both GLN and SOR number");
    }

    // HospitalNotification 3.0

    void notification()
    {
        const auto encounter = only("Encounter");
        if (encounter == Json::none) return;
        const auto status = json_.text(encounter, "status");
        const auto leave = nodes_at(json_, encounter, "extension[url~-leave-period-extension].valuePeriod");
        if (status == "onleave" && (leave.empty() || json_.text(leave.front(), "start").empty()))
            f_.error(IssueKind::required_missing, encounter, "extension", "must hold the leave's start, since the status is onleave");
        if (status == "finished" && json_.text(json_.find(encounter, "period"), "end").empty())
            f_.warn(IssueKind::required_missing, encounter, "period.end", "is missing although the stay is finished");
        sent_along(encounter, "serviceProvider.reference", "an Organization");
        activity_agrees(encounter, status);
    }

    struct Activity {
        std::string_view name, status, encounter_class;
    };
    /// §7.2's table: what the encounter says after each event. A death comes under the last real event, finished.
    static constexpr Activity activities[] = {
        {"admit-inpatient", "in-progress", "IMP"},            {"admit-emergency", "in-progress", "EMER"},
        {"start-leave-inpatient", "onleave", "IMP"},          {"end-leave-inpatient", "in-progress", "IMP"},
        {"discharge-inpatient-home", "finished", "IMP"},      {"discharge-emergency-home", "finished", "EMER"},
        {"cancel-admit-inpatient", "entered-in-error", "IMP"}, {"cancel-admit-emergency", "entered-in-error", "EMER"},
        {"cancel-start-leave-inpatient", "in-progress", "IMP"}, {"cancel-end-leave-inpatient", "onleave", "IMP"},
        {"cancel-discharge-inpatient-home", "in-progress", "IMP"}, {"cancel-discharge-emergency-home", "in-progress", "EMER"},
    };

    void activity_agrees(std::uint32_t encounter, std::string_view status)
    {
        auto name = json_.text(json_.find(current_provenance(m_), "activity"), "text");
        if (const auto codes = nodes_at(json_, current_provenance(m_), "activity.coding.code"); !codes.empty()) name = json_.text(codes.front());
        if (name.starts_with("revise-")) name.erase(0, 7);
        const auto row = std::ranges::find(activities, std::string_view(name), &Activity::name);
        if (row == std::end(activities)) return;
        const bool dead = status == "finished";
        const bool left = name.starts_with("cancel-discharge") && status == "onleave";
        if (status != row->status && !dead && !left)
            f_.warn(IssueKind::sequence, encounter, "status", "does not go with the activity " + name + "; the status counts");
        if (json_.text(json_.find(encounter, "class"), "code") != row->encounter_class)
            f_.warn(IssueKind::sequence, encounter, "class", "does not go with the activity " + name + "; the class counts");
    }

    // CareCommunication 5.0

    void communication()
    {
        const auto node = only("Communication");
        if (node == Json::none) return;
        profiles();
        categories(node);
        one_of(node, "recipient.reference", "destination.receiver.reference", "receiver");
        one_of(node, "extension[url~medcom-core-sender-extension].valueReference.reference", "sender.reference", "sender");
        std::set<std::string> segments;
        bool words = false;
        for (const auto payload : nodes_at(json_, node, "payload")) {
            words |= json_.find(payload, "contentString") != Json::none;
            segment(payload);
            for (const auto id : nodes_at(json_, payload, "extension[url~medcom-core-identifier-extension].valueIdentifier.value")) segments.insert(json_.text(id));
        }
        if (!words) f_.error(IssueKind::required_missing, node, "payload", "must hold a text segment (contentString)");
        provenances(segments);
        episode(node);
    }

    /// Who claims the message's profile claims its header's and its Provenances' too (medcom-careCommunication-1 and -3).
    void profiles()
    {
        const auto claims = nodes_at(json_, 0, "meta.profile");
        if (std::ranges::none_of(claims, [&](std::uint32_t node) { return json_.text(node).starts_with("http://medcomfhir.dk/ig/carecommunication/StructureDefinition/medcom-careCommunication-message"); })) return;
        for (const auto& entry : m_.entries)
            if (entry.type == "MessageHeader" || entry.type == "Provenance") check_profile("claimed-communication-" + entry.type, entry.resource, f_);
    }

    /// A team or person that is named beside the header's organisation belongs to it (medcom-careCommunication-11 and -12).
    void one_of(std::uint32_t communication, std::string_view path, std::string_view header_path, std::string_view part)
    {
        for (const auto node : nodes_at(json_, communication, path)) {
            const auto* found = resolve(m_, json_.text(node));
            if (!found) {
                f_.error(IssueKind::unknown_key, node, {}, "names what is not in the Bundle");
                continue;
            }
            const auto theirs = found->type == "CareTeam" ? nodes_at(json_, found->resource, "managingOrganization.reference") : organisations_of(*found);
            const auto is_theirs = [&](std::uint32_t one) { return std::ranges::any_of(theirs, [&](std::uint32_t their) { return resolve(m_, json_.text(their)) == resolve(m_, json_.text(one)); }); };
            if (std::ranges::none_of(nodes_at(json_, header(), header_path), is_theirs))
                f_.error(IssueKind::sequence, node, {}, "names one who does not belong to the " + std::string(part) + " in the MessageHeader");
        }
    }

    /// Of a role, or of all roles of a person.
    std::vector<std::uint32_t> organisations_of(const Entry& who) const
    {
        std::vector<std::uint32_t> out;
        for (const auto& entry : m_.entries) {
            if (entry.type != "PractitionerRole") continue;
            const auto people = nodes_at(json_, entry.resource, "practitioner.reference");
            if (&entry != &who && (people.empty() || resolve(m_, json_.text(people.front())) != &who)) continue;
            const auto places = nodes_at(json_, entry.resource, "organization.reference");
            out.insert(out.end(), places.begin(), places.end());
        }
        return out;
    }

    void categories(std::uint32_t node)
    {
        const auto codes = nodes_at(json_, node, "category.coding.code");
        const auto category = codes.empty() ? std::string() : json_.text(codes.front());
        if (category == "other" && json_.find(node, "topic") == Json::none)
            f_.error(IssueKind::required_missing, node, "topic", "is missing: the category other needs one");
        if (const auto priority = json_.find(node, "priority"); priority != Json::none && category != "regarding-referral")
            f_.error(IssueKind::sequence, priority, {}, "is only allowed in the category regarding-referral");
    }

    void segment(std::uint32_t payload)
    {
        const auto authors = nodes_at(json_, payload, "extension[url~medcom-core-practitioner-extension].valueReference.reference");
        if (json_.find(payload, "contentString") != Json::none) {
            if (authors.empty()) f_.error(IssueKind::required_missing, payload, "extension", "must name the segment's author (medcom-core-practitioner-extension)");
            if (nodes_at(json_, payload, "extension[url~medcom-core-contact-extension].valueContactPoint").empty())
                f_.error(IssueKind::required_missing, payload, "extension", "must hold the author's phone number (medcom-core-contact-extension)");
        }
        for (const auto node : authors) author(node);
    }

    /// A PractitionerRole with a code or words for it, never both, of a named Practitioner.
    void author(std::uint32_t node)
    {
        const auto* role = resolve(m_, json_.text(node));
        if (!role || role->type != "PractitionerRole") return f_.error(IssueKind::required_missing, node, {}, "names a PractitionerRole that is not in the Bundle");
        const bool coded = !nodes_at(json_, role->resource, "code.coding.code").empty(), words = !nodes_at(json_, role->resource, "code.text").empty();
        if (coded == words) f_.error(IssueKind::required_missing, role->resource, "code", "must hold a coded role or text for it, and not both");
        named(role->resource);
    }

    void named(std::uint32_t role)
    {
        const auto references = nodes_at(json_, role, "practitioner.reference");
        const auto* person = references.empty() ? nullptr : resolve(m_, json_.text(references.front()));
        if (!person) return f_.error(IssueKind::required_missing, role, "practitioner", "names no Practitioner in the Bundle");
        if (json_.find(person->resource, "name") == Json::none) f_.error(IssueKind::required_missing, person->resource, "name", "is missing: an author must have one");
    }

    /// The Provenance of this message names its segments. One that names none of those that are there is about another message; published
    /// examples name some wrongly, and a reply to a letter that was converted may know its segments under other ids.
    void provenances(const std::set<std::string>& segments)
    {
        const auto current = current_provenance(m_);
        if (current == Json::none) return;
        const auto ids = nodes_at(json_, current, "entity[role=source].what.identifier.value");
        const auto there = [&](std::uint32_t node) { return segments.contains(json_.text(node)); };
        const bool after_letter = !nodes_at(json_, current, "entity[role=revision].what.identifier").empty();
        const bool none = !ids.empty() && std::ranges::none_of(ids, there) && !after_letter;
        for (const auto id : ids) {
            if (there(id)) continue;
            constexpr auto text = "names a segment that is not in the Communication";
            if (none) f_.error(IssueKind::unknown_key, id, {}, text);
            else f_.warn(IssueKind::unknown_key, id, {}, text);
        }
    }

    void episode(std::uint32_t communication)
    {
        const auto encounter = only("Encounter");
        const auto reference = nodes_at(json_, communication, "encounter.reference");
        if (encounter != Json::none && reference.empty())
            f_.warn(IssueKind::required_missing, communication, "encounter", "is missing although the Bundle holds an Encounter");
        for (const auto node : reference) {
            const auto* found = resolve(m_, json_.text(node));
            if (!found) f_.error(IssueKind::unknown_key, node, {}, "names an Encounter that is not in the Bundle");
            else if (nodes_at(json_, found->resource, "episodeOfCare.identifier").empty())
                f_.error(IssueKind::required_missing, found->resource, "episodeOfCare", "must hold the episode's identifier");
        }
    }

    // HomeCareObservation 1.2

    void homecare()
    {
        const auto report = only("DiagnosticReport");
        if (report == Json::none) return;
        bool role = false, organisation = false;
        for (const auto node : nodes_at(json_, report, "performer.reference")) {
            const auto reference = json_.text(node);
            const auto* found = resolve(m_, reference);
            if (!found) f_.warn(IssueKind::unknown_key, node, {}, "names a performer that is not in the Bundle");
            const auto is = [&](std::string_view type) { return found ? found->type == type : reference.find(std::string(type) + '/') != reference.npos; };
            organisation |= is("Organization");
            role |= is("PractitionerRole");
            if (found && found->type == "PractitionerRole") performer(found->resource);
        }
        if (!role) f_.error(IssueKind::required_missing, report, "performer", "must name the PractitionerRole that measured");
        if (!organisation) f_.error(IssueKind::required_missing, report, "performer", "must name the producing Organization");
        sent_along(report, "result.reference", "an Observation");
        for (const auto& entry : m_.entries)
            if (entry.type == "Observation") unit(entry.resource);
    }

    /// dk-core: a number has a unit, in words or in UCUM.
    void united(std::uint32_t observation)
    {
        for (const auto node : nodes_at(json_, observation, "valueQuantity"))
            if (json_.find(node, "value") != Json::none && json_.find(node, "unit") == Json::none &&
                json_.find(node, "code") == Json::none)
                f_.error(IssueKind::required_missing, node, "unit", "is missing: a number needs a unit or its code");
    }

    void unit(std::uint32_t observation)
    {
        for (const auto node : nodes_at(json_, observation, "valueQuantity[system=http://unitsofmeasure.org].code"))
            if (!is_ucum(json_.text(node))) f_.error(IssueKind::unknown_code, node, {}, "is no unit of UCUM");
    }

    void performer(std::uint32_t role)
    {
        if (nodes_at(json_, role, "code").empty()) f_.error(IssueKind::required_missing, role, "code", "is missing: who measured must have a role");
        named(role);
        const auto people = nodes_at(json_, role, "practitioner.reference");
        const auto* person = people.empty() ? nullptr : resolve(m_, json_.text(people.front()));
        if (person && nodes_at(json_, person->resource, "telecom[system=phone]").empty())
            f_.error(IssueKind::required_missing, person->resource, "telecom",
                     "is missing: who measured must have a phone number");
    }

    /// Who asked for it is named by initials, or it is said why not.
    void requester(const Entry& organisation)
    {
        for (const auto node : nodes_at(json_, organisation.resource, "contact"))
            if (nodes_at(json_, node, "name.given").empty() &&
                nodes_at(json_, node, "extension[url~data-absent-reason]").empty())
                f_.error(IssueKind::required_missing, node, "name.given",
                         "is missing: the requester's initials, or a data-absent-reason");
    }

    Findings& f_;
    const Message& m_;
    const Json& json_;
};

} // namespace

void check_medcom(Findings& findings)
{
    if (!in_set("event", findings.message.event))
        return findings.error(IssueKind::unsupported_event, findings.message.entries.front().resource, "eventCoding", "is no MedCom message that is taken here");
    MedComCheck(findings).run();
}

} // namespace sluse::fhir
