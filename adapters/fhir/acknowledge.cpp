// adapters/fhir/acknowledge.cpp — the answer as an OperationOutcome, or as MedCom wants it; in the syntax of the question.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/xml.hpp"
#include "adapters/xml/document.hpp"

namespace sluse::fhir {

std::string_view issue_type(IssueKind kind)
{
    switch (kind) {
    case IssueKind::sequence: return "structure";
    case IssueKind::required_missing: return "required";
    case IssueKind::wrong_type: return "value";
    case IssueKind::unknown_code: return "code-invalid";
    case IssueKind::unsupported_type:
    case IssueKind::unsupported_event:
    case IssueKind::unsupported_processing:
    case IssueKind::unsupported_version: return "not-supported";
    case IssueKind::unknown_key: return "not-found";
    case IssueKind::duplicate_key: return "duplicate";
    case IssueKind::too_long: return "too-long";
    case IssueKind::internal: return "exception";
    case IssueKind::unmapped: return "incomplete";
    }
    return "invalid";
}

namespace {

void append_issue(std::string_view severity, std::string_view code, std::string_view text, std::string_view place, std::string& out)
{
    out += out.ends_with('[') ? "{" : ",{";
    ((out += "\"severity\":\"") += severity) += "\",\"code\":\"";
    (out += code) += "\",\"details\":{\"text\":";
    append_json_string(text, out);
    out += '}';
    if (place.starts_with("line ")) { // no FHIRPath, since there is no tree yet
        out += ",\"diagnostics\":";
        append_json_string(place, out);
    } else if (!place.empty()) {
        out += ",\"expression\":[";
        append_json_string(place, out);
        out += ']';
    }
    out += '}';
}

std::string operation_outcome(const Checked& checked, Answer answer, const AckStamp& stamp)
{
    std::string out = "{\"resourceType\":\"OperationOutcome\",\"issue\":[";
    if (answer == Answer::accepted) append_issue("information", "informational", "Stored as message " + stamp.message, {}, out);
    if (answer == Answer::store_failed) append_issue("error", "transient", "The message could not be stored; send it again later", {}, out);
    for (const auto& issue : checked.issues) {
        const bool fatal = issue.severity == Severity::error && !checked.decoded;
        append_issue(fatal ? "fatal" : issue.severity == Severity::error ? "error" : "warning", issue_type(issue.kind), issue.text, issue.path, out);
    }
    if (out.ends_with('[')) append_issue("error", "processing", "The message was refused", {}, out);
    return out += "]}";
}

/// What the sender of a transaction or batch reads (R4, http.html#transaction-response): an entry for each of its own, in their order. All were
/// taken or none, and none is worked on yet: 202. What there is to tell of the whole stands in the first.
std::string bundle_response(const Message& message, std::string_view outcome)
{
    std::string out = R"({"resourceType":"Bundle","type":")" + message.bundle_type + R"(-response","entry":[)";
    for (std::size_t i = 0; i < message.entries.size(); ++i) {
        out += i == 0 ? R"({"response":{"status":"202 Accepted","outcome":)" : R"(,{"response":{"status":"202 Accepted")";
        if (i == 0) out += outcome;
        out += "}}";
    }
    return out += "]}";
}

bool asks_for_response(const Message& message)
{
    return (message.bundle_type == "transaction" || message.bundle_type == "batch") && !message.entries.empty();
}

} // namespace

std::string acknowledge(std::string_view bytes, const Checked& checked, Answer answer, const AckStamp& stamp)
{
    const auto* message = static_cast<const Message*>(checked.decoded.get());
    const bool medcom = message && !message->event.empty();
    if (medcom && message->event == acknowledgement_event) return {};
    auto out = medcom ? acknowledge_medcom(*message, checked, answer, stamp) : std::string();
    if (out.empty()) out = operation_outcome(checked, answer, stamp);
    if (message && !medcom && answer == Answer::accepted && asks_for_response(*message)) out = bundle_response(*message, out);
    return xml::looks_like_xml(bytes) ? xml_of_json(out) : out;
}

} // namespace sluse::fhir
