// adapters/fhir/receipts.hpp — the receipts of a correspondence letter and its files (XCTL) as one MedCom Acknowledgement, and back.
#pragma once

#include "adapters/xml/document.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

#include <span>
#include <string>
#include <vector>

namespace sluse::fhir {

/// By MedCom's conversion rules 3.1: `message` is the CareCommunication that correspondence() made letters of, `receipts` the Emessages of
/// the XCTL01 to 03 that came for them, in any order. Letters that somebody else made of the message may stand among them: then the
/// receipts are those of these. One that is negative makes a fatal-error with its reason. A letter without a receipt
/// is a Fault: nothing is sent until it comes (its state is kept for three months).
Result<std::string> acknowledgement_of(std::string_view message, std::span<const xml::Element> receipts, const Zone& zone, Millis now);

/// The other way: what the letters' sender gets for a MedCom Acknowledgement, an XCTL03 for each letter when it is ok, else an XCTL02 with
/// the reason. `letters` are the Emessages that care_communication() made the message of; its number must be the one that is acknowledged. Of a message that
/// somebody else made of them the number is unknown: it is among `messages` then.
Result<std::vector<std::string>> receipts_of(std::string_view acknowledgement, std::span<const xml::Element> letters, std::span<const std::string> messages, const Zone& zone, Millis now);

/// What a sender is told of a letter or message that could not be converted: the reason, cut so that MedCom's sentence and it fit into the 512
/// characters of an envelope's receipt.
std::string conversion_failed(std::string reason);

/// Is it a MedCom Acknowledgement? Cheap: for who has several messages and must tell them apart.
bool is_acknowledgement(std::string_view message);

} // namespace sluse::fhir
