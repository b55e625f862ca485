// gateway/tools/simulate_receipts.hpp — what the receivers of the synthetic population's letters and messages answer.
#pragma once

#include "gateway/tools/simulate.hpp"

namespace sluse::simulated {

/// What its receiver answers, minutes later, when the format's rules let it: by the gateway's own adapters. A few receivers refuse. Empty
/// bytes: nothing is answered. `word` is the message's randomness.
SimulatedMessage receipt_of(const SimulatedMessage& letter, std::string receiver, std::uint64_t word);

} // namespace sluse::simulated
