// gateway/process/processor_repairs.cpp — the way back out of quarantine, and persons counted anew under other packs.
#include "gateway/process/processor.hpp"

#include "gateway/process/keys.hpp"

namespace sluse {

Repaired GatewayProcessor::release(Unit& unit, const NodeId& lane, std::string_view system)
{
    return work_off(unit, lane, system);
}

/// The one that fails is the one to look at, also when it only waited before.
void GatewayProcessor::fails_again(std::string_view key, QuarantineEntry& entry, const std::string& reason, Unit& unit)
{
    auto& c = counters(entry.system, unit);
    if (entry.held == Held::parked) {
        --c.parked;
        ++c.quarantined;
    }
    entry.held = Held::failed;
    entry.reason = reason;
    buffer_.clear();
    encode(entry, buffer_);
    unit.put(key, buffer_);
}

Repaired GatewayProcessor::work_off(Unit& unit, const NodeId& lane, std::string_view system)
{
    Repaired result;
    std::vector<std::pair<std::string, QuarantineEntry>> queue;
    unit.scan(keys::lane_system('X', lane, system), [&](std::string_view key, std::string_view value) {
        auto entry = decode_quarantine(value);
        if (entry && entry->held != Held::note && entry->system == system) queue.emplace_back(key, std::move(*entry));
        return true;
    });
    const auto key = keys::lane_system('L', lane, system);
    for (auto& [entry_key, entry] : queue) {
        const auto envelope = decode_envelope(entry.envelope);
        const auto understood = envelope ? understand(*envelope, open(*envelope), entry.position) : Result<void>(envelope.error());
        if (!understood) {
            result.reason = understood.error().where;
            fails_again(entry_key, entry, result.reason, unit);
            // What could not be read has no patient to wait for: the others of the list are tried all the same.
            if (!envelope || !envelope->lane.has_person) continue;
            break;
        }
        const auto stored = unit.get(key);
        auto state = stored ? decode_lane(*stored) : LaneRecord();
        if (state.held > 0) --state.held;
        apply(*envelope, entry.position, state, unit);
        unit.erase(entry_key);
        auto& c = counters(envelope->system, unit);
        --(entry.held == Held::failed ? c.quarantined : c.parked);
        ++c.normalised;
        trace(*envelope, entry.position, Fate::normalised, {}, unit);
        ++result.processed;
    }
    result.left = queue.size() - result.processed;
    return result;
}

std::optional<QuarantineEntry> GatewayProcessor::held_message(Unit& unit, const Ulid& message)
{
    const auto stored = unit.get(keys::message(message));
    const auto t = stored ? decode_trace(*stored) : std::nullopt;
    std::optional<QuarantineEntry> found;
    const auto look = [&](std::string_view, std::string_view value) {
        auto entry = decode_quarantine(value);
        if (!entry || entry->message != message) return true;
        found = std::move(*entry);
        return false;
    };
    if (t) unit.scan(keys::lane_system('X', t->lane, t->system), look);
    if (!found) unit.scan("X", look); // notes stand elsewhere
    return found;
}

Result<Repaired> GatewayProcessor::retry(Unit& unit, const Ulid& message)
{
    const auto entry = held_message(unit, message);
    if (!entry) return Fault{Errc::not_found, "quarantine: no such message is held in this partition"};
    if (entry->held == Held::note) return Fault{Errc::unsupported, "quarantine: it was processed; what stands here is a note"};
    if (entry->held == Held::parked) return Fault{Errc::refused, "quarantine: it waits behind another message of its patient: release that one"};
    return work_off(unit, entry->lane, entry->system);
}

Result<Repaired> GatewayProcessor::discard(Unit& unit, const Ulid& message)
{
    const auto entry = held_message(unit, message);
    if (!entry) return Fault{Errc::not_found, "quarantine: no such message is held in this partition"};
    unit.erase(quarantine_key(*entry));
    if (entry->held == Held::note) return Repaired{};
    auto& c = counters(entry->system, unit);
    --(entry->held == Held::failed ? c.quarantined : c.parked);
    ++c.discarded;
    const auto key = keys::lane_system('L', entry->lane, entry->system);
    if (const auto stored = unit.get(key)) {
        auto lane = decode_lane(*stored);
        if (lane.held > 0) --lane.held;
        unit.put(key, encode(lane));
    }
    Envelope gone;
    gone.id = entry->message;
    gone.received_ms = entry->received_ms;
    gone.system = entry->system;
    gone.type = entry->type;
    gone.control_id = entry->control_id;
    trace(gone, entry->position, Fate::discarded, entry->reason, unit);
    return work_off(unit, entry->lane, entry->system);
}

std::size_t GatewayProcessor::refresh(Unit& unit, std::uint8_t slice, const PartSet& parts, const Ulid& cause, Millis received_ms)
{
    return persons_.refresh(slice, parts, {cause, received_ms, {}, false}, unit);
}

std::size_t GatewayProcessor::retire(Unit& unit, std::uint8_t slice, const Ulid& cause, Millis received_ms)
{
    return persons_.retire(slice, {cause, received_ms, {}, false}, unit);
}

} // namespace sluse
