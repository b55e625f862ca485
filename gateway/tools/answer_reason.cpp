// gateway/tools/answer_reason.cpp — the three shapes of a refusal over HTTP.
#include "gateway/tools/answer_reason.hpp"

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <initializer_list>

namespace sluse {
namespace {

/// The first of these JSON Pointers (RFC 6901) that leads to a text.
std::string first_text(const rapidjson::Document& body, std::initializer_list<const char*> pointers)
{
    for (const auto* pointer : pointers)
        if (const auto* value = rapidjson::Pointer(pointer).Get(body); value && value->IsString()) return {value->GetString(), value->GetStringLength()};
    return {};
}

} // namespace

std::string reason_in(std::string_view body)
{
    rapidjson::Document read;
    read.Parse(body.data(), body.size());
    if (read.HasParseError()) return {};
    auto place = first_text(read, {"/issues/0/path", "/issue/0/expression/0"});
    if (!place.empty()) place += ": ";
    return place + first_text(read, {"/issues/0/text", "/issue/0/details/text", "/issue/0/diagnostics", "/detail"});
}

} // namespace sluse
