// adapters/hl7v2/acknowledged.cpp — what an HL7 v2 ACK that comes as a message of its own says of the message it names (MSA).
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/message.hpp"

namespace sluse::hl7v2 {

Receipts receipts(const Checked& checked)
{
    Receipts out;
    const auto* message = static_cast<const Message*>(checked.decoded.get());
    if (!message || message->segments.empty()) return out;
    if (message->value("MSH", 9, 1) != "ACK") {
        // Enhanced mode: the receiver's own application answers later, over a connection of its own.
        const auto asked = message->value("MSH", 16);
        if (asked == "AL" || asked == "SU" || asked == "ER") out.names.push_back(checked.control_id);
        return out;
    }
    const auto code = message->value("MSA", 1);
    Acknowledged said;
    said.id = message->value("MSA", 2);
    (said.sender = message->value("MSH", 5)) += '|';
    said.sender += message->value("MSH", 6);
    said.outcome = code == "AA" || code == "CA" ? Verdict::accepted : Verdict::refused;
    if (said.outcome == Verdict::refused) {
        if (message->value("ERR", 3) == "207") said.outcome = Verdict::later;
        said.text = message->value("ERR", 8);
        if (said.text.empty()) said.text = message->value("MSA", 3);
        if (said.text.empty()) said.text = code;
    }
    if (!said.id.empty()) out.acknowledged.push_back(std::move(said));
    return out;
}

} // namespace sluse::hl7v2
