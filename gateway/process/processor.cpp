// gateway/process/processor.cpp — one record's way through the stage.
#include "gateway/process/processor.hpp"

#include "gateway/process/delivery.hpp"
#include "gateway/process/duplicates.hpp"
#include "gateway/process/keys.hpp"

#include <algorithm>
#include <exception>
#include <functional>

namespace sluse {
namespace {

constexpr std::uint32_t messages_per_sweep = 2048;      ///< of one slice: all are gone over in half a million messages of a partition
constexpr std::uint32_t messages_per_trace_sweep = 256; ///< seldom and many at once: what was just erased is walked over by the next sweep
constexpr std::size_t traces_per_sweep = 1024, notes_per_sweep = 64;

/// Of what the message says clinically, not of its own header: the same content under a new control id gives the same hash.
std::uint64_t content_hash(const Normalised& n)
{
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const auto& span : n.resources) {
        if (span.type == "MessageHeader" || span.type == "Provenance") continue;
        const auto part = std::hash<std::string_view>()(std::string_view(n.bundle).substr(span.offset, span.length));
        hash = (hash ^ part) * 0x100000001b3u;
    }
    for (const auto& d : n.deleted) hash = (hash ^ std::hash<std::string_view>()(d.path)) * 0x100000001b3u;
    return (hash ^ std::hash<std::string_view>()(n.event)) * 0x100000001b3u;
}

Version version_of(const Normalised& n, const Envelope& e, std::uint64_t position)
{
    const auto recorded = n.recorded_ms ? n.recorded_ms : n.sent_ms ? n.sent_ms : e.received_ms;
    return {recorded, n.sent_ms ? n.sent_ms : recorded, position};
}

std::vector<Link> links_of(const Normalised& n, const Version& version)
{
    std::vector<Link> links;
    for (const auto& l : n.links) links.push_back({l.a.node(), l.b.node(), version, l.active});
    return links;
}

Envelope unreadable(const Record& record, std::uint64_t position)
{
    Envelope e;
    e.system = "(unreadable)";
    e.received_ms = record.timestamp;
    const auto digest = sha256(record.value);
    std::copy_n(digest.begin(), e.id.bytes.size(), e.id.bytes.begin());
    e.id.bytes[0] &= 0x7f;
    e.lane.digest = sha256(e.system + std::to_string(position));
    return e;
}

} // namespace

GatewayProcessor::GatewayProcessor(const ProcessOptions& options, FindAdapter find)
    : options_(options), find_(find), persons_(options.packs, options.keys, options.cache)
{
}

Repairs* repairs_of(Processor& processor)
{
    return dynamic_cast<GatewayProcessor*>(&processor);
}

SystemCounters& GatewayProcessor::counters(const std::string& system, Unit& unit)
{
    auto& systems = partitions_[unit.partition()].systems;
    const auto [at, fresh] = systems.try_emplace(system);
    if (fresh)
        if (const auto stored = unit.get("K" + system)) at->second.counters = decode_counters(*stored).value_or(SystemCounters());
    at->second.dirty = true;
    return at->second.counters;
}

void GatewayProcessor::process(Topic topic, const Record& record, Unit& unit)
{
    if (topic == Topic::raw) process_raw(record, unit);
    else if (topic == Topic::facts) process_letter(record, unit);
}

void GatewayProcessor::process_raw(const Record& record, Unit& unit)
{
    const auto position = record.offset * unit.partitions() + record.partition;
    const auto envelope = decode_envelope(record.value);
    if (!envelope) {
        const auto damaged = unreadable(record, position);
        ++counters(damaged.system, unit).accepted;
        return hold(Held::failed, damaged, record.value, position, envelope.error().where, unit);
    }
    auto& c = counters(envelope->system, unit);
    ++c.accepted;
    c.last_received_ms = std::max(c.last_received_ms, static_cast<std::uint64_t>(std::max<Millis>(0, envelope->received_ms)));
    auto& p = partitions_[unit.partition()];
    p.newest_received_ms = std::max(p.newest_received_ms, envelope->received_ms);
    if (record.offset % messages_per_sweep == 0) p.sweep_due = static_cast<std::uint8_t>(record.offset / messages_per_sweep); // a restart counts on
    ++p.since_trace_sweep;

    const auto opened = open(*envelope);
    std::string own;
    const auto identity = identity_of(opened.adapter, envelope->bytes, opened.checked, own);
    const auto seen = check_duplicate(unit, envelope->system, envelope->control_id, identity, envelope->received_ms, options_.duplicate_window_ms);
    if (seen == Seen::duplicate) {
        ++c.duplicates;
        return trace(*envelope, position, Fate::duplicate, {}, unit);
    }
    if (seen == Seen::reused) ++c.control_id_reused;
    if (!set_aside(*envelope, record.value, position, unit)) process_new(*envelope, opened, record.value, position, unit);
}

void GatewayProcessor::process_new(const Envelope& envelope, const Opened& opened, std::string_view record, std::uint64_t position, Unit& unit)
{
    const auto key = keys::lane_system('L', node_id(envelope.lane), envelope.system);
    const auto stored = unit.get(key);
    auto lane = stored ? decode_lane(*stored) : LaneRecord();
    if (lane.held > 0 && envelope.lane.has_person) return hold(Held::parked, envelope, record, position, "behind a message of the same patient and system", unit);
    if (const auto understood = understand(envelope, opened, position); !understood)
        return hold(Held::failed, envelope, record, position, understood.error().where, unit);
    apply(envelope, position, lane, unit);
    ++counters(envelope.system, unit).normalised;
    trace(envelope, position, Fate::normalised, {}, unit);
}

/// Decodes a message, once for all that is asked of it. Views the envelope's bytes.
GatewayProcessor::Opened GatewayProcessor::open(const Envelope& e) const
{
    Opened opened{find_(e.format), {}};
    if (!opened.adapter) return opened;
    try {
        opened.checked = opened.adapter->check(e.bytes, options_.system_settings(e.system));
    } catch (const std::exception&) { // its text may hold a patient's data
        opened.checked = {};
        opened.checked.answer = Answer::content_error;
        opened.checked.issues.push_back({Severity::error, IssueKind::internal, "process", "exception while decoding"});
    }
    return opened;
}

/// Everything that can fail, and nothing that has an effect.
Result<void> GatewayProcessor::understand(const Envelope& e, const Opened& opened, std::uint64_t position)
try {
    const auto* adapter = opened.adapter;
    if (!adapter) return Fault{Errc::unsupported, "process: no such format"};
    const auto& settings = options_.system_settings(e.system);
    const auto& checked = opened.checked;
    if (checked.answer != Answer::accepted) {
        const auto* issue = checked.issues.empty() ? nullptr : &checked.issues.front();
        return Fault{Errc::bad_message, issue ? issue->path + ": " + issue->text : "process: the check refuses what intake accepted"};
    }
    normalised_.clear();
    const NormaliseContext context{*options_.maps, settings, options_.keys.resource, e.id, e.received_ms};
    if (auto done = adapter->normalise(e.bytes, checked, context, normalised_); !done) return done.error();
    if (options_.registers) options_.registers->complete(normalised_, settings.zone.day_at(normalised_.sent_ms ? normalised_.sent_ms : e.received_ms));
    receipts_ = adapter->receipts ? adapter->receipts(checked) : Receipts();
    sender_ = checked.system;
    extractor_.extract(normalised_, {e.system, &settings.zone, position, e.received_ms}, said_);
    return {};
} catch (const std::exception&) {
    return Fault{Errc::bad_message, "process: exception while mapping"}; // its text may hold a patient's data
}

void GatewayProcessor::apply(const Envelope& e, std::uint64_t position, LaneRecord& lane, Unit& unit)
{
    auto& c = counters(e.system, unit);
    const auto& n = normalised_;
    c.issues += n.issues.size();
    c.mojibake += n.mojibake;
    c.unmapped += n.coverage.unmapped.size();
    for (const auto& path : n.coverage.unmapped)
        if (const auto at = c.unmapped_by_path.find(path); at != c.unmapped_by_path.end()) ++at->second;
        else if (c.unmapped_by_path.size() < SystemCounters::unmapped_paths_max) c.unmapped_by_path.emplace(path, 1);

    const auto hash = content_hash(n);
    const auto known = std::ranges::find(lane.contents, hash);
    if (known != lane.contents.end()) {
        ++c.equal_content;
        lane.contents.erase(known);
    } else if (lane.contents.size() >= LaneRecord::contents_max) {
        lane.contents.erase(lane.contents.begin());
    }
    lane.contents.push_back(hash);
    unit.put(keys::lane_system('L', node_id(e.lane), e.system), encode(lane));

    remember_receipts(unit, e, sender_, receipts_);
    const auto version = version_of(n, e, position);
    resources_.write(n, version, hex(view(node_id(e.lane))), unit);
    const auto& settled = persons_.say({e.id, e.received_ms, e.system, n.partial}, said_, links_of(n, version), unit);
    count_settled(settled, e.system, unit);
}

void GatewayProcessor::count_settled(const Settled& settled, const std::string& system, Unit& unit)
{
    auto& c = counters(system, unit);
    c.ties += settled.ties;
    c.links_refused += settled.links_refused;
    c.pack_faults += settled.faults;
    for (const auto& cause : settled.after_tombstone) {
        ++c.after_tombstone;
        note(cause, "after-tombstone", unit);
    }
    for (const auto& cause : settled.impossible) {
        ++c.impossible_courses;
        note(cause, "impossible-course", unit);
    }
}

void GatewayProcessor::process_letter(const Record& record, Unit& unit)
{
    if (is_part_letter(record.value)) return process_part_letter(record, unit);
    if (!persons_.receive(record.value, unit)) {
        // Not a sender's fault: our own record is damaged. Kept whole for whoever looks into it; the lane goes on.
        ++counters("(unreadable)", unit).pack_faults;
        return unit.send(Topic::quarantine, unit.partition(), record.key, record.value);
    }
    const auto& cause = persons_.cause();
    const auto& settled = persons_.settled();
    count_settled(settled, cause.system, unit);
    auto& p = partitions_[unit.partition()]; // which may get nothing but letters
    p.newest_received_ms = std::max(p.newest_received_ms, cause.received_ms);
    ++p.since_trace_sweep;
    if (settled.events.empty()) return;
    const auto key = keys::message(cause.message);
    const auto stored = unit.get(key);
    auto t = stored ? decode_trace(*stored).value_or(MessageTrace()) : MessageTrace();
    buffer_.clear();
    encode(t, settled.events, buffer_); // beside what the message itself or another letter caused
    unit.put(key, buffer_);
}

void GatewayProcessor::trace(const Envelope& e, std::uint64_t position, Fate fate, std::string reason, Unit& unit)
{
    auto& t = trace_;
    t.fate = fate;
    t.received_ms = e.received_ms;
    t.position = position;
    t.system = e.system;
    t.type = e.type;
    t.control_id = e.control_id;
    t.reason = std::move(reason);
    t.lane = node_id(e.lane);
    std::size_t named = 0;
    if (fate == Fate::normalised)
        for (const auto& span : normalised_.resources) {
            if (span.type == "MessageHeader" || span.type == "Provenance") continue;
            if (named == t.resources.size()) t.resources.emplace_back();
            ((t.resources[named++] = span.type) += '/') += span.id;
        }
    t.resources.resize(named);
    buffer_.clear();
    encode(t, fate == Fate::normalised ? persons_.settled().events : CausedEvents(), buffer_);
    unit.put(keys::message(e.id), buffer_);
}

void GatewayProcessor::hold(Held held, const Envelope& e, std::string_view record, std::uint64_t position, std::string reason, Unit& unit)
{
    QuarantineEntry entry{held, e.id, e.received_ms, position, e.system, e.type, e.control_id, reason, node_id(e.lane), std::string(record)};
    buffer_.clear();
    encode(entry, buffer_);
    unit.put(quarantine_key(entry), buffer_);
    unit.send(Topic::quarantine, unit.partition(), hex(view(entry.lane)), buffer_);
    auto& c = counters(e.system, unit);
    ++(held == Held::failed ? c.quarantined : c.parked);
    if (e.lane.has_person) {
        const auto key = keys::lane_system('L', entry.lane, e.system);
        const auto stored = unit.get(key);
        auto lane = stored ? decode_lane(*stored) : LaneRecord();
        ++lane.held;
        unit.put(key, encode(lane));
    }
    trace(e, position, held == Held::failed ? Fate::failed : Fate::parked, std::move(reason), unit);
}

void GatewayProcessor::note(const Cause& cause, std::string reason, Unit& unit)
{
    QuarantineEntry entry;
    entry.held = Held::note;
    entry.message = cause.message;
    entry.received_ms = cause.received_ms;
    entry.system = cause.system;
    entry.reason = std::move(reason);
    buffer_.clear();
    encode(entry, buffer_);
    unit.put(quarantine_key(entry), buffer_);
    auto& systems = partitions_[unit.partition()].systems;
    if (const auto at = systems.find(entry.system); at != systems.end()) at->second.notes_from = std::min(at->second.notes_from, entry.message.time());
}

void GatewayProcessor::flush(Unit& unit)
{
    auto& p = partitions_[unit.partition()];
    for (auto& [system, cached] : p.systems) {
        if (!std::exchange(cached.dirty, false)) continue;
        buffer_.clear();
        encode(cached.counters, buffer_);
        unit.put("K" + system, buffer_);
    }
    if (const auto slice = std::exchange(p.sweep_due, {})) {
        sweep_receipts(unit, *slice, p.newest_received_ms - options_.trace_retention_ms);
        sweep_duplicates(unit, *slice, p.newest_received_ms, options_.duplicate_window_ms);
    }
    if (p.since_trace_sweep < messages_per_trace_sweep) return;
    p.since_trace_sweep = 0;
    const auto before = p.newest_received_ms - options_.trace_retention_ms;
    sweep_traces(unit, before, traces_per_sweep);
    for (auto& [system, cached] : p.systems)
        if (cached.notes_from < before) cached.notes_from = sweep_notes(unit, system, before, notes_per_sweep);
}

void GatewayProcessor::forget(std::uint32_t partition)
{
    partitions_.erase(partition);
    persons_.forget(partition);
}

} // namespace sluse
