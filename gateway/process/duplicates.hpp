// gateway/process/duplicates.hpp — the authoritative duplicate check: same system, control id and bytes within a stated window.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/journal/log.hpp"

#include <string_view>

namespace sluse {

enum class Seen {
    first,     ///< neither this control id nor these bytes
    duplicate, ///< the same message again: no second effect
    reused,    ///< the control id with other bytes: a new message, counted
};

/// Looks the message up and remembers it. A message without control id is known by its bytes alone. Time is the message's own.
Seen check_duplicate(Unit& unit, std::string_view system, std::string_view control_id, std::string_view bytes, Millis received_ms, Millis window_ms);

/// Erases what has left the window from one of the 256 slices of what is remembered. Called for the next slice every now and then, so that
/// the state stays bounded by the window and what arrives during a round; few slices, because to begin a walk costs as much as many steps of it.
void sweep_duplicates(Unit& unit, std::uint8_t slice, Millis now, Millis window_ms);

} // namespace sluse
