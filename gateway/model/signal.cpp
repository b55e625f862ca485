// gateway/model/signal.cpp — signals as CloudEvents, written and read.
#include "gateway/model/signal.hpp"

#include "gateway/base/ids.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace sluse {
namespace {

constexpr const char* source = "urn:sluse:process";
constexpr const char* type = "dk.sluse.signal.v1";

struct Member {
    const char* name;
    std::string Signal::*member;
};
/// Members of data that are text; those that say nothing are left out.
constexpr Member members[] = {
    {"kind", &Signal::kind}, {"watch", &Signal::watch}, {"what", &Signal::what}, {"person", &Signal::person}, {"episode", &Signal::episode},
    {"keyId", &Signal::key_id}, {"unit", &Signal::unit}, {"indicator", &Signal::indicator}, {"version", &Signal::version}, {"by", &Signal::by},
    {"group", &Signal::group}, {"period", &Signal::period}, {"cause", &Signal::cause},
};

std::string text_of(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    return found != object.MemberEnd() && found->value.IsString() ? std::string(found->value.GetString(), found->value.GetStringLength()) : std::string();
}

} // namespace

std::string to_cloud_event(const Signal& signal)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> j(buffer);
    const auto text = [&](const char* name, const std::string& value) { j.Key(name), j.String(value); };
    j.StartObject();
    text("specversion", "1.0");
    text("id", signal.id);
    text("source", source);
    text("type", type);
    text("time", rfc3339(signal.told_ms));
    text("datacontenttype", "application/json");
    j.Key("data");
    j.StartObject();
    for (const auto& row : members)
        if (const auto& value = signal.*row.member; !value.empty()) text(row.name, value);
    j.Key("sign");
    j.Int(signal.sign);
    text("on", iso(signal.on));
    j.EndObject();
    j.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

std::optional<Signal> parse_signal(std::string_view json)
{
    rapidjson::Document document;
    document.Parse(json.data(), json.size());
    if (document.HasParseError() || !document.IsObject() || text_of(document, "type") != type) return {};
    const auto data = document.FindMember("data");
    const auto told = parse_instant(text_of(document, "time"));
    if (data == document.MemberEnd() || !data->value.IsObject() || !told) return {};
    Signal signal;
    signal.id = text_of(document, "id");
    signal.told_ms = *told;
    for (const auto& row : members) signal.*row.member = text_of(data->value, row.name);
    const auto sign = data->value.FindMember("sign");
    const auto on = parse_day(text_of(data->value, "on"));
    if (sign == data->value.MemberEnd() || !sign->value.IsInt() || !on) return {};
    signal.sign = sign->value.GetInt();
    signal.on = *on;
    return signal;
}

void name_signal(Signal& signal, std::string_view nth)
{
    std::string all = iso(signal.on) + '\x1f' + std::to_string(signal.sign) + '\x1f' + std::string(nth);
    for (const auto& row : members) (all += '\x1f') += signal.*row.member;
    signal.id = hex(view(sha256(all)).substr(0, 16));
}

} // namespace sluse
