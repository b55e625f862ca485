// adapters/letter/letter.cpp — parts of a letter, and refusals in the receipts' words.
#include "adapters/letter/letter.hpp"

#include <algorithm>

namespace sluse::letter {
namespace {

constexpr std::size_t text_max = 350;

struct Codes {
    Refusal refusal;
    std::string_view edifact, oioxml;
};
constexpr Codes codes[] = {
    {Refusal::not_specified,    "NC",  "ikke_specificeret"     },
    {Refusal::unknown_location, "LOK", "ukendt_lokationsnummer"},
    {Refusal::receiver_id,      "MID", "problem_med_modtagerID"},
    {Refusal::version,          "VER", "problem_med_version"   },
    {Refusal::syntax,           "SYN", "syntaksfejl"           },
};

/// MedCom's error table: what breaks the letter's form is a syntax error, also a code that its list has not and an element that its schema
/// needs; only a patient without a number has a text of its own.
Refusal refusal_of(const Issue& issue)
{
    switch (issue.kind) {
    case IssueKind::unsupported_type:
    case IssueKind::unsupported_event:
    case IssueKind::unsupported_version: return Refusal::version;
    case IssueKind::unknown_key: return issue.path.ends_with("/Identifier") ? Refusal::receiver_id : Refusal::unknown_location;
    case IssueKind::required_missing: return issue.path.ends_with("/Patient") ? Refusal::not_specified : Refusal::syntax;
    case IssueKind::unknown_code:
    case IssueKind::sequence:
    case IssueKind::wrong_type:
    case IssueKind::too_long: return Refusal::syntax;
    default: return Refusal::not_specified;
    }
}

// Latin-1 in UTF-8 is what begins with a byte up to C3; anything beyond becomes a question mark.
std::string latin1_only(std::string_view text)
{
    std::string out;
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size() && characters < text_max; ++characters) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (lead < 0x80) out += lead < 0x20 ? ' ' : text[i];
        else if (lead >= 0xC2 && lead <= 0xC3) out += text.substr(i, 2);
        else out += '?';
        i += length;
    }
    return out;
}

} // namespace

xml::Element Letter::letter() const
{
    const auto first = root().child();
    return first.name() == "Envelope" ? after(first) : first;
}

xml::Element Letter::after(xml::Element at)
{
    auto next = at.next();
    while (next && next.name() == "Envelope") next = next.next();
    return next;
}

std::string_view edifact_code(Refusal refusal)
{
    return std::ranges::find(codes, refusal, &Codes::refusal)->edifact;
}

std::string_view oioxml_code(Refusal refusal)
{
    return std::ranges::find(codes, refusal, &Codes::refusal)->oioxml;
}

Refused refused_of(const Checked& checked)
{
    const auto error = std::ranges::find(checked.issues, Severity::error, &Issue::severity);
    if (error == checked.issues.end()) return {Refusal::not_specified, "Meddelelsen kunne ikke modtages."};
    // The standard's own sentences stand alone, and a text that begins with the place needs it no second time.
    const bool named = error->kind == IssueKind::required_missing && (error->path.ends_with("/Patient") || error->path.ends_with(error->text.substr(0, error->text.find(' '))));
    const bool alone = error->path.empty() || error->kind == IssueKind::unsupported_version || named;
    return {refusal_of(*error), latin1_only(alone ? error->text : error->path + ": " + error->text)};
}

} // namespace sluse::letter
