// gateway/timeline/resources/patient.cpp — the person: birth, sex, death, and where they live from which day.
#include "gateway/timeline/resources/resource.hpp"

#include "gateway/timeline/codes.hpp"

#include <algorithm>

namespace sluse::resources {
namespace {

constexpr Row rows[] = {
    {"birthDate",        Attr::birth_day, take_day    },
    {"gender",           Attr::sex,       take_text   },
    {"deceasedDateTime", Attr::death_ms,  take_instant},
};

constexpr std::string_view municipality_extension = "dk-core-municipalityCodes";

/// The municipality's code may stand on the address or on the patient, as a CodeableConcept, Coding or code.
std::string municipality_in(const Value& element)
{
    const auto* extensions = find(element, "extension");
    if (!extensions || !extensions->IsArray()) return {};
    for (const auto& e : extensions->GetArray()) {
        if (!text_at(e, "url").ends_with(municipality_extension)) continue;
        for (const auto path : {"valueCodeableConcept.coding.code", "valueCoding.code", "valueCode", "valueString"})
            if (auto code = municipality_code(text_at(e, path)); !code.empty()) return code;
    }
    return {};
}

Fact residence(Day from, std::string municipality, const Version& version)
{
    Fact fact{FactKind::residence, iso(from) + '|' + municipality, {}};
    say(fact, Attr::municipality, std::move(municipality), version);
    say(fact, Attr::valid_from_day, std::int64_t{from}, version);
    return fact;
}

void say_patient(const Parsed& p, const ExtractWork& s, std::vector<Said>& out)
{
    const auto& person = std::ranges::find(s.patients, p.span->id, &Patient::id)->person;
    Fact fact{FactKind::person, {}, {}};
    say_rows(p, s, fact);
    if (!fact.attributes.empty()) out.push_back({person, std::move(fact)});

    const auto said_on = s.context->zone->day_at(s.version.recorded_ms);
    const auto whole = municipality_in(p.document);
    const auto* addresses = find(p.document, "address");
    bool on_address = false;
    if (addresses && addresses->IsArray())
        for (const auto& a : addresses->GetArray()) {
            auto code = municipality_in(a);
            if (code.empty()) continue;
            on_address = true;
            const auto from = full_date(text_at(a, "period.start"));
            out.push_back({person, residence(from.value_or(said_on), std::move(code), s.version)});
        }
    if (!on_address && !whole.empty()) out.push_back({person, residence(said_on, whole, s.version)});
}

} // namespace

const Rule patient{"Patient", FactKind::person, rows, say_patient};

} // namespace sluse::resources
