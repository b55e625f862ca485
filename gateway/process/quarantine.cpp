// gateway/process/quarantine.cpp — stored forms of quarantine entries, lanes (format 1) and message traces (format 2).
#include "gateway/process/quarantine.hpp"

#include "gateway/process/keys.hpp"

namespace sluse {
namespace {

/// Erases the first keys under `prefix`, which go on with a ULID, as long as its time is before `before`. Returns the first time that is left, or no_notes.
Millis sweep(Unit& unit, const std::string& prefix, Millis before, std::size_t most)
{
    constexpr std::size_t time_bytes = 6; // of a ULID
    std::vector<std::string> gone;
    auto left = no_notes;
    unit.scan(prefix, [&](std::string_view key, std::string_view) {
        if (key.size() < prefix.size() + time_bytes) return false;
        const auto at = static_cast<Millis>(get_be(key.substr(prefix.size(), time_bytes)));
        if (at >= before || gone.size() >= most) {
            left = at;
            return false;
        }
        gone.emplace_back(key);
        return true;
    });
    for (const auto& key : gone) unit.erase(key);
    return left;
}

/// Of a CausedEvent or an IndicatorEvent.
template <class Event> void write_head(Writer& w, const Event& e)
{
    w.bytes(e.indicator);
    w.bytes(e.version);
    w.u8(e.sign > 0 ? 1 : 0);
    w.uint(e.sequence);
    w.bytes(e.person);
}

} // namespace

void sweep_traces(Unit& unit, Millis before, std::size_t most)
{
    sweep(unit, "M", before, most);
}

Millis sweep_notes(Unit& unit, std::string_view system, Millis before, std::size_t most)
{
    QuarantineEntry first;
    first.held = Held::note;
    first.system = system;
    auto prefix = quarantine_key(first);
    prefix.resize(prefix.size() - first.message.bytes.size());
    return sweep(unit, prefix, before, most);
}

std::string_view name(Held held)
{
    switch (held) {
    case Held::failed: return "failed";
    case Held::parked: return "parked";
    case Held::note: return "note";
    }
    return "unknown";
}

std::string_view name(Fate fate)
{
    switch (fate) {
    case Fate::unknown: return "unknown";
    case Fate::normalised: return "normalised";
    case Fate::duplicate: return "duplicate";
    case Fate::failed: return "quarantined";
    case Fate::parked: return "parked";
    case Fate::discarded: return "discarded";
    case Fate::filtered: return "filtered";
    case Fate::waiting: return "waiting";
    case Fate::joined: return "joined";
    }
    return "unknown";
}

std::string quarantine_key(const QuarantineEntry& e)
{
    auto key = keys::lane_system('X', e.lane, e.system);
    if (e.held == Held::note) key += 'n'; // behind the digits of no position: notes never stand in a queue
    put_be(key, e.position, 8);
    if (e.held == Held::note) key.append(reinterpret_cast<const char*>(e.message.bytes.data()), e.message.bytes.size());
    return key;
}

void encode(const QuarantineEntry& e, std::string& out)
{
    Writer w(out);
    w.u8(1);
    w.u8(static_cast<std::uint8_t>(e.held));
    w.raw(e.message.bytes);
    w.sint(e.received_ms);
    w.uint(e.position);
    for (const auto* text : {&e.system, &e.type, &e.control_id, &e.reason}) w.bytes(*text);
    w.raw(view(e.lane));
    w.bytes(e.envelope);
}

std::optional<QuarantineEntry> decode_quarantine(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 1) return {};
    QuarantineEntry e;
    const auto held = r.u8();
    if (held < 1 || held > 3) return {};
    e.held = static_cast<Held>(held);
    r.raw(e.message.bytes);
    e.received_ms = r.sint();
    e.position = r.uint();
    for (auto* text : {&e.system, &e.type, &e.control_id, &e.reason}) *text = r.bytes();
    r.raw(e.lane);
    e.envelope = r.bytes();
    return r.ok() && r.done() ? std::optional(std::move(e)) : std::nullopt;
}

std::string encode(const LaneRecord& record)
{
    std::string out;
    Writer w(out);
    w.u8(1);
    w.uint(record.held);
    for (const auto hash : record.contents) put_be(out, hash, 8);
    return out;
}

LaneRecord decode_lane(std::string_view record)
{
    Reader r(record);
    LaneRecord lane;
    if (r.u8() != 1) return lane;
    lane.held = r.uint();
    while (r.ok() && !r.done()) {
        const auto hash = r.raw(8);
        if (r.ok()) lane.contents.push_back(get_be(hash));
    }
    return lane;
}

void encode(const MessageTrace& t, const CausedEvents& caused, std::string& out)
{
    Writer w(out);
    w.u8(2);
    w.u8(static_cast<std::uint8_t>(t.fate));
    w.sint(t.received_ms);
    w.uint(t.position);
    for (const auto* text : {&t.system, &t.type, &t.control_id, &t.reason}) w.bytes(*text);
    w.raw(view(t.lane));
    w.uint(t.resources.size());
    for (const auto& resource : t.resources) w.bytes(resource);
    const auto count = t.events.size() + caused.count_;
    w.uint(count);
    for (const auto& e : t.events) write_head(w, e);
    w.raw(caused.heads_);
    begin_contributions(count, out);
    for (const auto& e : t.events) encode(e.contribution, out);
    w.raw(caused.contributions_);
}

void CausedEvents::add(const IndicatorEvent& event)
{
    ++count_;
    Writer w(heads_);
    write_head(w, event);
    encode(event.contribution, contributions_);
}

void CausedEvents::clear()
{
    count_ = 0;
    heads_.clear();
    contributions_.clear();
}

std::optional<MessageTrace> decode_trace(std::string_view record)
{
    Reader r(record);
    const auto format = r.u8(); // 1 told less of an event: neither its episode nor where it counts
    if (format != 1 && format != 2) return {};
    MessageTrace t;
    const auto fate = r.u8();
    if (fate > static_cast<std::uint8_t>(Fate::joined)) return {};
    t.fate = static_cast<Fate>(fate);
    t.received_ms = r.sint();
    t.position = r.uint();
    for (auto* text : {&t.system, &t.type, &t.control_id, &t.reason}) *text = r.bytes();
    r.raw(t.lane);
    for (auto count = r.uint(); count > 0 && r.ok(); --count) t.resources.emplace_back(r.bytes());
    for (auto count = r.uint(); count > 0 && r.ok(); --count) {
        auto& e = t.events.emplace_back();
        e.indicator = r.bytes();
        e.version = r.bytes();
        e.sign = r.u8() ? 1 : -1;
        e.sequence = r.uint();
        e.person = r.bytes();
        if (format != 1) continue;
        e.contribution.numerator = r.sint();
        e.contribution.denominator = r.sint();
        e.contribution.counts_day = static_cast<Day>(r.sint());
    }
    if (format == 1) return r.ok() && r.done() ? std::optional(std::move(t)) : std::nullopt;
    auto parts = decode_contributions(r.rest());
    if (!r.ok() || !parts || parts->size() != t.events.size()) return {};
    for (std::size_t i = 0; i < parts->size(); ++i) t.events[i].contribution = std::move((*parts)[i]);
    return t;
}

} // namespace sluse
