// adapters/fhir/national.cpp — the rows of a profile for each resource that claims it, and what a report's entries say of each other.
#include "adapters/fhir/national.hpp"

#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/medcom_rules.hpp"
#include "adapters/fhir/r4_check.hpp"

#include <algorithm>
#include <numeric>

namespace sluse::fhir {
namespace {

constexpr std::string_view kl_base = "http://fhir.kl.dk/gateway/";

/// A profile's name in the tables of rows, of its canonical address.
std::string_view row_name(std::string_view profile)
{
    profile.remove_prefix(profile.rfind('/') + 1);
    profile = profile.substr(0, profile.find('|'));
    return profile == "medcom-core-patient" ? "patient" : profile.starts_with("medcom-") ? profile.substr(7) : profile;
}

bool claimed(Findings& f, std::uint32_t resource, std::string_view base)
{
    bool any = false;
    for (const auto node : nodes_at(f.message.json, resource, "meta.profile")) {
        std::string unescaped;
        const auto profile = f.message.json.view(node, unescaped);
        if (!profile.starts_with(base)) continue;
        any = true;
        check_profile(row_name(profile), resource, f);
    }
    return any;
}

/// Whoever a report tells of is the citizen in it.
void citizen(Findings& f)
{
    for (const auto& entry : f.message.entries) {
        if (entry.resource == Json::none) continue;
        for (const auto node : nodes_at(f.message.json, entry.resource, "subject.reference"))
            if (const auto* found = resolve(f.message, f.message.json.text(node)); !found || found->type != "Patient")
                f.error(IssueKind::unknown_key, node, {}, "does not name the citizen in this report");
    }
}

/// A document or report is about one person: whom its numbers and words belong to must not be a guess.
void one_patient(Findings& f)
{
    bool before = false;
    for (std::size_t i = 0; i < f.message.entries.size(); ++i) {
        if (f.message.entries[i].type != "Patient") continue;
        if (before) f.error(IssueKind::sequence, 0, "entry[" + std::to_string(i) + "].resource", "is a second Patient: a document or report is about one");
        before = true;
    }
}

/// dk-core's profiles differ by version, and what they ask for is no reason to lose what was sent: a claim that is not kept is not passed on.
void core_claims(Findings& f, std::uint32_t resource, std::vector<std::uint32_t>& unknown)
{
    const auto& json = f.message.json;
    for (const auto node : nodes_at(json, resource, "meta.profile")) {
        const auto profile = json.text(node);
        if (!profile.starts_with("http://hl7.dk/fhir/core/")) continue;
        Checked trial;
        Findings found{f.message, trial};
        check_profile(row_name(profile), resource, found);
        if (trial.issues.empty()) continue;
        f.warn(IssueKind::sequence, node, {}, "is not claimed on: " + trial.issues[0].path + ' ' + trial.issues[0].text);
        unknown.push_back(node);
    }
    for (const auto part : nodes_at(json, resource, "contained")) core_claims(f, part, unknown);
}

} // namespace

void repeated_addresses(Findings& f)
{
    const auto& entries = f.message.entries;
    std::vector<std::size_t> order(entries.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto url = [&](std::size_t i) { return std::string_view(entries[i].full_url); };
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(url(i), i); });
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (url(order[i]).empty() || url(order[i]) != url(order[i - 1])) continue;
        // Nobody refers to a Provenance, so that of one that stands twice it is still clear what is meant.
        const bool harmless = entries[order[i]].type == "Provenance" && entries[order[i - 1]].type == "Provenance";
        f.say(harmless ? Severity::warning : Severity::error, IssueKind::duplicate_key, 0, "entry[" + std::to_string(order[i]) + "].fullUrl", "stands twice: each entry has an address of its own");
    }
}

void check_national(Findings& f, std::vector<std::uint32_t>& unknown)
{
    check_r4(0, Severity::error, f, unknown);
    if (f.message.bundle_type == "collection" || f.message.bundle_type == "document") repeated_addresses(f);
    bool report = false;
    if (f.message.type == "Bundle") report = claimed(f, 0, kl_base);
    for (const auto& entry : f.message.entries) {
        if (entry.resource == Json::none) continue;
        claimed(f, entry.resource, kl_base);
        claimed(f, entry.resource, "http://medcomfhir.dk/ig/core/");
        core_claims(f, entry.resource, unknown);
    }
    if (report) citizen(f);
    if (report || f.message.bundle_type == "document") one_patient(f);
}

} // namespace sluse::fhir
