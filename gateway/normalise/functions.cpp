// gateway/normalise/functions.cpp — what the map language cannot say: named functions and predicates that a row may call.
#include "gateway/base/base64.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/functions_text.hpp"
#include "gateway/normalise/json_text.hpp"
#include "gateway/normalise/render.hpp"
#include "gateway/normalise/ucum.hpp"

#include <algorithm>
#include <cstdlib>

namespace sluse {
namespace {

bool all_digits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "<= 5" → comparator and rest.
std::string_view comparator_of(std::string_view text)
{
    if (text.starts_with("<=") || text.starts_with(">=")) return text.substr(0, 2);
    if (text.starts_with('<') || text.starts_with('>')) return text.substr(0, 1);
    return {};
}

bool is_number(std::string_view text)
{
    thread_local Bytes scratch;
    scratch.clear();
    return append_decimal(scratch, text);
}

// A field's whole repetition as it stands, with escapes undone: free text may hold separators by mistake.
Emitted verbatim(Call& call)
{
    return call.write_string(call.renderer.text(call.value));
}

// All values of the source (every repetition, every such segment) as lines of one text.
Emitted join(Call& call)
{
    auto& out = call.out;
    const auto mark = out.size();
    bool any = false;
    out += '"';
    call.renderer.for_each(call.row.from, call.frame, [&](const Value& value) {
        if (value.text == "\"\"") return;
        if (any) out += "\\n";
        append_json(out, call.renderer.text(value));
        any = true;
    });
    out += '"';
    if (any && out.size() > mark + 2) return Emitted::content;
    out.cut(mark);
    return Emitted::nothing;
}

// Components in words: the value column says what stands between them, a blank if nothing.
Emitted words(Call& call)
{
    auto& out = call.out;
    const auto mark = out.size();
    const char separator = call.renderer.message().component;
    bool any = false;
    out += '"';
    auto rest = call.value.text;
    while (!rest.empty()) {
        const auto end = separator ? rest.find(separator) : rest.npos;
        Value part = call.value;
        part.level = 1;
        part.text = rest.substr(0, end);
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        const auto text = call.renderer.text(part);
        if (text.empty()) continue;
        if (any) append_json(out, call.row.argument.empty() ? std::string_view(" ") : std::string_view(call.row.argument));
        append_json(out, text);
        any = true;
    }
    out += '"';
    if (any) return Emitted::content;
    out.cut(mark);
    return Emitted::nothing;
}

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
    const auto kind = !call.row.argument.empty() ? std::string_view(call.row.argument) : std::string_view("number");
    identifier_system(*call.renderer.context().system, call.renderer.message().sender, authority_of(call.renderer, call.value), kind, system);
    return call.write_string(system);
}

// EI names its authority in components 2 to 4 of the same value.
Emitted entity_system(Call& call)
{
    thread_local std::string system;
    auto& r = call.renderer;
    const Authority named{trimmed(r.part(call.value, 2).text), trimmed(r.part(call.value, 3).text), trimmed(r.part(call.value, 4).text)};
    const auto kind = !call.row.argument.empty() ? std::string_view(call.row.argument) : std::string_view("number");
    identifier_system(*r.context().system, r.message().sender, named, kind, system);
    return call.write_string(system);
}

PersonIdentifier& person_of(Call& call)
{
    thread_local PersonIdentifier out;
    auto& r = call.renderer;
    thread_local std::string value;
    value = r.text(r.part(call.value, 1));
    person_identifier(*r.context().system, r.message().sender, authority_of(r, r.part(call.value, 4)), trimmed(r.part(call.value, 5).text), value, out);
    if (value.empty()) out.value.clear();
    return out;
}

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

// Table 0396 name, OID or URI → code system; a name that nobody has registered is the sender's own.
bool code_system_uri(Renderer& r, std::string_view name, std::string& out)
{
    if (name.empty() || name == "\"\"") return false;
    const auto& configured = r.context().system->code_systems;
    if (const auto found = configured.find(name); found != configured.end()) out = found->second;
    else if (const auto known = r.plan().code_systems.find(name); known != r.plan().code_systems.end()) out = known->second;
    else if (name.starts_with("HL7") && name.size() == 7 && all_digits(name.substr(3))) out = "http://terminology.hl7.org/CodeSystem/v2-" + std::string(name.substr(3));
    else if (name.find(':') != name.npos && name.find(' ') == name.npos) out = canonical_system(name);
    else if (name.find('.') != name.npos && std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || c == '.'; }))
        out = canonical_system("urn:oid:" + std::string(name));
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
    const auto kind = !call.row.argument.empty() ? std::string_view(call.row.argument) : std::string_view("number");
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
    if (uri == "urn:iso:std:iso:3166") return code.size() <= 3;
    if (!uri.starts_with(v2)) return true;
    const auto& tables = r.plan().v2_tables;
    const auto found = tables.find(uri.substr(v2.size()));
    return found == tables.end() || found->second.contains(code);
}

// FHIR's codes hold no blanks but single ones.
void single_blanks(std::string& code)
{
    std::ranges::replace_if(code, [](unsigned char c) { return c < ' '; }, ' ');
    // Not ranges: clang 14, which builds the sanitizers' tests, cannot read g++ 12's subrange.
    code.erase(std::unique(code.begin(), code.end(), [](char a, char b) { return a == ' ' && b == ' '; }), code.end());
}

// The sender's own coding: components 1–3, or 4–6 for the value "4". Left out when the code table took it and no system was named.
Emitted coding(Call& call)
{
    thread_local std::string uri, code;
    auto& r = call.renderer;
    const unsigned at = call.row.argument == "4" ? 4 : 1;
    const auto plain = call.value.level == 2 || at == 1 ? r.part(call.value, 1) : r.part(call.value, at);
    code = r.text(plain);
    if (code.empty()) return Emitted::nothing;
    single_blanks(code);
    bool system = code_system_uri(r, trimmed(r.part(call.value, at + 2).text), uri);
    if (system && !in_table(r, uri, code)) {
        r.issue(call.value, IssueKind::unknown_code, "is no code of the HL7 table it is said to be of: kept without a system");
        system = false;
    }
    if (!system && at == 1 && mapped(call)) return Emitted::nothing;
    // SKS is one list with hierarchies; dk-core gives diagnoses (D…) a system of their own.
    if (system && uri == "urn:oid:1.2.208.176.2.4" && code.starts_with('D')) uri += ".12";
    auto& out = call.out;
    out += '{';
    if (system) {
        out += "\"system\":";
        append_quoted(out, uri);
        out += ',';
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

Emitted number_value(Call& call)
{
    auto text = call.renderer.text(call.value.level == 0 ? call.renderer.part(call.value, 1) : call.value);
    text = trimmed(text.substr(comparator_of(text).size()));
    return append_decimal(call.out, text) ? Emitted::content : Emitted::nothing;
}

Emitted comparator(Call& call)
{
    const auto text = call.renderer.text(call.value.level == 0 ? call.renderer.part(call.value, 1) : call.value);
    return call.write_string(comparator_of(text));
}

// Reference range "3.5-5.0", "<5", ">=2": low and high; anything else stays text only.
struct Limits {
    std::string_view low, high;
};
Limits limits_of(std::string_view text)
{
    if (const auto sign = comparator_of(text); !sign.empty()) {
        const auto rest = trimmed(text.substr(sign.size()));
        if (!is_number(rest)) return {};
        return sign[0] == '<' ? Limits{{}, rest} : Limits{rest, {}};
    }
    for (auto dash = text.find('-', 1); dash != text.npos; dash = text.find('-', dash + 1)) {
        const auto low = trimmed(text.substr(0, dash)), high = trimmed(text.substr(dash + 1));
        if (is_number(low) && is_number(high)) return {low, high};
    }
    return {};
}

Emitted range_low(Call& call)
{
    const auto limits = limits_of(call.renderer.text(call.value));
    return !limits.low.empty() && append_decimal(call.out, limits.low) ? Emitted::content : Emitted::nothing;
}

Emitted range_high(Call& call)
{
    const auto limits = limits_of(call.renderer.text(call.value));
    return !limits.high.empty() && append_decimal(call.out, limits.high) ? Emitted::content : Emitted::nothing;
}

// NA: all numbers of all repetitions as one SampledData; HL7 gives no origin and period, FHIR wants both.
Emitted sampled_data(Call& call)
{
    auto& out = call.out;
    const auto mark = out.size();
    out += "{\"origin\":{\"value\":0},\"period\":1,\"dimensions\":1,\"data\":\"";
    bool any = false;
    call.renderer.for_each(call.row.from, call.frame, [&](const Value& value) {
        for (unsigned n = 1; n <= 1000; ++n) {
            const auto part = call.renderer.part(value, n);
            if (part.text.empty()) return;
            const auto text = trimmed(part.text);
            if (!is_number(text)) return;
            if (any) out += ' ';
            append_decimal(out, text);
            any = true;
        }
    });
    out += "\"}";
    if (any) return Emitted::content;
    out.cut(mark);
    return Emitted::nothing;
}

bool is_base64(std::string_view text)
{
    if (text.empty() || text.size() % 4) return false;
    while (text.ends_with('=')) text.remove_suffix(1);
    return std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/'; });
}

Emitted base64(Call& call) // already encoded by the sender
{
    auto text = call.renderer.text(call.value);
    if (!is_base64(text)) {
        call.renderer.issue(call.value, IssueKind::wrong_type, "is no Base64 data");
        return Emitted::nothing;
    }
    return call.write_string(text);
}

Emitted to_base64(Call& call)
{
    const auto text = call.renderer.text(call.value);
    if (text.empty()) return Emitted::nothing;
    call.out += '"';
    call.out += sluse::to_base64(text);
    call.out += '"';
    return Emitted::content;
}

// ED.2/ED.3 as a media type: "application" + "pdf"; the older "TX"/"AP" forms by their meaning.
Emitted media_type(Call& call)
{
    auto& r = call.renderer;
    const unsigned at = call.row.argument == "3" ? 3 : 2; // RP has them one place later
    std::string type(trimmed(r.part(call.value, at).text)), subtype(trimmed(r.part(call.value, at + 1).text));
    std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::ranges::transform(subtype, subtype.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (type.find('/') != type.npos) return call.write_string(type);
    if (type == "ap") type = "application";
    if (type == "im") type = "image";
    if (type == "text" || type == "tx" || type == "ft") type = "text", subtype = subtype.empty() ? "plain" : subtype;
    if (type == "application" && subtype.empty()) subtype = "octet-stream";
    if (type.empty() || subtype.empty() || type.find(' ') != type.npos || subtype.find(' ') != subtype.npos) return Emitted::nothing;
    return call.write_string(type + '/' + subtype);
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

// Telephone: the number as the sender formed it, else "+45 62 525252".
Emitted phone(Call& call)
{
    auto& r = call.renderer;
    const auto whole = r.text(r.part(call.value, 12));
    if (!whole.empty()) return call.write_string(whole);
    std::string out;
    for (const unsigned n : {5u, 6u, 7u, 8u}) {
        const auto part = r.text(r.part(call.value, n));
        if (part.empty()) continue;
        if (!out.empty()) out += n == 8 ? " X" : " ";
        if (n == 5 && !part.starts_with('+')) out += '+';
        out += part;
    }
    if (!out.empty()) return call.write_string(out);
    return call.write_string(r.text(r.part(call.value, 1)));
}

// Codes that senders write in any case.
Emitted upper(Call& call)
{
    std::string text(call.renderer.text(call.value));
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return call.write_string(text);
}

bool predicate_instant(Renderer& r, const Value& value);

// HL7's units of time, in words or as the letter that opens a TQ duration ("M30"), in seconds; 0: not known.
Millis unit_seconds(std::string_view unit)
{
    std::string lower(unit);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower.empty() || lower == "m" || lower.starts_with("min")) return 60;
    if (lower == "s" || lower.starts_with("sec")) return 1;
    if (lower == "h" || lower.starts_with("hr") || lower.starts_with("hour")) return 3600;
    if (lower == "d" || lower.starts_with("day")) return 86400;
    return 0;
}

// "30" with its unit, or "M30": seconds; 0 when it is none.
Millis seconds_of(std::string_view amount, std::string_view unit)
{
    if (!amount.empty() && !all_digits(amount) && all_digits(amount.substr(1))) {
        unit = amount.substr(0, 1);
        amount.remove_prefix(1);
    }
    if (amount.size() > 3 && amount.ends_with(".00")) amount.remove_suffix(3);
    if (!all_digits(amount) || amount.size() > 6) return 0;
    Millis number = 0;
    for (const char c : amount) number = number * 10 + (c - '0');
    return number * unit_seconds(unit);
}

// Another field of the group's segment, by name and number: what a function must look at beside its source.
Value beside(Call& call, std::string_view segment, unsigned field, unsigned component)
{
    SourcePath path;
    path.kind = SourcePath::Kind::segment;
    path.slot = call.renderer.plan().slot(segment);
    path.field = static_cast<std::uint8_t>(field);
    path.component = static_cast<std::uint8_t>(component);
    return path.slot == no_slot || field == 0 ? Value{} : call.renderer.find(path, call.frame);
}

// How long the thing lasts whose start is the value: where its segment says so, else what SCH says of the whole appointment.
Millis lasting(Call& call)
{
    struct Place {
        std::string_view segment;
        unsigned field, component, unit_field, unit_component;
    };
    static constexpr Place places[] = {{"AIS", 7, 1, 8, 1}, {"AIG", 11, 1, 12, 1}, {"AIL", 9, 1, 10, 1}, {"AIP", 9, 1, 10, 1}, {"PR1", 7, 1, 0, 0},
                                       {"TQ1", 6, 1, 6, 2}, {"SCH", 9, 1, 10, 1}, {"SCH", 11, 3, 0, 0}};
    const auto own = call.value.segment < 0 ? std::string_view{} : call.renderer.message().segments[static_cast<std::size_t>(call.value.segment)].id;
    for (const auto& place : places) {
        if (place.segment != own && (place.segment != "SCH" || own == "PR1")) continue;
        const auto amount = beside(call, place.segment, place.field, place.component), unit = beside(call, place.segment, place.unit_field, place.unit_component);
        if (const auto seconds = seconds_of(trimmed(amount.text), trimmed(unit.text))) return seconds;
    }
    return 0;
}

// When it ends: the start and how long it lasts.
Emitted ends(Call& call)
{
    const auto start = call.renderer.text(call.value.level == 0 ? call.renderer.part(call.value, 1) : call.value);
    const auto seconds = lasting(call);
    return seconds > 0 && append_later(call.out, start, seconds * 1000, call.renderer.context()) ? Emitted::content : Emitted::nothing;
}

// Where an appointment's segments say when it is: start, end, how long and in which unit.
struct Timed {
    std::string_view segment;
    unsigned start, start_part, end, end_part, amount, unit;
};
constexpr Timed timed[] = {{"SCH", 11, 4, 11, 5, 9, 10}, {"TQ1", 7, 1, 8, 1, 6, 0}, {"AIS", 4, 1, 0, 0, 7, 8},
                           {"AIL", 6, 1, 0, 0, 9, 10},   {"AIP", 6, 1, 0, 0, 9, 10}, {"AIG", 8, 1, 0, 0, 11, 12}};

/// The first of them in the appointment's group that names an instant.
struct When {
    Value start, end;
    Millis seconds{}; ///< 0: not said
};
When when_of(Call& call)
{
    auto& r = call.renderer;
    const auto& group = *call.frame.group;
    const auto& segments = r.message().segments;
    const auto part = [&](std::uint32_t i, unsigned field, unsigned n) {
        return field ? r.part({segments[i].field(field), 0, static_cast<std::int32_t>(i), static_cast<std::uint8_t>(field)}, n) : Value{};
    };
    for (const auto& t : timed) {
        for (auto i = group.first_segment; i <= group.last_segment; ++i) {
            if (segments[i].id != t.segment) continue;
            When out{part(i, t.start, t.start_part), part(i, t.end, t.end_part), 0};
            if (out.start.empty() || !predicate_instant(r, out.start)) continue;
            out.seconds = seconds_of(trimmed(part(i, t.amount, 1).text), trimmed(t.unit ? part(i, t.unit, 1).text : part(i, t.amount, 2).text));
            if (!out.seconds) out.seconds = lasting(call);
            if (!out.end.empty() && !predicate_instant(r, out.end)) out.end = {};
            return out;
        }
    }
    return {};
}

Emitted appointment_start(Call& call)
{
    const auto when = when_of(call);
    return when.start.empty() ? Emitted::nothing : call.renderer.write_primitive(when.start, Primitive::instant);
}

Emitted appointment_end(Call& call)
{
    const auto when = when_of(call);
    if (!when.end.empty()) return call.renderer.write_primitive(when.end, Primitive::instant);
    const bool known = !when.start.empty() && when.seconds > 0;
    return known && append_later(call.out, call.renderer.text(when.start), when.seconds * 1000, call.renderer.context()) ? Emitted::content : Emitted::nothing;
}

// A duration in whole minutes; its unit stands in the next field.
Emitted minutes(Call& call)
{
    auto& r = call.renderer;
    const auto& segment = r.message().segments[static_cast<std::size_t>(std::max(call.value.segment, 0))].id;
    const auto unit = beside(call, segment, call.value.field + 1u, 1);
    const auto seconds = seconds_of(r.text(call.value.level == 0 ? r.part(call.value, 1) : call.value), trimmed(unit.text));
    if (seconds < 60) return Emitted::nothing;
    call.out += std::to_string(seconds / 60);
    return Emitted::content;
}

constexpr std::string_view ucum_system = "http://unitsofmeasure.org";

/// What a unit's field says in codes: nothing when it names UCUM and is not of it, UCUM when it names nothing and the code table knows it.
struct Measure {
    std::string unit, system, code;
};
const Measure& measure_of(Call& call, const Value& field)
{
    thread_local Measure out;
    auto& r = call.renderer;
    const std::string first(r.text(r.part(field, 1)));
    out.unit = r.text(r.part(field, 2));
    if (out.unit.empty()) out.unit = first;
    out.system.clear();
    out.code.clear();
    if (first.empty()) return out;
    const bool named = code_system_uri(r, trimmed(r.part(field, 3).text), out.system);
    const auto* known = call.row.codes < 0 ? nullptr : r.plan().tables[static_cast<std::size_t>(call.row.codes)].find(first);
    if (named && (out.system != ucum_system || is_ucum(first))) {
        out.code = first;
    } else if (known && !known->code.empty()) {
        out.system = ucum_system;
        out.code = known->code;
    } else if (named) {
        out.system.clear();
        r.issue(field, IssueKind::unknown_code, "is no UCUM unit: kept as text");
    }
    return out;
}

// The unit's system and code, from its field.
Emitted measure_system(Call& call)
{
    return call.write_string(measure_of(call, call.value).system);
}

Emitted measure_code(Call& call)
{
    return call.write_string(measure_of(call, call.value).code);
}

// A number whose unit stands in another field of its segment (the value column: which).
Emitted quantity(Call& call)
{
    auto& r = call.renderer;
    auto& out = call.out;
    const auto mark = out.size();
    out += "{\"value\":";
    const auto text = r.text(call.value.level == 0 ? r.part(call.value, 1) : call.value);
    if (call.value.segment < 0 || !append_decimal(out, trimmed(text.substr(comparator_of(text).size())))) {
        out.cut(mark);
        return Emitted::nothing;
    }
    const auto& segment = r.message().segments[static_cast<std::size_t>(call.value.segment)].id;
    const auto& measure = measure_of(call, beside(call, segment, static_cast<unsigned>(std::atoi(call.row.argument.c_str())), 0));
    const auto add = [&](std::string_view key, std::string_view value) {
        if (value.empty()) return;
        out += key;
        append_quoted(out, value);
    };
    add(",\"unit\":", measure.unit);
    add(",\"system\":", measure.system);
    add(",\"code\":", measure.code);
    out += '}';
    return Emitted::content;
}

// OBR-26 names the result that led to this order (its code and sub-id): found among the results of this message.
Emitted parent_result(Call& call)
{
    auto& r = call.renderer;
    const std::string code(trimmed(r.part(r.part(call.value, 1), 1).text)), sub_id(trimmed(r.part(call.value, 2).text));
    const auto obx = r.plan().slot("OBX");
    if (code.empty() || obx == no_slot) return Emitted::nothing;
    return r.refer("Observation", [&](const Instance&, const GroupInstance& group) {
        const auto index = group.slot[obx];
        if (index < 0) return false;
        const auto& segment = r.message().segments[static_cast<std::size_t>(index)];
        return trimmed(r.part({segment.field(3), 0, index, 3}, 1).text) == code && (sub_id.empty() || trimmed(segment.field(4)) == sub_id);
    });
}

// The other patient of a message about two (link, swap).
Emitted other_patient(Call& call)
{
    return call.renderer.refer("Patient", [](const Instance&, const GroupInstance&) { return true; });
}

// A FHIR id: letters, digits, '-' and '.', at most 64.
Emitted fhir_id(Call& call)
{
    std::string text(call.renderer.text(call.value));
    if (text.size() > 64) text.resize(64);
    for (auto& c : text)
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.') c = '-';
    return call.write_string(text);
}

// The lines of a document that came as one OBX a line (TX, FT, ST), as one text in Base64.
Emitted document_text(Call& call)
{
    thread_local Bytes lines;
    lines.clear();
    auto& r = call.renderer;
    const auto& group = *call.frame.group;
    for (auto i = group.first_segment; i <= group.last_segment; ++i) {
        const auto& segment = r.message().segments[i];
        const auto type = trimmed(segment.field(2));
        if (segment.id != "OBX" || (type != "TX" && type != "FT" && type != "ST")) continue;
        if (const auto state = trimmed(segment.field(11)); state == "D" || state == "W") continue; // taken back
        auto rest = segment.field(5);
        do {
            const auto end = r.message().repetition ? rest.find(r.message().repetition) : rest.npos;
            const Value line{rest.substr(0, end), 0, static_cast<std::int32_t>(i), 5};
            r.touched(line);
            if (!lines.view().empty()) lines += '\n';
            lines += r.text(line);
            rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        } while (!rest.empty());
    }
    if (trimmed(lines.view()).empty()) return Emitted::nothing;
    call.out += '"';
    call.out += sluse::to_base64(lines.view());
    call.out += '"';
    return Emitted::content;
}

struct NamedFunction {
    std::string_view name;
    Function function;
};
constexpr NamedFunction functions[] = {
    {"verbatim",       verbatim      },
    {"join",           join          },
    {"words",          words         },
    {"authority",      authority     },
    {"entity-system",  entity_system },
    {"person-system",  person_system },
    {"person-value",   person_value  },
    {"person-use",     person_use    },
    {"code-system",    code_system   },
    {"mapped-coding",  mapped_coding },
    {"local-system",   local_system  },
    {"hd-system",      hd_system     },
    {"hd-value",       hd_value      },
    {"coding",         coding        },
    {"endpoint",       endpoint      },
    {"number",         number_value  },
    {"comparator",     comparator    },
    {"range-low",      range_low     },
    {"range-high",     range_high    },
    {"sampled-data",   sampled_data  },
    {"base64",         base64        },
    {"to-base64",      to_base64     },
    {"media-type",     media_type    },
    {"unit-system",    unit_system   },
    {"unit-value",     unit_value    },
    {"phone",          phone         },
    {"upper",          upper         },
    {"joined",         joined        },
    {"xhtml",          xhtml         },
    {"cpr-birth",      cpr_birth     },
    {"padded",         padded        },
    {"prefixed",       prefixed      },
    {"unique",         unique        },
    {"decimal",        decimal       },
    {"sks-system",     sks_system    },
    {"telecom-system", telecom_system},
    {"telecom-value",  telecom_value },
    {"ends",           ends          },
    {"minutes",        minutes       },
    {"quantity",       quantity      },
    {"measure-system", measure_system},
    {"measure-code",   measure_code  },
    {"appointment-start", appointment_start},
    {"appointment-end", appointment_end},
    {"document-text",  document_text },
    {"fhir-id",        fhir_id       },
    {"parent-result",  parent_result },
    {"other-patient",  other_patient },
};

bool predicate_number(Renderer& r, const Value& value)
{
    auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    text = trimmed(text.substr(comparator_of(text).size()));
    return is_number(text);
}

bool predicate_base64(Renderer& r, const Value& value)
{
    return is_base64(r.text(value));
}

bool predicate_time(Renderer& r, const Value& value)
{
    thread_local Bytes scratch;
    scratch.clear();
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return r.append_time_of(scratch, text, Primitive::date_time) == nullptr;
}

bool predicate_clock(Renderer& r, const Value& value)
{
    thread_local Bytes scratch;
    scratch.clear();
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return r.append_time_of(scratch, text, Primitive::time) == nullptr;
}

bool predicate_date_only(Renderer& r, const Value& value)
{
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return text.size() <= 8;
}

bool predicate_unit(Renderer& r, const Value& value)
{
    PersonIdentifier unit;
    return r.unit_identifier(value, unit) && (unit.system == sor_system || unit.system == shak_system);
}

bool predicate_url(Renderer& r, const Value& value)
{
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return text.starts_with("http://") || text.starts_with("https://") || text.starts_with("urn:");
}

bool predicate_coded(Renderer& r, const Value& value) // has a code, not only a text
{
    const auto code = trimmed(r.part(value, 1).text);
    return !code.empty() && code != "\"\"";
}

bool predicate_range(Renderer& r, const Value& value)
{
    const auto limits = limits_of(r.text(value));
    return !limits.low.empty() || !limits.high.empty();
}

bool predicate_language(Renderer& r, const Value& value)
{
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return (text.size() == 2 || (text.size() == 5 && text[2] == '-')) && std::islower(static_cast<unsigned char>(text[0]));
}

bool predicate_instant(Renderer& r, const Value& value)
{
    thread_local Bytes scratch;
    scratch.clear();
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return r.append_time_of(scratch, text, Primitive::instant) == nullptr;
}

bool predicate_positive(Renderer& r, const Value& value)
{
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return all_digits(text) && text.find_first_not_of('0') != text.npos;
}

bool predicate_danish(Renderer& r, const Value& value)
{
    const auto whole = r.message().segments[static_cast<std::size_t>(std::max(value.segment, 0))].field(value.field);
    return whole.find("NNDNK") != whole.npos || whole.find("1.2.208.176.1.") != whole.npos || whole.find("^CPR") != whole.npos;
}

// PV1-45 not before PV1-44: FHIR's periods do not run backwards.
bool predicate_after_admission(Renderer& r, const Value& value)
{
    const auto& zone = r.context().system->zone;
    const auto& segment = r.message().segments[static_cast<std::size_t>(std::max(value.segment, 0))];
    const auto start = instant_of(trimmed(segment.field(44)), zone), end = instant_of(trimmed(segment.field(45)), zone);
    if (!start || !end || *start <= *end) return true;
    r.issue(value, IssueKind::wrong_type, "is before the admission (PV1-44): left out");
    return false;
}

bool predicate_event_code(Renderer& r, const Value& value)
{
    const auto found = r.plan().v2_tables.find(std::string_view("0003"));
    return found == r.plan().v2_tables.end() || found->second.contains(value.text);
}

struct NamedPredicate {
    std::string_view name;
    Predicate predicate;
};
constexpr NamedPredicate predicates[] = {
    {"number",   predicate_number   },
    {"base64",   predicate_base64   },
    {"time",     predicate_time     },
    {"clock",    predicate_clock    },
    {"date",     predicate_date_only},
    {"unit",     predicate_unit     },
    {"url",      predicate_url      },
    {"coded",    predicate_coded    },
    {"danish",   predicate_danish   },
    {"event-code", predicate_event_code},
    {"after-admission", predicate_after_admission},
    {"range",    predicate_range    },
    {"language", predicate_language },
    {"instant",  predicate_instant  },
    {"positive", predicate_positive },
    {"decimal",  is_decimal         },
    {"uuid",     is_uuid            },
    {"gln",      is_gln             },
    {"municipality", is_municipality},
    {"cpr",      is_cpr             },
    {"ucum",     is_ucum            },
    {"valid-gln", is_valid_gln      },
    {"sor",      is_sor             },
    {"id",       is_fhir_id         },
};

} // namespace

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

Function function_named(std::string_view name)
{
    const auto* found = std::ranges::find(functions, name, &NamedFunction::name);
    return found == std::end(functions) ? nullptr : found->function;
}

std::vector<std::string_view> function_names()
{
    std::vector<std::string_view> out;
    for (const auto& f : functions) out.push_back(f.name);
    return out;
}

Predicate predicate_named(std::string_view name)
{
    const auto* found = std::ranges::find(predicates, name, &NamedPredicate::name);
    return found == std::end(predicates) ? nullptr : found->predicate;
}

bool predicate_is_local(Predicate predicate)
{
    return predicate != predicate_danish && predicate != predicate_after_admission;
}

std::vector<std::string_view> predicate_names()
{
    std::vector<std::string_view> out{"repeated"};
    for (const auto& p : predicates) out.push_back(p.name);
    return out;
}

} // namespace sluse
