// adapters/hl7v2/adapter.hpp — the hl7v2 row of the registry (contract: adapters/adapter.hpp).
#pragma once

#include "adapters/adapter.hpp"

namespace sluse::hl7v2 {

bool recognises(std::string_view bytes);
std::vector<std::string_view> split(std::string_view bytes, Issues& issues);
Checked check(std::string_view message, const SystemSettings& system);
std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);
Result<void> normalise(std::string_view message, const Checked& checked, const NormaliseContext& context, Normalised& out);

} // namespace sluse::hl7v2
