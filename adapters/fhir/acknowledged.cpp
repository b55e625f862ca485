// adapters/fhir/acknowledged.cpp — what a MedCom Acknowledgement says of the message it names.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/medcom_rules.hpp"
#include "adapters/fhir/message.hpp"

namespace sluse::fhir {
namespace {

std::string text_at(const Message& message, std::uint32_t node, std::string_view path)
{
    const auto nodes = nodes_at(message.json, node, path);
    return nodes.empty() ? std::string() : message.json.text(nodes.front());
}

/// The first outcome's words, else its code.
std::string reason_of(const Message& message)
{
    for (const auto& entry : message.entries) {
        if (entry.type != "OperationOutcome") continue;
        for (const auto* path : {"issue.details.text", "issue.diagnostics", "issue.details.coding.code", "issue.code"})
            if (auto text = text_at(message, entry.resource, path); !text.empty()) return text;
    }
    return {};
}

} // namespace

Receipts receipts(const Checked& checked)
{
    Receipts out;
    const auto* message = static_cast<const Message*>(checked.decoded.get());
    if (!message || message->event.empty() || message->entries.empty()) return out;
    const auto& header = message->entries.front();
    if (message->event != acknowledgement_event) {
        if (!header.id.empty()) out.names.push_back(header.id);
        return out;
    }
    const auto code = text_at(*message, header.resource, "response.code");
    const auto outcome = code == "ok" ? Verdict::accepted : code == "transient-error" ? Verdict::later : Verdict::refused;
    if (auto id = text_at(*message, header.resource, "response.identifier"); !id.empty())
        out.acknowledged.push_back({std::move(id), {}, outcome, outcome == Verdict::accepted ? std::string() : reason_of(*message)});
    return out;
}

} // namespace sluse::fhir
