// adapters/letter/check.cpp — what a letter's receipt answers for: known type and version, who, to whom, about whom, and required parts.
#include "adapters/findings.hpp"
#include "adapters/letter/letter.hpp"
#include "adapters/letter/types.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/normalise/identifiers.hpp"

#include <algorithm>
#include <functional>

namespace sluse::letter {
namespace {

bool digits(std::string_view text, std::size_t size)
{
    return text.size() == size && all_digits(text);
}

// GS1's check digit. Many numbers in use fail it: a hint, never a refusal.
bool passes_modulus_10(std::string_view gln)
{
    int sum = 0;
    for (std::size_t i = 0; i < 13; ++i) sum += (gln[i] - '0') * (i % 2 ? 3 : 1);
    return sum % 10 == 0;
}

bool contains_word(std::string_view words, std::string_view word)
{
    while (!words.empty()) {
        const auto end = words.find(' ');
        if (words.substr(0, end) == word) return true;
        words = end == words.npos ? std::string_view{} : words.substr(end + 1);
    }
    return false;
}

// Ten characters, with or without the hyphen that people write into a CPR number.
bool could_be_number(std::string_view text)
{
    return text.size() - static_cast<std::size_t>(std::ranges::count(text, '-')) == 10;
}

// Goes into logs and metrics: printable, bounded.
std::string safe(std::string_view text)
{
    std::string out;
    for (const char c : text.substr(0, 40)) out += static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~' ? '?' : c;
    return out;
}

class Checker : Findings {
public:
    Checker(const Letter& letter, const SystemSettings& settings, Checked& out) : Findings(out), letter_(letter), settings_(settings) {}

    void run()
    {
        out_.expects_answer = false;
        if (letter_.root().name() != "Emessage") return refuse(IssueKind::unsupported_type, letter_.root().path(), "is no MedCom message: the root element must be Emessage");
        const auto first = letter_.letter();
        if (!first) return refuse(IssueKind::required_missing, "Emessage", "holds no letter beside its Envelope");
        out_.system = safe(first.at("Sender/EANIdentifier").text());
        if (out_.system.empty()) out_.system = "unnamed";
        out_.control_id = first.at("Letter/Identifier").text();
        envelope();
        bool acknowledges = false;
        std::size_t count = 0;
        for (auto letter = first; letter; letter = Letter::after(letter), ++count) acknowledges = one(letter, count == 0) || acknowledges;
        if (count > 1) out_.control_id = letter_.envelope().child("Identifier").text();
        const auto asked = letter_.envelope().child("AcknowledgementCode").text();
        // A refusal is always told; acceptance only when asked for; a receipt is never answered.
        out_.expects_answer = !acknowledges && (out_.answer != Answer::accepted || asked == "pluspositivkvitt");
        std::ranges::stable_sort(out_.issues, std::greater<>(), &Issue::severity);
    }

private:
    void envelope()
    {
        const auto envelope = letter_.envelope();
        if (envelope.child("Identifier").text().empty())
            error(IssueKind::required_missing, "Emessage/Envelope/Identifier", "the envelope's Identifier is missing; without it a receipt cannot name the message");
        const auto asked = envelope.child("AcknowledgementCode").text();
        if (!asked.empty() && asked != "pluspositivkvitt" && asked != "minuspositivkvitt")
            warn(IssueKind::unknown_code, "Emessage/Envelope/AcknowledgementCode", "is neither pluspositivkvitt nor minuspositivkvitt; read as minuspositivkvitt");
    }

    /// True for a receipt.
    bool one(xml::Element letter, bool first)
    {
        const auto version = letter.at("Letter/VersionCode").text();
        const auto* type = type_of(version);
        if (first) out_.type = type ? 'X' + std::string(type->type.substr(0, 5)) : 'X' + safe(letter.name());
        if (!type || (!type->root.empty() && type->root != letter.name())) {
            refuse(IssueKind::unsupported_version, letter.path() + "/Letter/VersionCode", "Kan ikke konvertere breve af typen " + safe(letter.name()) + " version " + safe(version));
            return letter.name().ends_with("Receipt");
        }
        parts(letter, *type);
        codes(letter, *type);
        for (const auto* party : {"Sender", "Receiver"}) location(letter.child(party));
        const bool receipt = type->type.starts_with("CTL");
        if (!receipt && !is_kept_unread(*type)) patient(letter, *type, first);
        return receipt;
    }

    void parts(xml::Element letter, const Type& type)
    {
        for (const auto& part : rules_of(type).required) {
            const auto found = letter.at(part.path);
            if (found && (found.child() || !found.text().empty())) continue;
            const auto path = letter.path() + '/' + std::string(part.path);
            if (auto* const issue = told(path)) refuse_for(*issue);
            else error(IssueKind::required_missing, path, std::string(part.path) + " is missing in " + std::string(letter.name()));
        }
    }

    /// That it, or what it stands in, is missing; null when nothing says so yet.
    Issue* told(std::string_view path) const
    {
        const auto found = std::ranges::find_if(out_.issues, [&](const Issue& issue) {
            return issue.kind == IssueKind::required_missing && path.starts_with(issue.path) && (path.size() == issue.path.size() || path[issue.path.size()] == '/');
        });
        return found == out_.issues.end() ? nullptr : &*found;
    }

    /// What the schema's outline only tells, as it does of any text, and no letter can be filed without.
    void refuse_for(Issue& issue)
    {
        issue.severity = Severity::error;
        if (out_.answer == Answer::accepted) out_.answer = Answer::content_error;
    }

    void codes(xml::Element letter, const Type& type)
    {
        for (const auto& code : rules_of(type).coded) {
            const auto found = letter.at(code.path);
            if (found.text().empty() || contains_word(code.values, found.text())) continue;
            const auto text = "is none of the codes " + std::string(code.values);
            if (code.strict) error(IssueKind::unknown_code, found.path(), text);
            else warn(IssueKind::unknown_code, found.path(), text);
        }
    }

    void location(xml::Element party)
    {
        const auto gln = party.child("EANIdentifier"), id = party.child("Identifier");
        if (const auto text = gln.text(); !text.empty() && !digits(text, 13)) warn(IssueKind::wrong_type, gln.path(), "is no location number (GLN) of 13 digits");
        else if (!text.empty() && !passes_modulus_10(text)) warn(IssueKind::wrong_type, gln.path(), "has a check digit that does not fit");
        if (party.child("IdentifierCode").text() == "kommunenummer" && digits(id.text(), 13))
            warn(IssueKind::wrong_type, id.path(), "is a location number where IdentifierCode says kommunenummer; it is taken as a location number");
    }

    void patient(xml::Element letter, const Type& type, bool first)
    {
        auto patient = letter.child("Patient");
        if (!patient) patient = letter.child("PatientOrRelative");
        const bool without = letter.child("SystemInformation") || letter.child("Contents") || letter.child("ForGPUse") || letter.child("ForGPClinicUse");
        const auto cpr = patient.child("CivilRegistrationNumber").text(), other = patient.child("AlternativeIdentifier").text();
        const bool named = patient.name() == "PatientOrRelative"; // a prescription may name a tourist
        const bool none = (cpr.empty() || cpr == "0000000000") && other.empty();
        const bool lawful = cpr == "0000000000" || could_be_number(cpr) || could_be_number(other);
        if (!lawful && !named && !(none && without))
            return error(IssueKind::required_missing, letter.path() + "/Patient", "En patient skal enten have et lovligt cpr eller et alternativt ID");
        if (!cpr.empty() && cpr != "0000000000" && !looks_like_cpr(cpr))
            warn(IssueKind::wrong_type, patient.child("CivilRegistrationNumber").path(), "is sent as a CPR number and is none; kept as the sender's own number");
        if (type.type == "BIN01") binaries(letter);
        if (none || !first) return several(none);
        PersonIdentifier person;
        for (const auto number : {cpr, other}) {
            if (number.empty() || number == "0000000000") continue;
            person_identifier(settings_, out_.system, {}, {}, number, person);
            out_.persons.push_back(person);
        }
    }

    // Letters about several people in one interchange name no one of them as the message's person.
    void several(bool none)
    {
        if (!none && !out_.persons.empty()) warn(IssueKind::sequence, letter_.root().path(), "holds several letters; each patient stands in a letter of its own");
    }

    void binaries(xml::Element letter)
    {
        for (auto object = letter.child("BinaryObject"); object; object = object.next("BinaryObject")) {
            const auto data = object.child("Object_Base64Encoded").text();
            std::size_t characters = 0, padding = 0;
            for (const char c : data) {
                if (c == '=') ++padding;
                else if (static_cast<unsigned char>(c) > ' ') ++characters;
            }
            const auto bytes = characters * 3 / 4;
            const auto told = object.child("OriginalObjectSize").text();
            if (padding > 2 || characters % 4 == 1) error(IssueKind::wrong_type, object.child("Object_Base64Encoded").path(), "is no Base64 data");
            else if (!told.empty() && told != std::to_string(bytes))
                error(IssueKind::wrong_type, object.child("OriginalObjectSize").path(), "is not the object's size: it holds " + std::to_string(bytes) + " bytes");
        }
    }

    const Letter& letter_;
    const SystemSettings& settings_;
};

} // namespace

void check(std::unique_ptr<xml::Document> document, const SystemSettings& settings, Checked& out)
{
    auto letter = std::make_unique<Letter>();
    letter->document = std::move(document);
    Checker(*letter, settings, out).run();
    out.decoded = std::move(letter);
}

Checked check(std::unique_ptr<xml::Document> document, const SystemSettings& settings)
{
    Checked out;
    check(std::move(document), settings, out);
    return out;
}

} // namespace sluse::letter
