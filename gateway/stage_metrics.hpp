// gateway/stage_metrics.hpp — what /metrics says of the stages behind the journal; intake counts for itself.
#pragma once

#include "gateway/journal/log.hpp"
#include "gateway/track/tracker.hpp"

namespace sluse {

/// Registers gauges that are read from committed state at most every few seconds, however often /metrics is asked. Both outlive the
/// process's registry's last reading.
void watch_stages(Log& log, Tracker& tracker);

} // namespace sluse
