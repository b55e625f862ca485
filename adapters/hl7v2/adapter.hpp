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
/// MSH-14 and the DSC-1 of a message that ends with DSC.
Continuation continuation(std::string_view message);
/// Behind the first part's MSH stands a DSC: the further parts' pointers, F, and in DSC-3, which no version has, their control ids.
/// Empty when separators or character sets differ, or the message would be longer than 8 MB.
std::string whole(std::span<const std::string_view> parts);

} // namespace sluse::hl7v2
