// gateway/process/limits.hpp — limits of open courses as they are kept with their person, and the list of what is open.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/indicators/watches.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/signal.hpp"
#include "gateway/process/keys.hpp"

#include <cstdint>
#include <vector>

namespace sluse {

constexpr Millis no_time = -1; ///< of a limit whose course is closed

/// A limit as kept with its person.
struct KeptLimit {
    Due due;
    bool told{};
    std::uint64_t times{}; ///< how often it was told: a course may be opened again
    Ulid cause;            ///< the message that set it where it is
};
std::vector<KeptLimit> kept_of(State& state, const NodeId& id);
/// All of the person's limits; of none the record goes.
void keep(Unit& unit, const NodeId& id, const std::vector<KeptLimit>& all);

/// Every open course of a partition: what was told and not taken back, and what comes next. Persons by their pseudonym for signals.
std::vector<OpenCourse> open_courses(State& state, const Keys& keys);

} // namespace sluse
