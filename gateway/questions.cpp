// gateway/questions.cpp — asks the gateway's API and reads what it says.
#include "gateway/questions.hpp"

#include "gateway/tools/answer_reason.hpp"
#include "gateway/tools/api_client.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cstdio>
#include <fstream>

namespace sluse {
namespace {

constexpr const char* default_base = "http://127.0.0.1:8080";

std::string token_in(const std::string& file)
{
    std::string token;
    if (!file.empty()) std::getline(std::ifstream(file) >> std::ws, token);
    return token;
}

} // namespace

void print(const Table& table)
{
    fmt::print("{}", to_text(table));
}

std::optional<rapidjson::Document> ask(const ApiOptions& api, const std::string& method, const std::string& target, int& code)
{
    const auto answer = api_request(api.base.empty() ? default_base : api.base, method, target, token_in(api.token_file), 10 * minute_ms);
    if (!answer) {
        fmt::print(stderr, "{}; is the gateway running? Say where with --api\n", answer.error().where);
        code = exit_unavailable;
        return {};
    }
    rapidjson::Document document;
    document.Parse(answer->body.data(), answer->body.size());
    const bool good = answer->status < 300 && !document.HasParseError();
    code = good ? exit_ok : exit_refused;
    if (!good) {
        const auto reason = reason_in(answer->body);
        fmt::print(stderr, "{} {}: {}\n", method, target, reason.empty() ? fmt::format("HTTP {}", answer->status) : reason);
        return {};
    }
    if (api.output == "json") {
        fmt::print("{}\n", answer->body);
        return {};
    }
    return document;
}

std::string text(const rapidjson::Value& object, const char* name)
{
    if (!object.IsObject() || !object.HasMember(name)) return "";
    const auto& value = object[name];
    if (value.IsString()) return value.GetString();
    if (value.IsInt64()) return std::to_string(value.GetInt64());
    if (value.IsDouble()) return fmt::format("{:.2f}", value.GetDouble());
    if (value.IsBool()) return value.GetBool() ? "yes" : "";
    return "";
}

std::string encoded(const std::string& value)
{
    std::string out;
    for (const char c : value) out += std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-._~").find(c) != std::string_view::npos
                                          ? std::string(1, c)
                                          : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return out;
}

} // namespace sluse
