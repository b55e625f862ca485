// adapters/addressed.cpp — which formats name a receiver, and the receivers of what came in an envelope.
#include "adapters/addressed.hpp"

#include "adapters/envelope/envelope.hpp"

#include <algorithm>
#include <iterator>

namespace sluse {
namespace {

struct Row {
    std::string_view format;
    void (*addressed)(Checked& checked, const Locations& own);
};
constexpr Row rows[] = {
    {"fhir", fhir::addressed}, {"edifact", edifact::addressed}, {"oioxml", letter::addressed}, {"vans", envelope::addressed}, {"sbdh", envelope::addressed},
};

} // namespace

void hold_to_locations(const Adapter& adapter, Checked& checked, const Locations& own)
{
    const auto row = std::ranges::find(rows, adapter.name, &Row::format);
    if (own.any() && checked.answer == Answer::accepted && row != std::end(rows)) row->addressed(checked, own);
}

void edifact::addressed(Checked& checked, const Locations& own)
{
    letter::addressed(checked, own);
    if (checked.answer == Answer::accepted || !checked.issues.front().path.ends_with("/EANIdentifier")) return;
    checked.issues.front().path = "UNB-3.1"; // the location number that a letter names is its interchange's
}

void envelope::addressed(Checked& checked, const Locations& own)
{
    auto* enveloped = static_cast<Enveloped*>(checked.decoded.get());
    if (!enveloped || !enveloped->inner) return;
    auto& within = enveloped->checked;
    hold_to_locations(*enveloped->inner, within, own);
    if (within.answer != Answer::accepted) {
        checked.answer = within.answer;
        checked.issues.insert(checked.issues.begin(), within.issues.front());
        return;
    }
    const auto& receiver = enveloped->wrapper.receiver;
    if (receiver.type != "EAN" || own.find(receiver.id, {}, {}) != Addressed::unknown_location) return;
    checked.answer = Answer::content_error;
    checked.issues.insert(checked.issues.begin(), error(IssueKind::unknown_key, "VANSEnvelope/ReceiverID", "is no location number of this gateway"));
}

} // namespace sluse
