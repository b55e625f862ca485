// gateway/intake/file_report.cpp — the report beside a file that is done with.
#include "gateway/intake/file_report.hpp"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>

namespace sluse {
namespace {

/// A name as JSON can hold it: a byte that is part of no UTF-8 stands as a shell would list it.
std::string shown(const std::string& name)
{
    rapidjson::StringStream in(name.c_str());
    rapidjson::StringBuffer valid;
    while (in.Peek() != '\0')
        if (!rapidjson::UTF8<>::Validate(in, valid)) {
            std::string out;
            for (const char c : name) {
                const auto byte = static_cast<unsigned char>(c);
                if (byte < 0x80) out += c;
                else ((((out += '\\') += static_cast<char>('0' + (byte >> 6))) += static_cast<char>('0' + (byte >> 3 & 7)))) += static_cast<char>('0' + (byte & 7));
            }
            return out;
        }
    return name;
}

void write_issues(rapidjson::PrettyWriter<rapidjson::StringBuffer>& json, const Issues& issues)
{
    json.Key("issues");
    json.StartArray();
    for (const auto& issue : issues) {
        json.StartObject();
        json.Key("severity");
        json.String(issue.severity == Severity::error ? "error" : "warning");
        json.Key("path");
        json.String(issue.path);
        json.Key("text");
        json.String(issue.text);
        json.EndObject();
    }
    json.EndArray();
}

} // namespace

std::string report_of(const std::string& name, const std::vector<Receipt>& receipts, const Issues& issues)
{
    rapidjson::StringBuffer buffer;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> json(buffer);
    const auto accepted = std::ranges::count(receipts, Answer::accepted, &Receipt::answer);
    json.StartObject();
    json.Key("file");
    json.String(shown(name));
    json.Key("accepted");
    json.Int64(accepted);
    json.Key("refused");
    json.Int64(static_cast<std::int64_t>(receipts.size()) - accepted);
    write_issues(json, issues);
    json.Key("messages");
    json.StartArray();
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        const auto& r = receipts[i];
        json.StartObject();
        json.Key("message");
        json.Uint64(i + 1);
        json.Key("answer");
        json.String(std::string(word(r.answer)));
        json.Key("id");
        if (r.id == Ulid{}) json.Null();
        else json.String(r.id.text());
        json.Key("system");
        json.String(r.system);
        json.Key("type");
        json.String(r.type);
        json.Key("controlId");
        json.String(r.control_id);
        write_issues(json, r.issues);
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + '\n';
}

} // namespace sluse
