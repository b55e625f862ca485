// adapters/envelope/sbdh.hpp — the sbdh row of the registry: EHMI's Standard Business Document (contract: adapters/adapter.hpp).
#pragma once

#include "adapters/adapter.hpp"

namespace sluse::sbdh {

bool recognises(std::string_view bytes);
Checked check(std::string_view message, const SystemSettings& system);
/// An envelope back to the sender: the inner format's acknowledgement, or a ReceiptAcknowledgement or Exception of ebbp-signals 2.0.
std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);

} // namespace sluse::sbdh
