// gateway/timeline/episodes.hpp — several stays and leaves of one episode of care, which are told under one name (HospitalNotification).
#pragma once

#include "gateway/model/fact.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluse {

/// Ends the key of an episode's acute part; the admission has the key without it.
constexpr std::string_view acute_part = "|EMER";

/// The name of one stay or leave of those that are told under `key`: an episode's next is told under the same name, and what ended must not
/// be lost.
std::string under_its_start(std::string_view key, Millis start);

/// Of a stay or leave under its own start: it counts where it ended and does not overlap what is told under the name now; where it does,
/// that is the same one, told otherwise.
bool overtaken(const Fact& earlier, std::span<const Fact> facts);

/// When an acute contact that nobody ended went on as an admission of its episode: the first that began after it.
std::optional<Millis> went_on(const Fact& acute, std::span<const Fact> facts);

} // namespace sluse
