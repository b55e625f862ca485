// gateway/process/back_fill.hpp — after a change of packs: count every person under what is new, slice by slice, while messages go on.
#pragma once

#include "gateway/indicators/inputs.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/process/inspect.hpp"

#include <optional>
#include <string>

namespace sluse {

// What is new is counted beside everything else and shown nowhere until all partitions are filled; what is no more stays as it stood
// until then, and is taken back after it. Where it got to is state of the partition, so that a crash goes on from there. A message that
// comes meanwhile counts under the new packs at once; its person's slice then finds nothing left to do.

/// A partition's packs have changed: within the unit that activates them. The first ever have nobody to count.
void begin_back_fill(Unit& unit, Processor& processor, const Ulid& cause, Millis at, bool first);

enum class Filling { done, filled, going_on };
/// What a partition still has to do; `filled`: only to take back what is no more.
Filling filling_of(State& state);
/// Counts some persons, few enough for messages to wait for (500: tens of milliseconds), a slice at least. Takes back only when `everywhere_filled`.
Filling fill_some(Unit& unit, Processor& processor, bool everywhere_filled, std::size_t persons_some = 500);

} // namespace sluse
