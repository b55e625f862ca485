// adapters/letter/addressed.cpp — is a letter for us? By its Receiver's location number and identifier.
#include "adapters/findings.hpp"
#include "adapters/letter/letter.hpp"
#include "gateway/model/locations.hpp"

namespace sluse::letter {
namespace {

Addressed find(const Locations& own, xml::Element party)
{
    const auto code = party.child("IdentifierCode").text();
    const auto id = party.child("Identifier").text();
    return own.find(party.child("EANIdentifier").text(), code == "sorkode" ? id : std::string_view(), code == "lokationsnummer" ? std::string_view() : id);
}

} // namespace

void addressed(Checked& checked, const Locations& own)
{
    const auto* message = dynamic_cast<const Letter*>(checked.decoded.get());
    if (!message) return;
    for (auto letter = message->letter(); letter; letter = Letter::after(letter)) {
        if (letter.name().ends_with("Receipt")) continue;
        const auto receiver = letter.child("Receiver"), copy = letter.child("CCReceiver");
        const auto found = find(own, receiver);
        if (found == Addressed::here || (!copy.child("EANIdentifier").text().empty() && find(own, copy) == Addressed::here)) continue;
        if (found == Addressed::unknown_location)
            return overrule(checked, IssueKind::unknown_key, receiver.path() + "/EANIdentifier", "Ukendt lokationsnummer: ingen modtager her har dette nummer");
        return overrule(checked, IssueKind::unknown_key, receiver.path() + "/Identifier", "Modtagerens identifikation er ikke kendt på dette lokationsnummer");
    }
}

} // namespace sluse::letter
