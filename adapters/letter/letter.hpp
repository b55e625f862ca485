// adapters/letter/letter.hpp — a MedCom letter in its one inner shape, OIOXML's XML, whatever syntax it came in; content checks and FHIR.
#pragma once

#include "adapters/adapter.hpp"
#include "adapters/xml/document.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sluse::letter {

/// A decoded letter: <Emessage> with its <Envelope> and one letter element (<DischargeLetter> …), as MedCom's OIOXML schemas name
/// everything. An EDIFACT interchange of several letters holds them side by side below Emessage, in order.
struct Letter : Decoded {
    std::unique_ptr<xml::Document> document; ///< never null

    /// <Emessage>.
    xml::Element root() const { return document->root(); }
    /// <Envelope>: Sent, Identifier, AcknowledgementCode.
    xml::Element envelope() const { return root().child("Envelope"); }
    /// The first letter element: first child of the root that is not the envelope.
    xml::Element letter() const;
    /// The letter element after `at`, if there is one.
    static xml::Element after(xml::Element at);
};

/// Checks the content of a letter, however it was written, and fills all of Checked: sender (its GLN), type ("XDIS20"), control id (the
/// letter's Identifier; of several letters the envelope's), persons, whether a positive receipt was asked for, answer and issues.
/// Issue paths are XML paths ("Emessage/DischargeLetter/Patient/CivilRegistrationNumber"); a format with its own terms maps them after.
Checked check(std::unique_ptr<xml::Document> document, const SystemSettings& settings);

/// The same into a Checked that already holds findings of the format's own reading (its errors stay in front).
void check(std::unique_ptr<xml::Document> document, const SystemSettings& settings, Checked& out);

/// A checked letter to FHIR with the maps under schemas/maps/letter. `checked` is what check() made.
Result<void> normalise(const Checked& checked, const NormaliseContext& context, Normalised& out);

/// The five reasons that MedCom's negative receipts know, in CONTRL's codes (medcom receipts, FTX in CONTRL, RefuseCode in XCTL).
enum class Refusal { not_specified, unknown_location, receiver_id, version, syntax };
/// "NC", "LOK", "MID", "VER", "SYN".
std::string_view edifact_code(Refusal refusal);
/// "ikke_specificeret", "ukendt_lokationsnummer", "problem_med_modtagerID", "problem_med_version", "syntaksfejl".
std::string_view oioxml_code(Refusal refusal);

/// Why `checked` is not accepted, in the receipt's terms: the first error's kind gives the code, its path and text the words.
struct Refused {
    Refusal code{Refusal::not_specified};
    std::string text; ///< Latin-1 characters only, as UTF-8; at most 350 (CONTRL: five times 70)
};
Refused refused_of(const Checked& checked);

/// The answer to letters in OIOXML (MedCom's XCTL02 and XCTL03): a PositiveReceipt when one was asked for, a NegativeReceipt with the
/// reason always. Empty when nothing is to be sent: for a receipt, for what cannot be read or names no sender, and when the store failed.
std::string receipt(const Checked& checked, Answer answer, const AckStamp& stamp);

/// The number of the receipt that this letter gets with this outcome: the same each time and in either syntax, so that who sends a letter
/// again gets the same receipt again. Of what cannot be named the message's bytes tell.
std::string receipt_number(const Checked& checked, Answer answer, std::string_view message);

/// What the letters say, without their interchange and without what only their syntax is: the same for EDIFACT and OIOXML of one letter.
/// The bytes of what could not be decoded.
std::string identity(std::string_view message, const Checked& checked);

/// What a receipt says of which letters, and by what a letter may be named in one.
Receipts receipts(const Checked& checked);

/// Receiver or CCReceiver: an unknown location (LOK), or an unknown unit of a known one (MID). A receipt is taken wherever it comes: none is answered.
void addressed(Checked& checked, const Locations& own);

} // namespace sluse::letter
