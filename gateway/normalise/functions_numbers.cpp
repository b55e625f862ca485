// gateway/normalise/functions_numbers.cpp — numbers, comparators, reference ranges, units of measure.
#include "gateway/normalise/functions_hl7.hpp"

#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/json_text.hpp"
#include "gateway/normalise/ucum.hpp"

#include <cstdlib>

namespace sluse {

// "<= 5" → comparator and rest.
std::string_view comparator_of(std::string_view text)
{
    if (text.starts_with("<=") || text.starts_with(">=")) return text.substr(0, 2);
    if (text.starts_with('<') || text.starts_with('>')) return text.substr(0, 1);
    return {};
}

namespace {

/// "5,4", as Danish senders write where HL7 has a point; "1,234" may be either of two numbers a thousand times apart, and is none.
bool has_decimal_comma(std::string_view text)
{
    const auto comma = text.find(',');
    if (comma == text.npos || text.find_first_of(",.", comma + 1) != text.npos) return false;
    auto whole = text.substr(0, comma);
    if (whole.starts_with('-') || whole.starts_with('+')) whole.remove_prefix(1);
    const auto decimals = text.size() - comma - 1;
    const bool thousands = decimals == 3 && whole.size() <= 3 && !whole.starts_with('0');
    return !whole.empty() && decimals > 0 && !thousands;
}

/// Writes the number, whichever sign its decimals have; whether that was a comma.
enum class Read { none, point, comma };
Read read_decimal(Bytes& out, std::string_view text)
{
    if (append_decimal(out, text)) return Read::point;
    if (!has_decimal_comma(text)) return Read::none;
    thread_local std::string pointed;
    pointed.assign(text);
    pointed[text.find(',')] = '.';
    return append_decimal(out, pointed) ? Read::comma : Read::none;
}

/// The same, and the sender's operator is told of the comma.
bool write_decimal(Call& call, std::string_view text)
{
    const auto read = read_decimal(call.out, text);
    if (read == Read::comma) call.renderer.issue(call.value, IssueKind::wrong_type, "has a decimal comma: read as a point");
    return read != Read::none;
}

} // namespace

bool is_number(std::string_view text)
{
    thread_local Bytes scratch;
    scratch.clear();
    return read_decimal(scratch, text) != Read::none;
}

const char* number_fault(std::string_view text)
{
    if (is_number(text)) return nullptr;
    const bool digits = text.find_first_not_of("0123456789,+-") == text.npos && text.find(',') != text.npos;
    return digits ? "has a comma that may part thousands or decimals: kept as text" : "is no number";
}

Emitted number_value(Call& call)
{
    auto text = call.renderer.text(call.value.level == 0 ? call.renderer.part(call.value, 1) : call.value);
    text = trimmed(text.substr(comparator_of(text).size()));
    return write_decimal(call, text) ? Emitted::content : Emitted::nothing;
}

Emitted comparator(Call& call)
{
    const auto text = call.renderer.text(call.value.level == 0 ? call.renderer.part(call.value, 1) : call.value);
    return call.write_string(comparator_of(text));
}

ReferenceRange limits_of(std::string_view text)
{
    if (const auto sign = comparator_of(text); !sign.empty()) {
        const auto rest = trimmed(text.substr(sign.size()));
        if (!is_number(rest)) return {};
        return sign[0] == '<' ? ReferenceRange{{}, rest} : ReferenceRange{rest, {}};
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
    return !limits.low.empty() && read_decimal(call.out, limits.low) != Read::none ? Emitted::content : Emitted::nothing;
}

Emitted range_high(Call& call)
{
    const auto limits = limits_of(call.renderer.text(call.value));
    return !limits.high.empty() && read_decimal(call.out, limits.high) != Read::none ? Emitted::content : Emitted::nothing;
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
            read_decimal(out, text);
            any = true;
        }
    });
    out += "\"}";
    if (any) return Emitted::content;
    out.cut(mark);
    return Emitted::nothing;
}

namespace {

constexpr std::string_view ucum_system = "http://unitsofmeasure.org";

/// What a unit's field says in codes: nothing when it names UCUM and is not of it, UCUM when it names nothing and the code table knows it.
struct Measure {
    std::string unit, system, code;
};
const Measure& measure_of(Call& call, const Value& field)
{
    thread_local Measure out;
    thread_local AskedLast asked;
    if (asked.again(call, field)) return out;
    auto& r = call.renderer;
    const auto remarks = r.remarks();
    const std::string first(r.text(r.part(field, 1)));
    out.unit = r.text(r.part(field, 2));
    if (out.unit.empty()) out.unit = first;
    out.system.clear();
    out.code.clear();
    if (first.empty()) return out;
    bool named = code_system_uri(r, trimmed(r.part(field, 3).text), out.system);
    if (named && out.system.starts_with("http://terminology.hl7.org/CodeSystem/v2-")) { // no table of HL7's lists units
        named = false;
        out.system.clear();
        r.issue(field, IssueKind::unknown_code, "names a table of HL7's, none of which lists units: kept as text");
    }
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
    if (r.remarks() != remarks) asked.forget();
    return out;
}

} // namespace

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
    if (call.value.segment < 0 || !write_decimal(call, trimmed(text.substr(comparator_of(text).size())))) {
        out.cut(mark);
        return Emitted::nothing;
    }
    const auto& segment = r.message().segments[static_cast<std::size_t>(call.value.segment)].id;
    const auto& measure = measure_of(call, beside(call, segment, static_cast<unsigned>(std::atoi(call.row.argument.data())), 0));
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

} // namespace sluse
