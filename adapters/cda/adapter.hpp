// adapters/cda/adapter.hpp — the cda row of the registry: MedCom's CDA R2 documents (contract: adapters/adapter.hpp).
#pragma once

#include "adapters/adapter.hpp"

namespace sluse::cda {

bool recognises(std::string_view bytes);
std::vector<std::string_view> split(std::string_view bytes, Issues& issues);
Checked check(std::string_view message, const SystemSettings& system);
/// CDA has no acknowledgement of its own: what carried the document answers (HTTP's receipt, an envelope's, the file's report).
std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);
Result<void> normalise(std::string_view message, const Checked& checked, const NormaliseContext& context, Normalised& out);

} // namespace sluse::cda
