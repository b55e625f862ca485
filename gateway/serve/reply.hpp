// gateway/serve/reply.hpp — an HTTP answer before it is sent, and the two ways of saying no: problem+json and OperationOutcome.
#pragma once

#include "gateway/base/result.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluse::serve {

/// Writes JSON straight into one buffer. Callers nest begin/end in pairs.
class Json {
public:
    Json() : writer_(buffer_) {}
    Json& begin() { return writer_.StartObject(), *this; }
    Json& end() { return writer_.EndObject(), *this; }
    Json& list() { return writer_.StartArray(), *this; }
    Json& end_list() { return writer_.EndArray(), *this; }
    Json& key(std::string_view name) { return writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())), *this; }
    Json& value(std::string_view text) { return writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size())), *this; }
    Json& value(const char* text) { return value(std::string_view(text)); }
    Json& value(const std::string& text) { return value(std::string_view(text)); }
    Json& value(bool flag) { return writer_.Bool(flag), *this; }
    Json& value(std::signed_integral auto number) { return writer_.Int64(number), *this; }
    Json& value(std::unsigned_integral auto number) { return writer_.Uint64(number), *this; }
    Json& value(double number);
    Json& null() { return writer_.Null(), *this; }
    template <class T> Json& value(const std::optional<T>& maybe) { return maybe ? value(*maybe) : null(); }
    /// `json` must be one whole JSON value.
    Json& raw(std::string_view json) { return writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType), *this; }
    template <class T> Json& field(std::string_view name, const T& of) { return key(name).value(of); }
    std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

private:
    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

/// In whose words a route refuses.
enum class Style : std::uint8_t { plain, api, fhir, vans };

/// Plain value. `type` is the Content-Type.
struct Reply {
    unsigned status{200};
    std::string type{"application/json"};
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::int64_t pause_ms{}; ///< read no further from this connection for so long
    bool close{}; ///< the connection cannot go on, for instance because a body was left unread
};

constexpr std::string_view fhir_json = "application/fhir+json";
constexpr std::string_view fhir_xml = "application/fhir+xml";

Reply json_reply(const Json& json, unsigned status = 200);
/// `detail` must hold nothing of the sender's data.
Reply refusal(Style style, unsigned status, std::string_view detail);
/// One OperationOutcome over all issues; without any, one that says `fallback`.
std::string operation_outcome(const Issues& issues, std::string_view fallback, bool accepted);
/// The FHIR issue type of an IssueKind.
std::string_view fhir_issue_type(IssueKind kind);
std::string_view word(IssueKind kind);
std::string_view reason_of(unsigned status);

} // namespace sluse::serve
