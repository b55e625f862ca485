// adapters/fhir/receipts.cpp — MedCom's conversion rules for receipts: two XCTL are one Acknowledgement, one Acknowledgement is two XCTL.
#include "adapters/fhir/receipts.hpp"

#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/care_communication.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/medcom_rules.hpp"
#include "adapters/letter/letter.hpp"
#include "gateway/base/ids.hpp"

#include <algorithm>
#include <initializer_list>

namespace sluse::fhir {
namespace {

/// Names, no secrets: the same receipt gets the same number.
std::string name_of(std::string_view what, std::string_view of)
{
    static const HmacKey names("sluse.medcom.receipt");
    return names.uuid({what, of});
}

Result<std::string> letter_number(std::string_view emessage)
{
    auto parsed = xml::Document::parse(emessage);
    if (!parsed) return Fault{Errc::bad_message, parsed.issue.path + ": " + parsed.issue.text};
    letter::Letter letter;
    letter.document = std::move(parsed.document);
    return std::string(letter.letter().at("Letter/Identifier").text());
}

bool is_receipt(xml::Element letter) { return letter.name().ends_with("Receipt"); }

/// The receipt among `receipts` that names this letter, and what it says of it: null when there is none.
struct Said {
    xml::Element receipt, original, letter;
};
Said said_of(std::span<const xml::Element> receipts, std::string_view number)
{
    for (const auto root : receipts)
        for (auto letter = root.child(); letter; letter = letter.next()) {
            if (!is_receipt(letter)) continue;
            const auto original = letter.child("OriginalEmessage");
            for (auto one = original.child("OriginalLetter"); one; one = one.next("OriginalLetter"))
                if (one.child("OriginalLetterIdentifier").text() == number) return {letter, original, one};
        }
    return {};
}

/// RefuseCode in the terms of an issue, so that the acknowledgement finds MedCom's code for it.
Issue reason_of(const Said& said)
{
    const auto at = said.letter.child("RefuseCode") ? said.letter : said.original;
    const auto code = at.child("RefuseCode").text();
    std::string text(at.child("RefuseText").text());
    if (text.empty()) text = code.empty() ? "the letter was refused without a reason" : std::string(code);
    if (code == "ukendt_lokationsnummer" || code == "problem_med_modtagerID") return {Severity::error, IssueKind::unknown_key, "MessageHeader.destination", text};
    if (code == "problem_med_version") return {Severity::error, IssueKind::unsupported_version, {}, text};
    return {Severity::error, code == "syntaksfejl" ? IssueKind::sequence : IssueKind::unmapped, {}, text};
}

const Message* decoded_of(const Checked& checked) { return static_cast<const Message*>(checked.decoded.get()); }

std::string text_at(const Message& message, std::uint32_t node, std::string_view path)
{
    const auto nodes = nodes_at(message.json, node, path);
    return nodes.empty() ? std::string() : message.json.text(nodes.front());
}

bool is_any_of(std::string_view code, std::initializer_list<std::string_view> codes) { return std::ranges::find(codes, code) != codes.end(); }

/// Why the letters are refused: the first outcome's words, its code in the receipts' terms.
Issue refusal_of(const Message& acknowledgement)
{
    for (const auto& entry : acknowledgement.entries) {
        if (entry.type != "OperationOutcome") continue;
        const auto code = text_at(acknowledgement, entry.resource, "issue.details.coding.code");
        auto text = text_at(acknowledgement, entry.resource, "issue.details.text");
        if (text.empty()) text = text_at(acknowledgement, entry.resource, "issue.diagnostics");
        if (text.empty()) text = code.empty() ? "Meddelelsen kunne ikke modtages." : code;
        const auto kind = code.starts_with("MSG_Receiver_Identifier") ? IssueKind::unknown_key
                        : code == "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE" ? IssueKind::unsupported_version
                        : is_any_of(code, {"MSG_Datatype_Wrong", "MSG_Element_To_Long", "MSG_BAD_SYNTAX", "MSG_BAD_FORMAT", "MSG_DATE_FORMAT"}) ? IssueKind::wrong_type
                                                                                                                                : IssueKind::unmapped;
        return {Severity::error, kind, {}, text};
    }
    return {Severity::error, IssueKind::unmapped, {}, "Meddelelsen kunne ikke modtages."};
}

std::string sender_of(xml::Element letter) { return std::string(letter.at("Sender/EANIdentifier").text()); }

/// Is it the CareCommunication of this number, from the letters' sender?
bool is_message(std::string_view message, const std::string& number, const std::string& sender, const SystemSettings& settings)
{
    const auto checked = check(message, settings);
    const auto* decoded = decoded_of(checked);
    if (!decoded || decoded->event != communication_event || decoded->entries.front().id != number) return false;
    const auto* from = resolve(*decoded, text_at(*decoded, decoded->entries.front().resource, "sender.reference"));
    const auto identifiers = from ? nodes_at(decoded->json, from->resource, "identifier.value") : std::vector<std::uint32_t>();
    return std::ranges::any_of(identifiers, [&](std::uint32_t node) { return decoded->json.text(node) == sender; });
}

/// The numbers of the letters that the message became: of those given, else of those that correspondence() makes.
Result<std::vector<std::string>> letter_numbers(std::string_view message, std::span<const xml::Element> given, const Zone& zone)
{
    std::vector<std::string> out;
    for (const auto root : given)
        for (const auto* kind : {"ClinicalEmail", "BinaryLetter"})
            if (const auto letter = root.child(kind)) out.emplace_back(letter.at("Letter/Identifier").text());
    if (!out.empty()) return out;
    const auto letters = correspondence(message, zone);
    if (!letters) return letters.error();
    for (const auto* text : {&letters->letter, &letters->files}) {
        if (text->empty()) continue;
        const auto number = letter_number(*text);
        if (!number) return number.error();
        out.push_back(*number);
    }
    return out;
}

/// The MessageHeader.id that care_communication() gave the message of these letters.
Result<std::string> message_number(std::span<const xml::Element> letters, const Zone& zone)
{
    const auto email = std::ranges::find_if(letters, [](xml::Element root) { return bool(root.child("ClinicalEmail")); });
    if (email == letters.end()) return Fault{Errc::bad_message, "Emessage/ClinicalEmail: the letter that was acknowledged is missing"};
    const auto message = care_communication(*email, {}, zone);
    if (!message) return message.error();
    SystemSettings settings;
    settings.zone = zone;
    const auto checked = check(*message, settings);
    if (!decoded_of(checked) || decoded_of(checked)->entries.empty()) return Fault{Errc::bad_message, "Emessage/ClinicalEmail: cannot be acknowledged"};
    return decoded_of(checked)->entries.front().id;
}

} // namespace

std::string conversion_failed(std::string reason)
{
    constexpr std::size_t text_max = 512;
    constexpr std::string_view sentence = "Konverteringen ml. XML/EDI og FHIR kunne ikke udføres korrekt pga. tekniske el. indholdsmæssige forhold i meddelelsen.";
    auto end = std::min(reason.size(), text_max - sentence.size() - 1);
    while (end > 0 && end < reason.size() && (static_cast<unsigned char>(reason[end]) & 0xC0) == 0x80) --end;
    reason.resize(end);
    return (reason += reason.empty() ? "" : " ") += sentence;
}

bool is_acknowledgement(std::string_view message)
{
    if (message.find(acknowledgement_event) == message.npos) return false;
    const auto checked = check(message, {});
    return decoded_of(checked) && decoded_of(checked)->event == acknowledgement_event;
}

Result<std::string> acknowledgement_of(std::string_view message, std::span<const xml::Element> receipts, const Zone& zone, Millis now)
{
    const auto numbers = letter_numbers(message, receipts, zone);
    if (!numbers) return numbers.error();
    SystemSettings settings;
    settings.zone = zone;
    auto checked = check(message, settings);
    if (!decoded_of(checked) || decoded_of(checked)->event != communication_event) return Fault{Errc::unsupported, "Bundle: only a CareCommunication is acknowledged by letters' receipts"};
    checked.issues.clear();
    auto answer = Answer::accepted;
    for (const auto& number : *numbers) {
        const auto said = said_of(receipts, number);
        if (!said.receipt) return Fault{Errc::refused, "OriginalLetterIdentifier: the letter " + number + " has no receipt yet; nothing is sent until it has"};
        if (said.receipt.name() == "PositiveReceipt") continue;
        answer = Answer::content_error;
        checked.issues.push_back(reason_of(said));
    }
    return acknowledge_medcom(*decoded_of(checked), checked, answer, {now, name_of("acknowledgement", decoded_of(checked)->entries.front().id), {}});
}

Result<std::vector<std::string>> receipts_of(std::string_view acknowledgement, std::span<const xml::Element> letters, std::span<const std::string> messages, const Zone& zone, Millis now)
{
    SystemSettings settings;
    settings.zone = zone;
    const auto checked = check(acknowledgement, settings);
    const auto* decoded = decoded_of(checked);
    if (!decoded || decoded->event != acknowledgement_event) return Fault{Errc::unsupported, "Bundle: is no MedCom Acknowledgement"};
    const auto header = decoded->entries.front().resource;
    const auto number = message_number(letters, zone);
    if (!number) return number.error();
    const auto named = text_at(*decoded, header, "response.identifier");
    const auto email = std::ranges::find_if(letters, [](xml::Element root) { return bool(root.child("ClinicalEmail")); });
    if (named != *number && std::ranges::none_of(messages, [&](const std::string& one) { return is_message(one, named, sender_of(email->child("ClinicalEmail")), settings); }))
        return Fault{Errc::refused, "Bundle.entry[0].resource.response.identifier: acknowledges another message than the one these letters became"};
    const auto code = text_at(*decoded, header, "response.code");
    if (code == "transient-error") return Fault{Errc::refused, "Bundle.entry[0].resource.response.code: is transient; the receipt follows later"};
    std::vector<std::string> out;
    for (const auto root : letters) {
        auto parsed = xml::Document::parse(root.xml());
        if (!parsed) return Fault{Errc::bad_message, parsed.issue.path + ": " + parsed.issue.text};
        Checked letter;
        letter::check(std::move(parsed.document), settings, letter);
        letter.issues.clear();
        letter.expects_answer = true; // the rules send one for the files too, who asked for none
        if (code != "ok") letter.issues.push_back(refusal_of(*decoded));
        auto name = name_of("receipt", *number + '#' + std::string(root.name()) + letter.control_id);
        std::erase(name, '-');
        out.push_back(letter::receipt(letter, code == "ok" ? Answer::accepted : Answer::content_error, {now, name, {}}));
    }
    return out;
}

} // namespace sluse::fhir
