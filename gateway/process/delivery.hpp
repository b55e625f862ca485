// gateway/process/delivery.hpp — acknowledgements joined to the messages they name, whichever comes first; both are only remembered, and joined when asked.
#pragma once

#include "adapters/receipts.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/envelope.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// An acknowledgement as it came. The same word of the same system again (under a new id) is counted, no more.
struct Receipted {
    Ulid message; ///< the first that said so
    Millis received_ms{};
    std::string system; ///< who acknowledges
    Verdict outcome{};
    std::string text;
    std::uint32_t times{1};
};

/// What an acknowledgement names, and the message that is meant; zero: none in the log, so far.
struct Named {
    Acknowledged said;
    Ulid message;
};

/// Remembers by which names a message may be acknowledged, or what an acknowledgement says, in the partition's own state. `sender`: who sent
/// the message, as it says itself.
void remember_receipts(Unit& unit, const Envelope& envelope, std::string_view sender, const Receipts& receipts);
/// Erases from one of 256 slices what was received before `before`.
void sweep_receipts(Unit& unit, std::uint8_t slice, Millis before);

/// All acknowledgements of a message, over all partitions, oldest first.
std::vector<Receipted> receipts_for(Log& log, std::span<const std::string> names, std::string_view sender);
/// The messages that an acknowledgement names.
std::vector<Named> messages_named(Log& log, std::span<const Acknowledged> acknowledged);
/// The word that holds: a final one before a later one, and of several the newest. Null: none came.
const Receipted* final_word(std::span<const Receipted> receipts);

/// How many acknowledgements that are kept name no message here. Their names lie spread over 256 slices; a sample looks at some, so that it
/// costs little however many are kept, and each slice's count holds until its turn comes again.
class UnmatchedReceipts {
public:
    std::uint64_t sample(Log& log, std::size_t slices = 16, std::size_t records_max = 20'000);

private:
    std::array<std::uint64_t, 256> counts_{};
    std::uint8_t next_{};
};

} // namespace sluse
