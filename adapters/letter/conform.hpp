// adapters/letter/conform.hpp — an OIOXML letter against the outline of its schema (schemas/maps/letter/outline).
#pragma once

#include "adapters/adapter.hpp"
#include "adapters/xml/document.hpp"

namespace sluse::letter {

/// Elements that stand more often than the letter's schema allows, of which all but the first would be lost, elements of other namespaces,
/// groups, dates, codes and numbers that the schema demands and that are missing, and dates and times that are none, each an error with its
/// place; other words than the schema's and texts that are missing are told. Letters whose version has no
/// outline have one Letter, Sender, Receiver and Patient, and are left to the other checks.
void hold_to_outline(xml::Element emessage, Checked& out);

} // namespace sluse::letter
