// gateway/process/processor_parts.cpp — what the stage does with messages that come in parts; where they wait is parts.cpp.
#include "gateway/process/parts.hpp"
#include "gateway/process/processor.hpp"

namespace sluse {

/// True when the record is a part, which is on its way to the others now.
bool GatewayProcessor::set_aside(const Envelope& e, std::string_view record, std::uint64_t position, Unit& unit)
{
    const auto* adapter = find_(e.format);
    if (!adapter || !adapter->continuation || !adapter->whole) return false;
    const auto pointers = adapter->continuation(e.bytes);
    if (pointers.from.empty() && pointers.to.empty()) return false;
    buffer_.clear();
    encode(PartLetter{PartLetter::Kind::part, e.id, {}, unit.partition(), position, std::string(record)}, buffer_);
    unit.send(Topic::facts, parts_home(options_.keys.lane, e.system, unit.partitions()), "part", buffer_);
    ++counters(e.system, unit).waiting;
    trace(e, position, Fate::waiting, "waits for the other parts of its message", unit);
    return true;
}

void GatewayProcessor::process_part_letter(const Record& record, Unit& unit)
{
    const auto letter = decode_part_letter(record.value);
    const auto envelope = letter ? decode_envelope(letter->record) : Result<Envelope>(Fault{Errc::storage, "part"});
    if (!envelope) {
        ++counters("(unreadable)", unit).pack_faults; // our own record is damaged: kept whole for whoever looks into it
        return unit.send(Topic::quarantine, unit.partition(), record.key, record.value);
    }
    auto& p = partitions_[unit.partition()];
    p.newest_received_ms = std::max(p.newest_received_ms, envelope->received_ms);
    if (letter->kind == PartLetter::Kind::part) {
        const auto* adapter = find_(envelope->format);
        if (adapter && adapter->continuation && adapter->whole) gather_part(unit, *letter, *adapter);
        return;
    }
    auto& c = counters(envelope->system, unit);
    --c.waiting;
    if (letter->kind == PartLetter::Kind::map) {
        if (letter->into == Ulid{}) note({envelope->id, envelope->received_ms, envelope->system, false}, "part-missing", unit);
        return process_new(*envelope, open(*envelope), letter->record, letter->position, unit);
    }
    ++c.joined;
    trace(*envelope, letter->position, Fate::joined, "mapped as one with message " + letter->into.text(), unit);
}

} // namespace sluse
