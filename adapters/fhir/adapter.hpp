// adapters/fhir/adapter.hpp — the fhir row of the registry (contract: adapters/adapter.hpp).
#pragma once

#include "adapters/adapter.hpp"

namespace sluse::fhir {

bool recognises(std::string_view bytes);
std::vector<std::string_view> split(std::string_view bytes, Issues& issues);
Checked check(std::string_view message, const SystemSettings& system);
std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);
Result<void> normalise(std::string_view message, const Checked& checked, const NormaliseContext& context, Normalised& out);
/// Of a MedCom message the MessageHeader.id: a resend has a new Bundle.id and new times, and may be XML where it was JSON.
std::string identity(std::string_view message, const Checked& checked);
Receipts receipts(const Checked& checked);
/// Of a MedCom message: one of its destinations.
void addressed(Checked& checked, const Locations& own);

/// Is it KL Gateway's incremental delivery, which split() takes apart into a message for each citizen? Looks for its profile only.
bool holds_reports(std::string_view bytes);
/// A report of such a delivery in XML with the namespaces that the delivery declares; empty for other pieces.
std::string alone(std::string_view bytes, std::string_view piece);

} // namespace sluse::fhir
