// bench/flood.hpp — as many messages a second as a gateway acknowledges, from a sender that costs little beside it.
#pragma once

#include <cstdint>

namespace sluse::bench {

/// Sends simulated messages over so many MLLP connections, each with at most `window` unanswered, and prints rates, latencies and its own
/// CPU. A patient's messages take one connection. Messages are made and framed before the clock starts. Each answer must accept the oldest
/// message unanswered. Returns an exit code.
int flood(const char* url, std::uint64_t messages, unsigned connections, unsigned window, std::uint64_t seed);

} // namespace sluse::bench
