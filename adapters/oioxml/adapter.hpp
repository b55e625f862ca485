// adapters/oioxml/adapter.hpp — the oioxml row of the registry: MedCom letters as XML (contract: adapters/adapter.hpp).
#pragma once

#include "adapters/adapter.hpp"

namespace sluse::oioxml {

bool recognises(std::string_view bytes);
std::vector<std::string_view> split(std::string_view bytes, Issues& issues);
Checked check(std::string_view message, const SystemSettings& system);
std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);
Result<void> normalise(std::string_view message, const Checked& checked, const NormaliseContext& context, Normalised& out);

} // namespace sluse::oioxml
