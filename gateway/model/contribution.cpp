// gateway/model/contribution.cpp — indicator events as CloudEvents 1.0 structured JSON (schemas/events/indicator-event.schema.json).
#include "gateway/model/contribution.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace sluse {
namespace {

constexpr std::string_view event_type = "dk.sluse.indicator.delta.v1";
constexpr std::string_view event_source = "urn:sluse:process";

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

void text(Json& j, std::string_view name, std::string_view value)
{
    j.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    j.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void said(Json& j, std::string_view name, std::string_view value)
{
    if (!value.empty()) text(j, name, value);
}

void number(Json& j, std::string_view name, std::int64_t value)
{
    j.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    j.Int64(value);
}

/// Dimension names and members, once for writing and reading.
struct DimensionRow {
    const char* name;
    std::string Dimensions::*member;
};
constexpr DimensionRow dimension_rows[] = {
    {"region",       &Dimensions::region      },
    {"municipality", &Dimensions::municipality},
    {"unit",         &Dimensions::unit        },
    {"sex",          &Dimensions::sex         },
    {"ageBand",      &Dimensions::age_band    },
};

void data(Json& j, const IndicatorEvent& e)
{
    const auto& c = e.contribution;
    text(j, "indicator", e.indicator);
    text(j, "version", e.version);
    number(j, "sign", e.sign);
    number(j, "numerator", c.numerator);
    number(j, "denominator", c.denominator);
    if (c.has_value) {
        number(j, "value", c.value);
        text(j, "unit", e.unit);
    }
    text(j, "counts", iso(c.counts_day));
    text(j, "matures", iso(c.matures_day));
    j.Key("dimensions");
    j.StartObject();
    for (const auto& row : dimension_rows) said(j, row.name, c.dims.*row.member);
    j.EndObject();
    text(j, "episode", c.episode);
    text(j, "person", e.person);
    text(j, "keyId", e.key_id);
    j.Key("sequence");
    j.Uint64(e.sequence);
    j.Key("cause");
    j.StartObject();
    text(j, "message", e.cause);
    said(j, "system", e.system);
    said(j, "rule", e.rule);
    j.EndObject();
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
    // Patient-free by construction; ~700 bytes, so one growth of the buffer at most.
    rapidjson::StringBuffer buffer(nullptr, 1024);
    Json j(buffer);
    j.StartObject();
    text(j, "specversion", "1.0");
    text(j, "id", e.id);
    text(j, "source", event_source);
    text(j, "type", event_type);
    text(j, "time", rfc3339(e.received_ms));
    text(j, "datacontenttype", "application/json");
    j.Key("data");
    j.StartObject();
    data(j, e);
    j.EndObject();
    j.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
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
