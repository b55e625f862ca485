// adapters/hl7v2/adapter.hpp — the hl7v2 row of the registry (contract: adapters/adapter.hpp).
#pragma once

#include "adapters/adapter.hpp"

#include <deque>

namespace sluse::hl7v2 {

bool recognises(std::string_view bytes);
std::vector<std::string_view> split(std::string_view bytes, Issues& issues);
/// Puts messages that go on in the next one (DSC, and MSH-14 there) together where both stand in one file; `owned` holds what lay apart.
void join_continued(std::vector<std::string_view>& messages, std::deque<std::string>& owned);
Checked check(std::string_view message, const SystemSettings& system);
std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);
Result<void> normalise(std::string_view message, const Checked& checked, const NormaliseContext& context, Normalised& out);
Receipts receipts(const Checked& checked);

} // namespace sluse::hl7v2
