// gateway/journal/find.hpp — from a message's id to its record: the id holds the time, the journal is in order of time.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/envelope.hpp"

#include <optional>

namespace sluse {

struct Found {
    Position position;
    Envelope envelope;
};

/// Looks in every partition around the id's own time; no index is kept. Errc::not_found when it is not (or no longer) there.
Result<Found> find_message(Log& log, const Ulid& id);
/// The same among what waits in the spool, whose `position` says so; none when it is not there.
Result<std::optional<Found>> find_in_spool(Log& log, const Ulid& id);

} // namespace sluse
