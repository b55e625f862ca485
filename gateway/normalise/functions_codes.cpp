// gateway/normalise/functions_codes.cpp — identifiers, code systems and codings of HL7 v2: whose number, whose code.
#include "gateway/normalise/functions_hl7.hpp"
#include "gateway/normalise/ucum.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/normalise/json_text.hpp"

#include <algorithm>

namespace sluse {

Authority authority_of(Renderer& renderer, const Value& hd)
{
    const auto plain = [&](unsigned n) {
        const auto text = trimmed(renderer.part(hd, n).text);
        return text == "\"\"" ? std::string_view{} : text;
    };
    return {plain(1), plain(2), plain(3)};
}

// HD as an identifier system; the value column (or $value) names the kind when there is no authority.
Emitted authority(Call& call)
{
    thread_local std::string system;
    const auto kind = !call.row.argument.empty() ? call.row.argument : std::string_view("number");
    identifier_system(*call.renderer.context().system, call.renderer.message().sender, authority_of(call.renderer, call.value), kind, system);
    return call.write_string(system);
}

// EI names its authority in components 2 to 4 of the same value.
Emitted entity_system(Call& call)
{
    thread_local std::string system;
    auto& r = call.renderer;
    const Authority named{trimmed(r.part(call.value, 2).text), trimmed(r.part(call.value, 3).text), trimmed(r.part(call.value, 4).text)};
    const auto kind = !call.row.argument.empty() ? call.row.argument : std::string_view("number");
    identifier_system(*r.context().system, r.message().sender, named, kind, system);
    return call.write_string(system);
}

namespace {

PersonIdentifier& person_of(Call& call)
{
    thread_local PersonIdentifier out;
    thread_local AskedLast asked;
    if (asked.again(call, call.value)) return out;
    auto& r = call.renderer;
    thread_local std::string value;
    value = r.text(r.part(call.value, 1));
    person_identifier(*r.context().system, r.message().sender, authority_of(r, r.part(call.value, 4)), trimmed(r.part(call.value, 5).text), value, out);
    if (value.empty()) out.value.clear();
    return out;
}

} // namespace

Emitted person_system(Call& call)
{
    const auto& person = person_of(call);
    return person.value.empty() ? Emitted::nothing : call.write_string(person.system);
}

Emitted person_value(Call& call)
{
    return call.write_string(person_of(call).value);
}

// dk-core: the CPR number is the official identifier, replacement numbers are temporary.
Emitted person_use(Call& call)
{
    const auto rank = person_of(call).rank();
    return rank == IdentifierRank::cpr ? call.write_string("official") : rank == IdentifierRank::ecpr ? call.write_string("temp") : Emitted::nothing;
}

namespace {

// "2.16.840.1.113883.6.1", with or without "urn:oid:"; false for what only looks like one ("1.2.3").
bool oid_uri(std::string_view text, std::string& out)
{
    if (text.starts_with("urn:oid:")) text.remove_prefix(8);
    return !text.empty() && text[0] >= '0' && text[0] <= '2' && text.find(':') == text.npos && universal_uri({{}, text, "ISO"}, out);
}

} // namespace

// Table 0396 name, OID or URI → code system; a name that nobody has registered is the sender's own.
bool code_system_uri(Renderer& r, std::string_view name, std::string& out)
{
    if (name.empty() || name == "\"\"") return false;
    const auto& configured = r.context().system->code_systems;
    if (const auto found = configured.find(name); found != configured.end()) out = found->second;
    else if (const auto known = r.plan().code_systems.find(name); known != r.plan().code_systems.end()) out = known->second;
    else if (name.starts_with("HL7") && name.size() == 7 && all_digits(name.substr(3))) out = "http://terminology.hl7.org/CodeSystem/v2-" + std::string(name.substr(3));
    else if (oid_uri(name, out)) {}
    else if (name.find(':') != name.npos && name.find(' ') == name.npos && !name.starts_with("urn:oid:")) out = canonical_system(name);
    else {
        identifier_system(SystemSettings{}, r.message().sender, {name, {}, {}}, "codes", out);
        out.replace(0, std::string_view("urn:sluse:id").size(), "urn:sluse:codes");
    }
    return true;
}

Emitted code_system(Call& call)
{
    thread_local std::string uri;
    const auto name = trimmed(call.value.text);
    return code_system_uri(call.renderer, name, uri) ? call.write_string(uri) : Emitted::nothing;
}

Emitted local_system(Call& call)
{
    thread_local std::string system;
    const auto kind = !call.row.argument.empty() ? call.row.argument : std::string_view("number");
    identifier_system(*call.renderer.context().system, call.renderer.message().sender, {}, kind, system);
    return call.write_string(system);
}

// HD alone, as an organisation's identifier: its universal id under the id's own system.
Emitted hd_system(Call& call)
{
    thread_local std::string uri;
    return universal_uri(authority_of(call.renderer, call.value), uri) ? call.write_string("urn:ietf:rfc:3986") : local_system(call);
}

Emitted hd_value(Call& call)
{
    thread_local std::string uri;
    const auto named = authority_of(call.renderer, call.value);
    return call.write_string(universal_uri(named, uri) ? std::string_view(uri) : named.universal_id);
}

void single_blanks(std::string& code)
{
    std::ranges::replace_if(code, [](unsigned char c) { return c < ' '; }, ' ');
    // Not ranges: clang 14, which builds the sanitizers' tests, cannot read g++ 12's subrange.
    code.erase(std::unique(code.begin(), code.end(), [](char a, char b) { return a == ' ' && b == ' '; }), code.end());
}

namespace {

const MappedCode* mapped(Call& call)
{
    const auto table = call.row.codes >= 0 ? call.row.codes : call.frame.codes;
    if (table < 0) return nullptr;
    const auto source = call.renderer.text(call.value.level == 0 ? call.renderer.part(call.value, 1) : call.value);
    const auto* found = source.empty() ? nullptr : call.renderer.plan().tables[static_cast<std::size_t>(table)].find(source);
    return found && !found->code.empty() ? found : nullptr;
}

// Tables that FHIR publishes whole: a code they lack is not of that system, whatever the sender says.
bool in_table(Renderer& r, std::string_view uri, std::string_view code)
{
    constexpr std::string_view v2 = "http://terminology.hl7.org/CodeSystem/v2-";
    if (uri == "http://unitsofmeasure.org") return is_ucum(code);
    const bool country = uri == "urn:iso:std:iso:3166";
    if (!country && !uri.starts_with(v2)) return true;
    const auto& tables = r.plan().v2_tables;
    const auto found = tables.find(country ? std::string_view("ISO3166") : uri.substr(v2.size()));
    return found == tables.end() || found->second.contains(code);
}

/// Where a coded value has one of its three codings, and that coding's OIDs: of its system, of the value set and the set's version.
struct CodingPlace {
    unsigned code, version, system_oid, value_set, value_set_version;
};
constexpr CodingPlace coding_places[] = {{1, 7, 14, 15, 16}, {4, 8, 17, 18, 19}, {10, 13, 20, 21, 22}};

// A name that nobody has registered says less than the OID beside it (components 14, 17, 20).
bool coding_system(Renderer& r, const Value& value, const CodingPlace& place, bool oids, std::string& out)
{
    const bool named = code_system_uri(r, trimmed(r.part(value, place.code + 2).text), out);
    if (!oids || (named && !out.starts_with("urn:sluse:codes:"))) return named;
    const auto oid = trimmed(r.part(value, place.system_oid).text);
    return (oid_uri(oid, out) && code_system_uri(r, oid, out)) || named;
}

void value_set_of(Call& call, const CodingPlace& place)
{
    thread_local std::string uri;
    if (!oid_uri(trimmed(call.renderer.part(call.value, place.value_set).text), uri)) return;
    call.out += R"("extension":[{"url":"http://hl7.org/fhir/StructureDefinition/valueset-reference","valueUri":)";
    append_quoted(call.out, uri);
    if (const auto version = call.renderer.text(call.renderer.part(call.value, place.value_set_version)); !version.empty()) {
        call.out += R"(},{"url":"urn:sluse:extension:v2-value-set-version","valueString":)"; // behind the OID it would be no URI any more
        append_quoted(call.out, version);
    }
    call.out += "}],";
}

} // namespace

// The sender's own coding: components 1–3, or 4–6, 10–12 for the values "4", "10"; its system's version is 7, 8 or 13. Left out when
// the code table took it and no system was named.
Emitted coding(Call& call)
{
    thread_local std::string uri, code;
    auto& r = call.renderer;
    const auto& place = coding_places[call.row.argument == "4" ? 1 : call.row.argument == "10" ? 2 : 0];
    const auto at = place.code;
    const auto plain = call.value.level == 2 || at == 1 ? r.part(call.value, 1) : r.part(call.value, at);
    code = r.text(plain);
    if (code.empty()) return Emitted::nothing;
    single_blanks(code);
    const bool oids = call.value.level == 0 && std::ranges::count(call.value.text, r.message().component) >= 13;
    bool system = coding_system(r, call.value, place, oids, uri);
    if (system && !in_table(r, uri, code)) {
        r.issue(call.value, IssueKind::unknown_code, "is no code of the table or system it is said to be of: kept without a system");
        system = false;
    }
    if (!system && at == 1 && mapped(call)) return Emitted::nothing;
    if (!system && call.row.codes >= 0)
        r.issue(call.value, IssueKind::unknown_code, "is no code of table " + r.plan().tables[static_cast<std::size_t>(call.row.codes)].name + ": kept as sent");
    // SKS is one list with hierarchies; dk-core gives diagnoses (D…) a system of their own.
    if (system && uri == "urn:oid:1.2.208.176.2.4" && code.starts_with('D')) uri += ".12";
    auto& out = call.out;
    out += '{';
    if (oids) value_set_of(call, place);
    if (system) {
        out += "\"system\":";
        append_quoted(out, uri);
        out += ',';
        if (const auto version = r.text(r.part(call.value, place.version)); !version.empty()) {
            out += "\"version\":";
            append_quoted(out, version);
            out += ',';
        }
    }
    out += "\"code\":";
    append_quoted(out, code);
    if (const auto display = r.text(r.part(call.value, at + 1)); !display.empty()) {
        out += ",\"display\":";
        append_quoted(out, display);
    }
    out += '}';
    return Emitted::content;
}

// The row's (or caller's) code table applied to component 1, as a whole Coding.
Emitted mapped_coding(Call& call)
{
    const auto* found = mapped(call);
    if (!found) return Emitted::nothing;
    call.out += found->coding;
    return Emitted::content;
}

// HD as MessageHeader endpoint: a URL when its universal id is one.
Emitted endpoint(Call& call)
{
    const auto named = authority_of(call.renderer, call.value);
    thread_local std::string uri;
    return universal_uri(named, uri) ? call.write_string(uri) : Emitted::nothing;
}

Emitted unit_system(Call& call)
{
    thread_local PersonIdentifier unit;
    return call.renderer.unit_identifier(call.value, unit) ? call.write_string(unit.system) : Emitted::nothing;
}

Emitted unit_value(Call& call)
{
    thread_local PersonIdentifier unit;
    return call.renderer.unit_identifier(call.value, unit) ? call.write_string(unit.value) : Emitted::nothing;
}

bool Renderer::unit_identifier(const Value& value, PersonIdentifier& out)
{
    const auto first = text(part(value, 1));
    out.value = first;
    if (out.value.empty()) return false;
    const auto named = trimmed(part(value, 3).text);
    const bool sor = out.value.size() >= 11 && all_digits(out.value);
    const bool shak_form = out.value.size() >= 6 && out.value.size() <= 7 && all_digits(std::string_view(out.value).substr(0, 4)) && !all_digits(out.value);
    if (sor || named == "SOR") {
        out.system = sor_system;
    } else if (named == "SHAK" || shak_form) {
        out.system = shak_system;
    } else {
        identifier_system(*context_->system, message_->sender, {}, "unit", out.system);
    }
    return true;
}

} // namespace sluse
