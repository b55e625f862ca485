// gateway/serve/reply.cpp — problem+json (RFC 9457) and OperationOutcome (FHIR R4).
#include "gateway/serve/reply.hpp"

#include <rapidjson/internal/dtoa.h>

#include <array>
#include <cmath>

namespace sluse::serve {
namespace {

struct StatusRow {
    unsigned status;
    std::string_view reason, fhir_type;
};
constexpr std::array statuses{
    StatusRow{200, "OK", "informational"},
    StatusRow{304, "Not Modified", "informational"},
    StatusRow{400, "Bad Request", "invalid"},
    StatusRow{401, "Unauthorized", "login"},
    StatusRow{403, "Forbidden", "forbidden"},
    StatusRow{404, "Not Found", "not-found"},
    StatusRow{405, "Method Not Allowed", "not-supported"},
    StatusRow{406, "Not Acceptable", "not-supported"},
    StatusRow{408, "Request Timeout", "timeout"},
    StatusRow{411, "Length Required", "invalid"},
    StatusRow{413, "Content Too Large", "too-long"},
    StatusRow{415, "Unsupported Media Type", "not-supported"},
    StatusRow{421, "Misdirected Request", "forbidden"},
    StatusRow{422, "Unprocessable Content", "processing"},
    StatusRow{431, "Request Header Fields Too Large", "too-long"},
    StatusRow{500, "Internal Server Error", "exception"},
    StatusRow{501, "Not Implemented", "not-supported"},
    StatusRow{503, "Service Unavailable", "transient"},
};

struct KindRow {
    IssueKind kind;
    std::string_view word, fhir_type;
};
constexpr std::array kinds{
    KindRow{IssueKind::sequence, "sequence", "structure"},
    KindRow{IssueKind::required_missing, "required-missing", "required"},
    KindRow{IssueKind::wrong_type, "wrong-type", "value"},
    KindRow{IssueKind::unknown_code, "unknown-code", "code-invalid"},
    KindRow{IssueKind::unsupported_type, "unsupported-type", "not-supported"},
    KindRow{IssueKind::unsupported_event, "unsupported-event", "not-supported"},
    KindRow{IssueKind::unsupported_processing, "unsupported-processing", "not-supported"},
    KindRow{IssueKind::unsupported_version, "unsupported-version", "not-supported"},
    KindRow{IssueKind::unknown_key, "unknown-key", "not-found"},
    KindRow{IssueKind::duplicate_key, "duplicate-key", "duplicate"},
    KindRow{IssueKind::too_long, "too-long", "too-long"},
    KindRow{IssueKind::internal, "internal", "transient"},
    KindRow{IssueKind::unmapped, "unmapped", "incomplete"},
};

void append_escaped(char c, std::string& out)
{
    constexpr std::string_view from = "\"\\\b\f\n\r\t", to = "\"\\bfnrt", hex = "0123456789ABCDEF";
    out += '\\';
    if (const auto found = from.find(c); found != from.npos) {
        out += to[found];
        return;
    }
    out += "u00";
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 15];
}

const StatusRow* row_of(unsigned status)
{
    for (const auto& row : statuses)
        if (row.status == status) return &row;
    return nullptr;
}

void outcome_issue(Json& json, std::string_view severity, std::string_view type, std::string_view text, std::string_view path)
{
    json.begin().field("severity", severity).field("code", type);
    json.field("diagnostics", path.empty() ? std::string(text) : std::string(path) + ": " + std::string(text));
    // Issue paths are places in the sender's own format; `expression` is a FHIRPath, so only FHIR-looking ones go there.
    if (path.find('.') != path.npos && path.find('-') == path.npos && path.find(' ') == path.npos)
        json.key("expression").list().value(path).end_list();
    json.end();
}

} // namespace

Json& Json::value(double number)
{
    if (!std::isfinite(number)) return null();
    char digits[32];
    return raw({digits, static_cast<std::size_t>(rapidjson::internal::dtoa(number, digits) - digits)});
}

Json& Json::value(std::string_view text)
{
    separate();
    text_ += '"';
    for (std::size_t at = 0; at < text.size();) {
        auto plain = at;
        while (plain < text.size() && static_cast<unsigned char>(text[plain]) >= 0x20 && text[plain] != '"' && text[plain] != '\\') ++plain;
        text_.append(text, at, plain - at);
        at = plain;
        if (at < text.size()) append_escaped(text[at++], text_);
    }
    text_ += '"';
    return *this;
}

std::string_view reason_of(unsigned status)
{
    const auto* row = row_of(status);
    return row ? row->reason : std::string_view("Unknown");
}

std::string_view fhir_issue_type(IssueKind kind)
{
    for (const auto& row : kinds)
        if (row.kind == kind) return row.fhir_type;
    return "processing";
}

std::string_view word(IssueKind kind)
{
    for (const auto& row : kinds)
        if (row.kind == kind) return row.word;
    return "internal";
}

void write_issues(Json& json, const Issues& issues)
{
    json.key("issues").list();
    for (const auto& issue : issues) {
        json.begin().field("severity", issue.severity == Severity::error ? "error" : "warning").field("kind", word(issue.kind));
        json.field("path", issue.path).field("text", issue.text).end();
    }
    json.end_list();
}

Reply json_reply(Json& json, unsigned status)
{
    Reply reply;
    reply.status = status;
    reply.body = json.take();
    return reply;
}

std::string operation_outcome(const Issues& issues, std::string_view fallback, bool accepted)
{
    Json json;
    json.begin().field("resourceType", "OperationOutcome").key("issue").list();
    for (const auto& issue : issues)
        outcome_issue(json, issue.severity == Severity::error ? "error" : "warning", fhir_issue_type(issue.kind), issue.text, issue.path);
    if (issues.empty()) outcome_issue(json, accepted ? "information" : "error", accepted ? "informational" : "processing", fallback, {});
    json.end_list().end();
    return json.text();
}

Reply refusal(Style style, unsigned status, std::string_view detail)
{
    Reply reply;
    reply.status = status;
    const auto* row = row_of(status);
    Json json;
    if (style == Style::fhir) {
        reply.type = fhir_json;
        json.begin().field("resourceType", "OperationOutcome").key("issue").list();
        outcome_issue(json, "error", row ? row->fhir_type : std::string_view("processing"), detail, {});
        json.end_list().end();
    } else {
        reply.type = "application/problem+json";
        json.begin().field("type", "about:blank").field("title", reason_of(status)).field("status", status).field("detail", detail).end();
    }
    reply.body = json.text();
    if (status == 503) reply.headers.emplace_back("Retry-After", "5");
    if (status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"sluse\"");
    return reply;
}

} // namespace sluse::serve
