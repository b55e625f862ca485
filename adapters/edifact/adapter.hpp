// adapters/edifact/adapter.hpp — the edifact row of the registry (contract: adapters/adapter.hpp).
#pragma once

#include "adapters/adapter.hpp"

namespace sluse::edifact {

bool recognises(std::string_view bytes);
std::vector<std::string_view> split(std::string_view bytes, Issues& issues);
/// A letter of several in one interchange, with its interchange's UNB before it and UNZ after it.
std::string alone(std::string_view bytes, std::string_view piece);
Checked check(std::string_view message, const SystemSettings& system);
std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);
/// The receipts of an interchange's letters as one: a UCM for each.
std::string join(std::span<const Answered> answers);
Result<void> normalise(std::string_view message, const Checked& checked, const NormaliseContext& context, Normalised& out);
/// As for a letter in XML; the place is UNB's.
void addressed(Checked& checked, const Locations& own);

/// The message as OIOXML's Emessage (UTF-8, one line), or why it has none.
Result<std::string> to_oioxml(std::string_view message);
/// An Emessage as an EDIFACT interchange (ISO 8859-1). What it says that EDIFACT has no place for is told in `left_out`, by its path; a consent
/// that is withheld is not left out: such a letter has no EDIFACT form.
Result<std::string> from_oioxml(std::string_view xml, Issues* left_out = nullptr);

} // namespace sluse::edifact
