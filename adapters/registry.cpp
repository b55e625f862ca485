// adapters/registry.cpp — the one shared source file a new adapter edits.
#include "adapters/adapter.hpp"
#include "adapters/cda/adapter.hpp"
#include "adapters/edifact/adapter.hpp"
#include "adapters/envelope/envelope.hpp"
#include "adapters/envelope/sbdh.hpp"
#include "adapters/envelope/vans.hpp"
#include "adapters/fhir/adapter.hpp"
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/letter/letter.hpp"
#include "adapters/oioxml/adapter.hpp"
#include "adapters/series/adapter.hpp"
#include "gateway/model/locations.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr Adapter table[] = {
    {"hl7v2", hl7v2::recognises, hl7v2::split, hl7v2::check, hl7v2::acknowledge, hl7v2::normalise, nullptr, nullptr, nullptr, hl7v2::receipts,
     nullptr, hl7v2::continuation, hl7v2::whole},
    {"fhir",  fhir::recognises,  fhir::split,  fhir::check,  fhir::acknowledge,  fhir::normalise,  fhir::identity, fhir::alone, nullptr, fhir::receipts,
     fhir::addressed},
    {"edifact", edifact::recognises, edifact::split, edifact::check, edifact::acknowledge, edifact::normalise, letter::identity, edifact::alone, edifact::join, letter::receipts,
     edifact::addressed},
    {"cda",   cda::recognises,   cda::split,   cda::check,   cda::acknowledge,   cda::normalise  },
    {"oioxml", oioxml::recognises, oioxml::split, oioxml::check, oioxml::acknowledge, oioxml::normalise, letter::identity, nullptr, nullptr, letter::receipts,
     letter::addressed},
    {"vans",  vans::recognises,  envelope::split,  vans::check,  vans::acknowledge,  envelope::normalise,  envelope::identity, nullptr, nullptr, envelope::receipts,
     envelope::addressed},
    {"sbdh",  sbdh::recognises,  envelope::split,  sbdh::check,  sbdh::acknowledge,  envelope::normalise,  envelope::identity, nullptr, nullptr, envelope::receipts,
     envelope::addressed},
    {"series", series::recognises, series::split, series::check, series::acknowledge, series::normalise},
};

} // namespace

std::span<const Adapter> adapters()
{
    return table;
}

const Adapter* adapter_named(std::string_view name)
{
    const auto found = std::ranges::find(table, name, &Adapter::name);
    return found == std::end(table) ? nullptr : found;
}

const Adapter* adapter_for(std::string_view bytes)
{
    const auto found = std::ranges::find_if(table, [&](const Adapter& a) { return a.recognises(bytes); });
    return found == std::end(table) ? nullptr : found;
}

std::string_view alone_of(const Adapter& adapter, std::string_view bytes, std::string_view piece, std::string& own)
{
    if (!adapter.alone || piece.size() == bytes.size()) return piece;
    own = adapter.alone(bytes, piece);
    return own.empty() ? piece : std::string_view(own);
}

std::string_view identity_of(const Adapter* adapter, std::string_view message, const Checked& checked, std::string& own)
{
    if (!adapter || !adapter->identity) return message;
    own = adapter->identity(message, checked);
    return own;
}

void hold_to_locations(const Adapter& adapter, Checked& checked, const Locations& own)
{
    if (own.any() && checked.answer == Answer::accepted && adapter.addressed) adapter.addressed(checked, own);
}

} // namespace sluse
