// gateway/process/parts.hpp — messages that come in parts: where the parts wait, and how they find each other over partitions.
#pragma once

#include "adapters/adapter.hpp"
#include "gateway/journal/log.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluse {

// A part is durable and acknowledged like any message. Its lane sends it on to the system's own partition, where the parts of a
// message meet whatever lanes they came to; from there the whole goes back to the first part's lane and is mapped there, once.
// All of it is state and letters of the units that do the work, so no stop at any point loses or repeats anything.

/// What one partition tells another about a part; a record of Topic::facts beside the person graph's letters (u8 version 2).
struct PartLetter {
    enum class Kind : std::uint8_t {
        part = 1,   ///< to the system's partition: one more
        map = 2,    ///< to a part's lane: map this; the whole, or a part that waits no longer
        joined = 3, ///< to a part's lane: it is in the whole
    };
    Kind kind{};
    Ulid message;
    Ulid into; ///< the message of the first part; zero: it is mapped by itself, since the others did not come
    std::uint32_t lane_partition{};
    std::uint64_t position{}; ///< in the journal
    std::string record;       ///< an envelope; of `joined` with no bytes
};
void encode(const PartLetter& letter, std::string& out);
std::optional<PartLetter> decode_part_letter(std::string_view record);
bool is_part_letter(std::string_view record);

struct PartLimits {
    static constexpr std::size_t parts_max = 256;          ///< waiting, of one system; past it the oldest goes
    static constexpr std::size_t bytes_max = 16u << 20;    ///< of them together
    static constexpr Millis patience_ms = hour_ms;         ///< for the others of its message
    static constexpr Millis idle_patience_ms = 30 * second_ms; ///< of a part that begins like a whole message, and whose earlier part nobody knows
};

/// Where the parts of a system's messages meet.
std::uint32_t parts_home(const HmacKey& lane_key, std::string_view system, std::uint32_t partitions);
/// Takes one more part in at its home, and sends out what is whole now, or is mapped by itself because it stands in another's way or past the limits.
void gather_part(Unit& unit, const PartLetter& letter, const Adapter& adapter);
/// Lets those go whose patience has ended by `now`.
void release_parts(Unit& unit, Millis now);

} // namespace sluse
