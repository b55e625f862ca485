// gateway/timeline/resources/elements.cpp — reading FHIR elements: paths, codes, times, numbers, references.
#include "gateway/timeline/resources/resource.hpp"

#include "gateway/timeline/codes.hpp"

#include <algorithm>

namespace sluse::resources {

std::string_view text(const Value& v)
{
    return v.IsString() ? std::string_view(v.GetString(), v.GetStringLength()) : std::string_view();
}

const Value* find(const Value& from, std::string_view path)
{
    const Value* at = &from;
    while (!path.empty()) {
        if (at->IsArray()) at = at->Empty() ? nullptr : &(*at)[0];
        if (!at || !at->IsObject()) return nullptr;
        const auto dot = path.find('.');
        const auto name = path.substr(0, dot);
        path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
        const auto member = at->FindMember(Value(rapidjson::StringRef(name.data(), name.size()))); // bare, it would decay to a C string
        if (member == at->MemberEnd()) return nullptr;
        at = &member->value;
    }
    return at;
}

std::string_view text_at(const Value& from, std::string_view path)
{
    const auto* value = find(from, path);
    return value ? text(*value) : std::string_view();
}

std::string_view id_of_reference(std::string_view reference)
{
    const auto history = reference.find("/_history");
    reference = reference.substr(0, history);
    const auto cut = reference.find_last_of("/:");
    return cut == reference.npos ? reference : reference.substr(cut + 1);
}

std::optional<Day> full_date(std::string_view value)
{
    return value.size() >= 10 ? parse_day(value.substr(0, 10)) : std::nullopt;
}

std::optional<std::int64_t> scaled(std::string_view number)
{
    const bool negative = number.starts_with('-');
    if (negative) number.remove_prefix(1);
    if (number.empty() || number.find_first_of("eE") != number.npos) return {};
    std::int64_t value = 0;
    int decimals = -1;
    for (const char c : number) {
        if (c == '.' && decimals < 0) decimals = 0;
        else if (c < '0' || c > '9') return {};
        else if (decimals < 6) {
            if (value > (INT64_MAX - 9) / 10) return {};
            value = value * 10 + (c - '0');
            if (decimals >= 0) ++decimals;
        }
    }
    for (int i = std::max(decimals, 0); i < 6; ++i)
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value)) return {};
    return negative ? -value : value;
}

const Value* best_coding(const Value& concept_)
{
    const auto* codings = find(concept_, "coding");
    if (!codings || !codings->IsArray()) return nullptr;
    const Value* best = nullptr;
    int preference = -1;
    for (const auto& coding : codings->GetArray()) {
        const auto worth = code_preference(text_at(coding, "system"));
        if (text_at(coding, "code").empty() || worth <= preference) continue;
        best = &coding;
        preference = worth;
    }
    return best;
}

namespace {

/// An instant, or the local midnight of a bare date; poorer precision says nothing about order and is left out.
std::optional<Millis> instant_of(std::string_view value, const Zone& zone)
{
    if (value.size() > 10) return parse_instant(value);
    const auto day = full_date(value);
    return day ? zone.to_instant(*day, 0) : std::nullopt;
}

/// SOR before SHAK before what else the organisation is called by.
std::string_view organisation_number(const Value& organisation)
{
    static constexpr std::string_view order[] = {"urn:oid:1.2.208.176.1.1", "urn:oid:1.2.208.176.1.8"};
    const auto* identifiers = find(organisation, "identifier");
    if (!identifiers || !identifiers->IsArray()) return text_at(organisation, "identifier.value");
    for (const auto system : order)
        for (const auto& i : identifiers->GetArray())
            if (text_at(i, "system") == system) return text_at(i, "value");
    return text_at(organisation, "identifier.value");
}

} // namespace

Taken take_text(const Value& v, const ExtractWork&)
{
    const auto said = text(v);
    return said.empty() ? Taken() : FactValue(std::string(said));
}

Taken take_day(const Value& v, const ExtractWork&)
{
    const auto day = full_date(text(v));
    return day ? Taken(std::int64_t{*day}) : Taken();
}

Taken take_instant(const Value& v, const ExtractWork& s)
{
    const auto at = instant_of(text(v), *s.context->zone);
    return at ? Taken(*at) : Taken();
}

Taken take_coding_code(const Value& v, const ExtractWork&)
{
    const auto code = text_at(v, "coding.code");
    return code.empty() ? Taken() : FactValue(std::string(code));
}

Taken take_code(const Value& v, const ExtractWork&)
{
    if (const auto* coding = best_coding(v)) return FactValue(normal_code(text_at(*coding, "system"), text_at(*coding, "code")).code);
    const auto words = text_at(v, "text");
    return words.empty() ? Taken() : FactValue(std::string(words));
}

Taken take_code_system(const Value& v, const ExtractWork&)
{
    const auto* coding = best_coding(v);
    if (!coding || text_at(*coding, "system").empty()) return {};
    return FactValue(normal_code(text_at(*coding, "system"), text_at(*coding, "code")).system);
}

Taken take_coded_value(const Value& v, const ExtractWork&)
{
    const auto code = text_at(v, "coding.code");
    const auto said = code.empty() ? text_at(v, "text") : code;
    return said.empty() ? Taken() : FactValue(std::string(said));
}

Taken take_scaled(const Value& v, const ExtractWork&)
{
    const auto number = scaled(text(v));
    return number ? Taken(*number) : Taken();
}

Taken take_unit(const Value& reference, const ExtractWork& s)
{
    auto number = text_at(reference, "identifier.value");
    if (number.empty())
        if (const auto* organisation = s.resource("Organization", id_of_reference(text_at(reference, "reference")))) {
            number = organisation_number(*organisation);
            if (number.empty()) number = text_at(*organisation, "name");
        }
    return number.empty() ? Taken() : FactValue(std::string(number));
}

Taken take_place(const Value& reference, const ExtractWork& s)
{
    const Value* place = nullptr;
    auto next = id_of_reference(text_at(reference, "reference"));
    for (int depth = 0; depth < 4 && !next.empty(); ++depth) { // bed ⊂ room ⊂ ward ⊂ …
        const auto* above = s.resource("Location", next);
        if (!above) break;
        const auto level = text_at(*above, "physicalType.coding.code");
        if (!place || level == "wa" || level == "poc") place = above;
        if (level == "wa" || level == "poc" || level.empty()) break;
        next = id_of_reference(text_at(*above, "partOf.reference"));
    }
    if (!place) return {};
    auto number = text_at(*place, "identifier.value");
    if (number.empty()) number = text_at(*place, "name");
    return number.empty() ? Taken() : FactValue(std::string(number));
}

Taken take_contact_key(const Value& reference, const ExtractWork& s)
{
    const auto id = id_of_reference(text_at(reference, "reference"));
    return id.empty() ? Taken() : FactValue(s.contact_key(id));
}

Taken take_key(const Value& reference, const ExtractWork& s)
{
    const auto whole = text_at(reference, "reference");
    if (const auto id = id_of_reference(whole); !id.empty()) {
        for (const auto& p : s.parsed)
            if (p.span->id == id && p.read()) return FactValue(s.business_key(p.document, id));
        return FactValue("id|" + std::string(id));
    }
    const auto value = text_at(reference, "identifier.value");
    if (value.empty()) return {};
    const auto system = text_at(reference, "identifier.system");
    return FactValue(std::string(system.empty() ? s.context->system : system) + '|' + std::string(value));
}

Taken take_medication(const Value& reference, const ExtractWork& s)
{
    const auto* medication = s.resource("Medication", id_of_reference(text_at(reference, "reference")));
    const auto* code = medication ? find(*medication, "code") : nullptr;
    return code ? take_code(*code, s) : Taken();
}

} // namespace sluse::resources
