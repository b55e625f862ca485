// gateway/serve/reply.hpp — an HTTP answer before it is sent, and the two ways of saying no: problem+json and OperationOutcome.
#pragma once

#include "gateway/base/result.hpp"

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluse::serve {

/// Writes JSON straight into one text. Callers nest begin/end in pairs; names of members are the program's own and need no escapes.
class Json {
public:
    Json& begin() { return open('{'); }
    Json& end() { return close('}'); }
    Json& list() { return open('['); }
    Json& end_list() { return close(']'); }
    Json& key(std::string_view name)
    {
        separate();
        text_ += '"';
        text_ += name;
        text_ += "\":";
        comma_ = false;
        return *this;
    }
    Json& value(std::string_view text);
    Json& value(const char* text) { return value(std::string_view(text)); }
    Json& value(const std::string& text) { return value(std::string_view(text)); }
    Json& value(bool flag) { return raw(flag ? "true" : "false"); }
    Json& value(std::integral auto number)
    {
        char digits[24];
        return raw({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)});
    }
    Json& value(double number);
    Json& null() { return raw("null"); }
    template <class T> Json& value(const std::optional<T>& maybe) { return maybe ? value(*maybe) : null(); }
    /// `json` must be one whole JSON value.
    Json& raw(std::string_view json)
    {
        separate();
        text_ += json;
        return *this;
    }
    template <class T> Json& field(std::string_view name, const T& of) { return key(name).value(of); }
    const std::string& text() const { return text_; }
    std::string take() { return std::move(text_); }

private:
    Json& open(char bracket)
    {
        separate();
        text_ += bracket;
        comma_ = false;
        return *this;
    }
    Json& close(char bracket)
    {
        text_ += bracket;
        comma_ = true;
        return *this;
    }
    void separate()
    {
        if (comma_) text_ += ',';
        comma_ = true;
    }
    std::string text_;
    bool comma_{}; ///< something stands before what comes next
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

Reply json_reply(Json& json, unsigned status = 200); ///< takes the text
/// `detail` must hold nothing of the sender's data.
Reply refusal(Style style, unsigned status, std::string_view detail);
/// One OperationOutcome over all issues; without any, one that says `fallback`.
std::string operation_outcome(const Issues& issues, std::string_view fallback, bool accepted);
/// The FHIR issue type of an IssueKind.
std::string_view fhir_issue_type(IssueKind kind);
std::string_view word(IssueKind kind);
/// The member `issues` in an object that is open.
void write_issues(Json& json, const Issues& issues);
std::string_view reason_of(unsigned status);

} // namespace sluse::serve
