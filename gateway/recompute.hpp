// gateway/recompute.hpp — the stream's cells held against a batch over all stored facts.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/track/tracker.hpp"

#include <string>
#include <vector>

namespace sluse {

struct Comparison {
    std::size_t cells{}, persons{};       ///< cells of the batch; identifiers looked at
    std::vector<std::string> differences; ///< each in words, without identities; empty: byte for byte equal
};

/// Waits at most `at_most` for a moment in which nothing is pending, no mail is under way and the tracker has read every event, and
/// compares then. Errc::timed_out when there was no such moment.
Result<Comparison> compare_with_batch(Log& log, Tracker& tracker, const Packs& packs, Millis at_most);

} // namespace sluse
