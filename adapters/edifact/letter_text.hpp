// adapters/edifact/letter_text.hpp — a letter between its two forms: EDIFACT segments and the OIOXML element, by the compiled tables.
#pragma once

#include "adapters/edifact/syntax.hpp"
#include "adapters/edifact/table.hpp"
#include "adapters/letter/tree.hpp"
#include "adapters/xml/document.hpp"

namespace sluse::edifact {

/// What a letter says besides its segments: from UNB.
struct Heading {
    std::string_view sender, receiver; ///< GLN, or a mailbox name
    std::string_view reference;        ///< control reference
    std::string date, time;            ///< "2026-03-01", "10:15"
    bool wants_receipt{};
};
Heading heading_of(const Interchange& interchange);

/// UNH's facts into Letter, UNB's into Sender and Receiver.
void read_heading(const Text& text, const Segment& unh, const Heading& heading, const LetterTable& table, letter::Tree& tree);

/// The letter's elements, which view the message. Troubles are added; with an error among them the tree is partial.
void read_letter(const Interchange& interchange, const Heading& heading, const Letter& letter, const LetterTable& table, letter::Tree& tree, Troubles& troubles);

/// An Emessage as an EDIFACT interchange, in ISO 8859-1. Issues name elements by their path.
Result<std::string> write_letter(xml::Element emessage, const Tables& tables, Issues& issues);

/// A warning for every text of the letter that `back`, the letter read from its EDIFACT, does not have.
void find_left_out(xml::Element letter, xml::Element back, Issues& issues);

/// The table for the letter of an Emessage; null when its version is not known. `letter` is set to the letter's element.
const LetterTable* table_for(xml::Element emessage, const Tables& tables, xml::Element& letter);

/// UNB and UNH, the letter's segments (`body`, so many), UNT and UNZ.
std::string framed(xml::Element emessage, xml::Element letter, const LetterTable& table, std::string_view body, std::size_t segments);

} // namespace sluse::edifact
