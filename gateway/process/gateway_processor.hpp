// gateway/process/gateway_processor.hpp — the process stage: raw record → FHIR → facts → timeline → signed deltas. Deterministic.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/system.hpp"
#include "gateway/normalise/maps.hpp"
#include "gateway/normalise/registers/registers.hpp"
#include "gateway/process/packed_nodes.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace sluse {

/// What processing depends on beside the journal.
struct ProcessOptions {
    std::shared_ptr<const Maps> maps;
    std::shared_ptr<const Packs> packs;
    std::shared_ptr<const Registers> registers{}; ///< null: none
    Keys keys = Keys::demonstration();
    std::function<const SystemSettings&(std::string_view system)> system_settings; ///< must answer for any name
    Millis duplicate_window_ms = 90 * 24 * hour_ms;
    Millis trace_retention_ms = 90 * 24 * hour_ms; ///< of messages' ways and of notes for operators; no less than raw messages are kept
    CacheLimits cache{};
};
std::unique_ptr<Processor> make_gateway_processor(const ProcessOptions& options);

} // namespace sluse
