// adapters/envelope/vans.hpp — the vans row of the registry: MedCom's VANSEnvelope 1.0.4 (contract: adapters/adapter.hpp).
#pragma once

#include "adapters/adapter.hpp"

namespace sluse::vans {

bool recognises(std::string_view bytes);
Checked check(std::string_view message, const SystemSettings& system);
/// An envelope back to the sender: the inner format's acknowledgement as its message, or a receipt (PositiveMessage, NegativeMessage).
std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);

} // namespace sluse::vans
