// gateway/model/contribution.cpp — indicator events as CloudEvents 1.0 structured JSON (schemas/events/indicator-event.schema.json).
#include "gateway/model/contribution.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluse {
namespace {

constexpr std::string_view event_type = "dk.sluse.indicator.delta.v1";
constexpr std::string_view event_source = "urn:sluse:process";

// Written by hand: a writer that looks at each character and keeps a stack of levels takes several times as long for some 700 bytes of
// mostly constant text.
/// Whether some of eight characters is a quote, a backslash or a control character: each byte's highest bit says so of it.
bool special(const char* eight)
{
    constexpr std::uint64_t each = 0x0101010101010101, high = 0x80 * each;
    std::uint64_t word = 0;
    std::memcpy(&word, eight, sizeof word);
    const auto none_of = [&](std::uint64_t value) { return (value - each) & ~value & high; };
    return (((word - 0x20 * each) & ~word & high) | none_of(word ^ (0x22 * each)) | none_of(word ^ (0x5c * each))) != 0;
}

/// Nothing in it that JSON escapes.
bool unescaped(std::string_view text)
{
    if (text.size() < 8) return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
    for (std::size_t i = 0; i + 8 < text.size(); i += 8)
        if (special(text.data() + i)) return false;
    return !special(text.data() + text.size() - 8); // may look at some a second time
}

void value(std::string& out, std::string_view text)
{
    if (unescaped(text)) {
        ((out += '"') += text) += '"';
        return;
    }
    rapidjson::StringBuffer escaped;
    rapidjson::Writer<rapidjson::StringBuffer>(escaped).String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    out.append(escaped.GetString(), escaped.GetSize());
}

/// `before` holds what stands between the value before and this one: comma, name, colon.
void text(std::string& out, std::string_view before, std::string_view said)
{
    out += before;
    value(out, said);
}

/// For what is made here of digits and letters.
void plain(std::string& out, std::string_view before, std::string_view made)
{
    out += before;
    ((out += '"') += made) += '"';
}

void number(std::string& out, std::string_view before, std::int64_t said)
{
    char digits[24];
    out += before;
    out.append(digits, std::to_chars(digits, digits + sizeof digits, said).ptr);
}

/// Dimension names and members, once for writing and reading.
struct DimensionRow {
    const char* name;
    std::string_view before;
    std::string Dimensions::*member;
};
constexpr DimensionRow dimension_rows[] = {
    {"region",       ",\"region\":",       &Dimensions::region      },
    {"municipality", ",\"municipality\":", &Dimensions::municipality},
    {"unit",         ",\"unit\":",         &Dimensions::unit        },
    {"sex",          ",\"sex\":",          &Dimensions::sex         },
    {"ageBand",      ",\"ageBand\":",      &Dimensions::age_band    },
};

void dimensions(std::string& out, const Dimensions& dims)
{
    out += ",\"dimensions\":{";
    const auto first = out.size();
    for (const auto& row : dimension_rows)
        if (!(dims.*row.member).empty()) text(out, out.size() == first ? row.before.substr(1) : row.before, dims.*row.member);
    out += '}';
}

void data(std::string& out, const IndicatorEvent& e)
{
    const auto& c = e.contribution;
    text(out, "{\"indicator\":", e.indicator);
    text(out, ",\"version\":", e.version);
    number(out, ",\"sign\":", e.sign);
    number(out, ",\"numerator\":", c.numerator);
    number(out, ",\"denominator\":", c.denominator);
    if (c.has_value) {
        number(out, ",\"value\":", c.value);
        text(out, ",\"unit\":", e.unit);
    }
    plain(out, ",\"counts\":", iso(c.counts_day));
    plain(out, ",\"matures\":", iso(c.matures_day));
    dimensions(out, c.dims);
    text(out, ",\"episode\":", c.episode);
    text(out, ",\"person\":", e.person);
    text(out, ",\"keyId\":", e.key_id);
    number(out, ",\"sequence\":", static_cast<std::int64_t>(e.sequence));
    text(out, ",\"cause\":{\"message\":", e.cause);
    if (!e.system.empty()) text(out, ",\"system\":", e.system);
    if (!e.rule.empty()) text(out, ",\"rule\":", e.rule);
    out += "}}";
}

std::string string_of(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd() || !found->value.IsString()) return {};
    return {found->value.GetString(), found->value.GetStringLength()};
}

std::optional<std::int64_t> number_of(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd() || !found->value.IsInt64()) return {};
    return found->value.GetInt64();
}

const rapidjson::Value* object_of(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    return found == object.MemberEnd() || !found->value.IsObject() ? nullptr : &found->value;
}

bool read_contribution(const rapidjson::Value& data, Contribution& c)
{
    const auto numerator = number_of(data, "numerator"), denominator = number_of(data, "denominator");
    const auto counts = parse_day(string_of(data, "counts")), matures = parse_day(string_of(data, "matures"));
    const auto* dims = object_of(data, "dimensions");
    if (!numerator || !denominator || !counts || !matures || !dims) return false;
    c.episode = string_of(data, "episode");
    c.counts_day = *counts;
    c.matures_day = *matures;
    c.numerator = *numerator;
    c.denominator = *denominator;
    const auto value = number_of(data, "value");
    c.has_value = value.has_value();
    c.value = value.value_or(0);
    for (const auto& row : dimension_rows) c.dims.*row.member = string_of(*dims, row.name);
    return true;
}

} // namespace

std::string to_cloud_event(const IndicatorEvent& e)
{
    std::string out;
    out.reserve(896);
    append_cloud_event(e, out);
    return out;
}

void append_cloud_event(const IndicatorEvent& e, std::string& out) // patient-free by construction
{
    text(out, "{\"specversion\":\"1.0\",\"id\":", e.id);
    plain(out, ",\"source\":", event_source);
    plain(out, ",\"type\":", event_type);
    plain(out, ",\"time\":", rfc3339(e.received_ms));
    out += ",\"datacontenttype\":\"application/json\",\"data\":";
    data(out, e);
    out += '}';
}

std::optional<IndicatorEvent> parse_cloud_event(std::string_view json)
{
    rapidjson::Document d;
    d.Parse(json.data(), json.size());
    if (d.HasParseError() || !d.IsObject() || string_of(d, "type") != event_type) return {};
    const auto* data = object_of(d, "data");
    const auto received = parse_instant(string_of(d, "time"));
    if (!data || !received) return {};

    IndicatorEvent e;
    const auto sign = number_of(*data, "sign"), sequence = number_of(*data, "sequence");
    const auto* cause = object_of(*data, "cause");
    if (!sign || (*sign != 1 && *sign != -1) || !sequence || *sequence < 0 || !cause) return {};
    if (!read_contribution(*data, e.contribution)) return {};
    e.id = string_of(d, "id");
    e.indicator = string_of(*data, "indicator");
    e.version = string_of(*data, "version");
    e.sign = static_cast<int>(*sign);
    e.unit = string_of(*data, "unit");
    e.person = string_of(*data, "person");
    e.key_id = string_of(*data, "keyId");
    e.sequence = static_cast<std::uint64_t>(*sequence);
    e.cause = string_of(*cause, "message");
    e.system = string_of(*cause, "system");
    e.rule = string_of(*cause, "rule");
    e.received_ms = *received;
    if (e.id.empty() || e.indicator.empty() || e.version.empty() || e.person.empty()) return {};
    return e;
}

} // namespace sluse
