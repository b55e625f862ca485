// gateway/process/said_again.hpp — a resource that is said again with the same bytes: nothing of it is taken apart, merged or shown.
#pragma once

#include "gateway/model/fact.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluse {

/// Most of a message names what did not change: the patient, the ward. What was said of a resource last, when all of it stands: saying it
/// again shows nothing new and only makes the elements that it said (those of version `base`) as new as `newest`.
struct SaidAgain {
    std::array<std::uint8_t, 16> digest{}; ///< of the resource's JSON, the first half of its SHA-256: what is taken for the same is not written
    std::uint64_t size{};                  ///< of the same, bytes
    Version base, newest;
    bool is(std::string_view json) const;
};
SaidAgain said_now(std::string_view json, const Version& version);
/// Format 2; the first is read too. Empty when the record is damaged: the resource is then merged as a whole.
void encode(const SaidAgain& said, std::string& out);
std::optional<SaidAgain> decode_said_again(std::string_view record);

} // namespace sluse
