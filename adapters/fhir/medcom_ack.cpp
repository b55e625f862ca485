// adapters/fhir/medcom_ack.cpp — MedCom's acknowledgement (Acknowledgement 2.0): a Bundle of header, the two parties swapped, two Provenances.
#include "adapters/fhir/medcom.hpp"

#include "adapters/fhir/json_write.hpp"
#include "adapters/fhir/medcom_rules.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

constexpr std::string_view base = "https://medcomfhir.dk/ig/acknowledgement/";
constexpr std::size_t outcome_issues_max = 20;

/// The same for the same parts: an acknowledgement that is sent again is the same message.
std::string uuid_of(std::string_view a, std::string_view b, std::string_view c)
{
    static const HmacKey key("sluse.medcom.acknowledgement"); // no secret: only a name
    return key.uuid({a, b, c});
}

std::string_view response_code(Answer answer)
{
    return answer == Answer::accepted ? "ok" : answer == Answer::store_failed ? "transient-error" : "fatal-error";
}

/// MedCom's own code for a violation; empty when it has none.
std::string_view medcom_code(const Issue& issue)
{
    const auto receiver = issue.path.find("destination") != issue.path.npos;
    switch (issue.kind) {
    case IssueKind::unknown_code: return issue.path.ends_with(".system") ? "MSG_CodeSystem_VALUE_UNKNOWN" : "MSG_VALUESET_VALUE_UNKNOWN";
    case IssueKind::wrong_type: return "MSG_Datatype_Wrong";
    case IssueKind::too_long: return "MSG_Element_To_Long";
    case IssueKind::unsupported_type:
    case IssueKind::unsupported_event:
    case IssueKind::unsupported_processing:
    case IssueKind::unsupported_version: return "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE";
    case IssueKind::unknown_key: return receiver ? "MSG_Receiver_Identifier_UNKNOWN" : "";
    case IssueKind::required_missing: return receiver ? "MSG_Receiver_Identifier_MISSING" : "";
    case IssueKind::sequence:
    case IssueKind::duplicate_key:
    case IssueKind::internal:
    case IssueKind::unmapped: break;
    }
    return {};
}

class Acknowledgement {
public:
    Acknowledgement(const Message& message, const Checked& checked, Answer answer, const AckStamp& stamp)
        : m_(message), json_(message.json), checked_(checked), answer_(answer), now_(rfc3339(stamp.now)), original_(message.entries.front().id),
          header_id_(uuid_of("header", original_, response_code(answer))), sending_(stamp.id)
    {
    }

    std::string write()
    {
        out_ = "{\"resourceType\":\"Bundle\"";
        text("id", uuid_of("bundle", original_, sending_ + now_));
        profile("medcom-messaging-acknowledgement");
        text("type", "message");
        text("timestamp", now_);
        out_ += ",\"entry\":[";
        header();
        organisation(their_organisation(), their_id());
        if (our_id() != their_id()) organisation(our_organisation(), our_id());
        original_provenance();
        own_provenance();
        if (answer_ != Answer::accepted) outcome();
        return out_ += "]}";
    }

private:
    const Entry* named(std::string_view path) const
    {
        const auto nodes = nodes_at(json_, m_.entries.front().resource, path);
        return nodes.empty() ? nullptr : resolve(m_, json_.text(nodes.front()));
    }
    /// The sender of the message, who becomes our receiver.
    const Entry* their_organisation() const { return named("sender.reference"); }
    const Entry* our_organisation() const { return named("destination[extension.valueCoding.code=primary].receiver.reference"); }
    std::string id_of(const Entry* entry, std::string_view part) const { return entry && !entry->id.empty() ? entry->id : uuid_of(part, original_, {}); }
    std::string their_id() const { return id_of(their_organisation(), "sender"); }
    std::string our_id() const { return id_of(our_organisation(), "receiver"); }

    std::string text_at(std::uint32_t node, std::string_view path) const
    {
        const auto nodes = node == Json::none ? std::vector<std::uint32_t>() : nodes_at(json_, node, path);
        return nodes.empty() ? std::string() : json_.text(nodes.front());
    }

    void text(std::string_view name, std::string_view value)
    {
        if (!out_.ends_with('{')) out_ += ',';
        ((out_ += '"') += name) += "\":";
        append_json_string(value, out_);
    }
    void coding(std::string_view name, std::string_view system, std::string_view code)
    {
        ((((((out_ += ",\"") += name) += "\":{\"system\":\"") += system) += "\",\"code\":\"") += code) += "\"}";
    }
    void reference(std::string_view name, std::string_view type, std::string_view id)
    {
        ((out_ += ",\"") += name) += "\":{\"reference\":";
        append_json_string(std::string(type) + '/' + std::string(id), out_);
        out_ += '}';
    }
    void profile(std::string_view name)
    {
        const auto guide = name.starts_with("medcom-messaging-ack") || name.starts_with("medcom-ack") ? "acknowledgement" : "messaging";
        (((((out_ += ",\"meta\":{\"profile\":[\"") += medcom_base) += guide) += "/StructureDefinition/") += name) += "\"]}";
    }

    void open(std::string_view type, std::string_view id)
    {
        if (!out_.ends_with('[')) out_ += ',';
        out_ += "{\"fullUrl\":";
        append_json_string(std::string(base) + std::string(type) + '/' + std::string(id), out_);
        ((out_ += ",\"resource\":{\"resourceType\":\"") += type) += '"';
        text("id", id);
    }
    void narrative(std::string_view words)
    {
        out_ += ",\"text\":{\"status\":\"generated\",\"div\":";
        append_json_string("<div xmlns=\"http://www.w3.org/1999/xhtml\">" + std::string(words) + "</div>", out_);
        out_ += '}';
    }
    void close() { out_ += "}}"; }

    void header()
    {
        const auto first = m_.entries.front().resource;
        open("MessageHeader", header_id_);
        profile("medcom-messaging-acknowledgementHeader");
        narrative("Acknowledgement: " + std::string(response_code(answer_)));
        coding("eventCoding", "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-eventCodes", acknowledgement_event);
        out_ += ",\"destination\":[{\"extension\":[{\"url\":\"http://medcomfhir.dk/ig/messaging/StructureDefinition/medcom-messaging-destinationUseExtension\"";
        coding("valueCoding", "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-destinationUse", "primary");
        out_ += "}]";
        text("endpoint", text_at(first, "source.endpoint"));
        reference("receiver", "Organization", their_id());
        out_ += "}]";
        reference("sender", "Organization", our_id());
        out_ += ",\"source\":{";
        text("endpoint", text_at(first, "destination[extension.valueCoding.code=primary].endpoint"));
        out_ += "},\"response\":{";
        text("identifier", original_);
        text("code", response_code(answer_));
        if (answer_ != Answer::accepted) reference("details", "OperationOutcome", outcome_id());
        out_ += '}';
        close();
    }

    /// As the sender wrote it; what it did not write, an Organization of its own number stands for.
    void organisation(const Entry* entry, const std::string& id)
    {
        if (entry && entry->type == "Organization" && !entry->id.empty()) {
            if (!out_.ends_with('[')) out_ += ',';
            out_ += "{\"fullUrl\":";
            append_json_string(std::string(base) + "Organization/" + id, out_);
            out_ += ",\"resource\":";
            append_json(json_, entry->resource, out_);
            out_ += '}';
            return;
        }
        open("Organization", id);
        narrative("Not named in the message");
        text("name", "Not named in the message");
        close();
    }

    void activity(std::string_view system, std::string_view code)
    {
        out_ += ",\"activity\":{\"coding\":[{\"system\":";
        append_json_string(system, out_);
        text("code", code);
        out_ += "}]}";
    }

    void provenance(std::string_view id, std::string_view words, std::string_view target, std::string_view occurred, std::string_view recorded)
    {
        open("Provenance", id);
        profile("medcom-messaging-provenance");
        narrative(words);
        out_ += ",\"target\":[{\"reference\":";
        append_json_string("MessageHeader/" + std::string(target), out_);
        out_ += "}]";
        text("occurredDateTime", occurred);
        text("recorded", recorded);
    }

    void agent(const std::string& organisation)
    {
        out_ += ",\"agent\":[{\"who\":{\"reference\":";
        append_json_string("Organization/" + organisation, out_);
        out_ += "}}]";
    }

    void original_provenance()
    {
        const auto node = current_provenance(m_);
        if (node == Json::none) return;
        auto id = json_.text(node, "id");
        if (id.empty()) id = uuid_of("original", original_, {});
        provenance(id, "The message", original_, json_.text(node, "occurredDateTime"), json_.text(node, "recorded"));
        activity(text_at(node, "activity.coding.system"), text_at(node, "activity.coding.code"));
        agent(their_id());
        close();
    }

    void own_provenance()
    {
        provenance(uuid_of("provenance", original_, response_code(answer_)), "Its acknowledgement", header_id_, now_, now_);
        activity("http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-activityCodes", "acknowledgement");
        agent(our_id());
        out_ += ",\"entity\":[{\"role\":\"revision\",\"what\":{\"reference\":";
        append_json_string("MessageHeader/" + original_, out_);
        out_ += "}}]";
        close();
    }

    std::string outcome_id() const { return uuid_of("outcome", original_, response_code(answer_)); }

    void outcome()
    {
        open("OperationOutcome", outcome_id());
        profile("medcom-acknowledgement-operationoutcome");
        narrative(answer_ == Answer::store_failed ? "Cannot be taken now" : "The message is not taken");
        out_ += ",\"issue\":[";
        if (answer_ == Answer::store_failed) issue({Severity::error, IssueKind::internal, {}, "The message could not be stored; send it again later"}, "transient");
        std::size_t written = 0;
        for (const auto& each : checked_.issues)
            if (each.severity == Severity::error && answer_ != Answer::store_failed && written++ < outcome_issues_max) issue(each, issue_type(each.kind));
        if (out_.ends_with('[')) issue({Severity::error, IssueKind::internal, {}, "The message was refused"}, "processing");
        out_ += ']';
        close();
    }

    void issue(const Issue& of, std::string_view type)
    {
        out_ += out_.ends_with('[') ? "{\"severity\":\"error\"" : ",{\"severity\":\"error\"";
        text("code", type);
        out_ += ",\"details\":{";
        if (const auto code = medcom_code(of); !code.empty())
            ((out_ += "\"coding\":[{\"system\":\"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-acknowledgement-error-codes\",\"code\":\"") += code) += "\"}]";
        const bool relayed = of.path.starts_with("MessageHeader"); // a letter's receipt, whose words are told as they are
        text("text", of.path.empty() || relayed ? of.text : of.path + ' ' + of.text);
        out_ += '}';
        if (!of.path.empty() && !of.path.starts_with("line ")) {
            out_ += ",\"expression\":[";
            append_json_string(of.path, out_);
            out_ += ']';
        }
        out_ += '}';
    }

    const Message& m_;
    const Json& json_;
    const Checked& checked_;
    const Answer answer_;
    const std::string now_;
    const std::string original_; ///< MessageHeader.id of the message
    const std::string header_id_; ///< the same each time this message is sent with this outcome
    const std::string sending_;
    std::string out_;
};

} // namespace

std::string acknowledge_medcom(const Message& message, const Checked& checked, Answer answer, const AckStamp& stamp)
{
    if (message.event == acknowledgement_event || message.entries.front().id.empty()) return {};
    return Acknowledgement(message, checked, answer, stamp).write();
}

} // namespace sluse::fhir
