// gateway/replay.hpp — a journal written again from another: what `sluse journal replay` does, and from which everything else is rebuilt.
#pragma once

#include "gateway/journal/log.hpp"

#include <limits>
#include <string>

namespace sluse {

/// Which messages go along; empty: all.
struct ReplayFilter {
    std::string system, type;  ///< `type`: how it begins, "ADT" or "ADT^A01"
    Millis from = 0, until = std::numeric_limits<Millis>::max(); ///< received at or after `from`, before `until`
    bool same_rules{};         ///< also the activations of sets of rules, so that each message is processed under the set it was processed under
};

struct Replayed {
    std::uint64_t messages{}, refusals{}; ///< written again
    std::uint64_t left_out{};             ///< by the filter
    std::uint64_t damaged{};              ///< could not be read, or decoded
    std::uint64_t cut{};                  ///< messages that are past retention
};

/// Appends what the filter takes of `from` to `to`, with the same keys, partitions, times and bytes, in the order within each partition.
/// Returns when all is durable. Both must have the same number of partitions.
Result<Replayed> replay(Log& from, Log& to, const ReplayFilter& filter);

} // namespace sluse
