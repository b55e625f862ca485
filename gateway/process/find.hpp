// gateway/process/find.hpp — a message by its id, also one that a clock gave a wrong time.
#pragma once

#include "gateway/journal/find.hpp"

namespace sluse {

/// find_message(), and what it misses when the clock jumped: the journal is then out of the order of time, and a message is found at the
/// position that its trace keeps. Errc::not_found when it is not (or no longer) there.
Result<Found> find_kept(Log& log, const Ulid& id);

} // namespace sluse
