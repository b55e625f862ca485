// gateway/recompute.hpp — the stream's cells held against a batch over all stored facts.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/track/tracker.hpp"

#include <filesystem>
#include <functional>
#include <memory>
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

/// What it takes to work a day's numbers out again.
struct KnownThen {
    Day day{};
    std::filesystem::path scratch; ///< for a journal of the messages received until then; is not there before, nor after
    unsigned workers{2};
    std::function<std::unique_ptr<Processor>()> processor; ///< each message under the rules that it was processed under
    std::function<std::shared_ptr<const Packs>(const std::string& rules)> packs; ///< of the set of rules with that hash; null: it is lost
};

/// The cells as known at the end of that day, which are what the tracker answers with `as_known_on`, held against a batch over the facts
/// of nothing but the messages received until then. Errc::refused when some of those are past retention.
Result<Comparison> compare_as_known(Log& log, Tracker& tracker, const KnownThen& then);

} // namespace sluse
