// adapters/fhir/one_person.cpp — Patients of a Bundle, and whom its other resources name as theirs.
#include "adapters/fhir/one_person.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

class OnePerson {
public:
    OnePerson(Findings& findings, const SystemSettings& settings) : f_(findings), m_(findings.message), json_(m_.json), settings_(settings) {}

    void run()
    {
        for (const auto& entry : m_.entries)
            if (entry.type == "Patient" && entry.resource != Json::none) patient(entry);
        for (const auto& entry : m_.entries)
            if (entry.resource != Json::none) subject(entry.resource);
    }

private:
    static constexpr std::size_t patients_max = 16; ///< of one person: records joined with each other

    /// One with the id or a number of another's is the same, and so is one whose record was joined with it.
    void patient(const Entry& entry)
    {
        auto numbers = identifiers_of(json_, entry.resource, settings_, f_.out.system, true);
        const auto known = [&](const PersonIdentifier& one) { return std::ranges::find(known_, one) != known_.end(); };
        const bool joined = json_.find(entry.resource, "link") != Json::none;
        if (!entry.id.empty()) numbers.push_back(server_identifier(settings_, f_.out.system, entry.id));
        const bool same = joined || joined_ || std::ranges::any_of(numbers, known);
        if (!patients_.empty() && (!same || patients_.size() == patients_max))
            return f_.error(IssueKind::sequence, entry.resource, {}, "is a second Patient: a message is about one, so send each person's as its own");
        patients_.push_back(&entry);
        joined_ |= joined;
        known_.insert(known_.end(), numbers.begin(), numbers.end());
    }

    /// Numbers of different systems may be one person's; of one system they are not.
    void subject(std::uint32_t resource)
    {
        for (const auto* name : {"subject", "patient", "for", "beneficiary"}) {
            const auto node = json_.find(resource, name);
            if (node == Json::none || json_[node].kind != JsonKind::object) continue;
            const auto reference = json_.text(node, "reference");
            if (std::ranges::any_of(patients_, [&](const Entry* one) { return names(reference, *one); })) continue;
            PersonIdentifier one;
            const auto identifier = json_.find(node, "identifier");
            const bool person = json_.text(node, "type").empty() || json_.text(node, "type") == "Patient";
            if (person && identifier != Json::none && read_identifier(json_, identifier, settings_, f_.out.system, true, one)) {
                if (one.system == cpr_system) same(one, node);
            } else if (patients_.empty()) {
                if (const auto id = patient_id(reference); !id.empty()) same(server_identifier(settings_, f_.out.system, id), node);
            }
        }
    }

    void same(const PersonIdentifier& one, std::uint32_t node)
    {
        const auto before = std::ranges::find(known_, one.system, &PersonIdentifier::system);
        const bool is_known = std::ranges::find(known_, one) != known_.end();
        if (before != known_.end() && !is_known && !joined_)
            return f_.error(IssueKind::sequence, node, {}, "is another person than the one before: a message is about one, so send each person's as its own");
        if (!is_known && before == known_.end()) known_.push_back(one);
    }

    /// As resolve() finds an entry, without looking at all the others.
    static bool names(std::string_view reference, const Entry& patient)
    {
        if (reference.empty()) return false;
        return patient.full_url == reference || (reference.starts_with("Patient/") && (reference.substr(8) == patient.id || patient.full_url.ends_with(reference)));
    }

    static std::string_view patient_id(std::string_view reference)
    {
        reference = reference.substr(0, reference.find("/_history/"));
        const auto at = reference.rfind("Patient/");
        return at == reference.npos || (at > 0 && reference[at - 1] != '/') ? std::string_view() : reference.substr(at + 8);
    }

    Findings& f_;
    const Message& m_;
    const Json& json_;
    const SystemSettings& settings_;
    std::vector<PersonIdentifier> known_;
    std::vector<const Entry*> patients_;
    bool joined_{};
};

} // namespace

void check_one_person(Findings& findings, const SystemSettings& settings)
{
    if (findings.message.type == "Bundle") OnePerson(findings, settings).run();
}

} // namespace sluse::fhir
