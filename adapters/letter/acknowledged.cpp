// adapters/letter/acknowledged.cpp — what a receipt (XCTL01 to 03, CONTRL) says of each letter, and by what a letter may be named in one.
#include "adapters/letter/letter.hpp"

namespace sluse::letter {
namespace {

std::string reason_at(xml::Element at)
{
    const auto text = at.child("RefuseText").text();
    return std::string(text.empty() ? at.child("RefuseCode").text() : text);
}

void read_receipt(xml::Element receipt, Receipts& out)
{
    const bool positive = receipt.name() == "PositiveReceipt";
    const auto original = receipt.child("OriginalEmessage");
    const std::string sender(original.at("OriginalSender/EANIdentifier").text());
    bool any = false, each = false;
    for (auto letter = original.child("OriginalLetter"); letter; letter = letter.next("OriginalLetter")) each = each || letter.child("RefuseCode");
    const bool whole = original.child("RefuseCode") || !each;
    for (auto letter = original.child("OriginalLetter"); letter; letter = letter.next("OriginalLetter"), any = true) {
        // Of several letters in a negative receipt those without a reason of their own were taken, unless all were refused together.
        const bool refused = !positive && (whole || letter.child("RefuseCode"));
        out.acknowledged.push_back({std::string(letter.child("OriginalLetterIdentifier").text()), sender, refused ? Verdict::refused : Verdict::accepted,
                                    refused ? reason_at(letter.child("RefuseCode") ? letter : original) : std::string()});
    }
    if (!any) out.acknowledged.push_back({std::string(original.child("OriginalEnvelopeIdentifier").text()), sender, positive ? Verdict::accepted : Verdict::refused, reason_at(original)});
}

} // namespace

Receipts receipts(const Checked& checked)
{
    Receipts out;
    const auto* message = dynamic_cast<const Letter*>(checked.decoded.get());
    if (!message) return out;
    for (auto letter = message->letter(); letter; letter = Letter::after(letter)) {
        if (letter.name().ends_with("Receipt")) read_receipt(letter, out);
        else out.names.emplace_back(letter.at("Letter/Identifier").text());
    }
    // A receiver that could not read the letters names their envelope alone.
    if (!out.names.empty()) out.names.emplace_back(message->envelope().child("Identifier").text());
    return out;
}

} // namespace sluse::letter
