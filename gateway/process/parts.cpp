// gateway/process/parts.cpp — state: C + system part + ulid → u8 1 · uint lane partition · uint position · sint until · sint known until · uint size · bytes
// from, to; c + system part + ulid → the envelope.
#include "gateway/process/parts.hpp"

#include "gateway/process/keys.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace sluse {
namespace {

struct Waiting {
    std::string key; ///< with its first letter C
    std::uint32_t lane_partition{};
    std::uint64_t position{};
    Millis until{};       ///< it waits at most so long
    Millis known_until{}; ///< and so long when the part before it is known
    std::uint64_t size{};
    std::string from, to;

    Ulid message() const
    {
        Ulid id;
        std::memcpy(id.bytes.data(), key.data() + key.size() - id.bytes.size(), id.bytes.size());
        return id;
    }
    std::string envelope_key() const { return 'c' + key.substr(1); }
};
using WaitingList = std::vector<Waiting>;

std::string key_of(std::string_view system, const Ulid& message)
{
    return 'C' + keys::system_part(system) + std::string(reinterpret_cast<const char*>(message.bytes.data()), message.bytes.size());
}

std::string record_of(const Waiting& w)
{
    std::string out;
    Writer writer(out);
    writer.u8(1);
    writer.uint(w.lane_partition);
    writer.uint(w.position);
    writer.sint(w.until);
    writer.sint(w.known_until);
    writer.uint(w.size);
    writer.bytes(w.from);
    writer.bytes(w.to);
    return out;
}

/// In order of reception: a ULID begins with the time.
WaitingList waiting_under(Unit& unit, const std::string& prefix)
{
    WaitingList all;
    unit.scan(prefix, [&](std::string_view key, std::string_view value) {
        Reader r(value);
        Waiting w{std::string(key), 0, 0, 0, 0, 0, {}, {}};
        if (r.u8() != 1) return true;
        w.lane_partition = static_cast<std::uint32_t>(r.uint());
        w.position = r.uint();
        w.until = r.sint();
        w.known_until = r.sint();
        w.size = r.uint();
        w.from = r.bytes();
        w.to = r.bytes();
        if (r.ok()) all.push_back(std::move(w));
        return true;
    });
    return all;
}

void send(Unit& unit, const Waiting& to, PartLetter::Kind kind, const Ulid& into, std::string record)
{
    std::string out;
    encode(PartLetter{kind, to.message(), into, to.lane_partition, to.position, std::move(record)}, out);
    unit.send(Topic::facts, to.lane_partition, "part", out);
}

void forget(Unit& unit, const Waiting& part)
{
    unit.erase(part.key);
    unit.erase(part.envelope_key());
}

/// It is mapped by itself, and the decoder's warning says what it lacks.
void let_go(Unit& unit, const Waiting& part)
{
    send(unit, part, PartLetter::Kind::map, {}, unit.get(part.envelope_key()).value_or(""));
    forget(unit, part);
}

void let_go(Unit& unit, WaitingList& all, WaitingList::iterator part)
{
    let_go(unit, *part);
    all.erase(part);
}

const Waiting* before(const WaitingList& all, const Waiting& part)
{
    const auto found = std::ranges::find_if(all, [&](const Waiting& w) { return !part.from.empty() && w.to == part.from && w.key != part.key; });
    return found == all.end() ? nullptr : &*found;
}

const Waiting* after(const WaitingList& all, const Waiting& part)
{
    const auto found = std::ranges::find_if(all, [&](const Waiting& w) { return !part.to.empty() && w.from == part.to && w.key != part.key; });
    return found == all.end() ? nullptr : &*found;
}

/// The message that `part` belongs to, from its first part to its last; empty while one is missing.
std::vector<const Waiting*> chain_of(const WaitingList& all, const Waiting& part)
{
    const auto* first = &part;
    for (std::size_t steps = 0; first && !first->from.empty(); first = before(all, *first))
        if (++steps > all.size()) return {}; // in a ring
    std::vector<const Waiting*> chain;
    for (; first; first = after(all, *first)) {
        if (chain.size() == all.size()) return {};
        chain.push_back(first);
        if (first->to.empty()) return chain;
    }
    return {};
}

void send_whole(Unit& unit, const std::vector<const Waiting*>& chain, const Adapter& adapter)
{
    std::vector<Envelope> envelopes;
    std::vector<std::string_view> parts;
    for (const auto* w : chain)
        if (auto e = decode_envelope(unit.get(w->envelope_key()).value_or(""))) envelopes.push_back(std::move(*e));
    for (const auto& e : envelopes) parts.push_back(e.bytes);
    const auto whole = parts.size() == chain.size() ? adapter.whole(parts) : std::string();
    if (whole.empty()) { // their separators or character sets differ, or it would be too long
        for (const auto* w : chain) let_go(unit, *w);
        return;
    }
    std::string record;
    encode(envelopes.front(), whole, record);
    const auto into = chain.front()->message();
    send(unit, *chain.front(), PartLetter::Kind::map, into, std::move(record));
    for (std::size_t i = 1; i < chain.size(); ++i) {
        record.clear();
        encode(envelopes[i], {}, record);
        send(unit, *chain[i], PartLetter::Kind::joined, into, std::move(record));
    }
    for (const auto* w : chain) forget(unit, *w);
}

/// A pointer leads to one part: the one that stood there before was never completed, or is sent again under another control id.
void make_way(Unit& unit, WaitingList& all, const Waiting& part)
{
    for (auto at = all.begin(); at != all.end();)
        if ((!part.from.empty() && at->from == part.from) || (!part.to.empty() && at->to == part.to)) {
            let_go(unit, *at);
            at = all.erase(at);
        } else {
            ++at;
        }
}

void keep_within_limits(Unit& unit, WaitingList& all)
{
    std::uint64_t bytes = 0;
    for (const auto& w : all) bytes += w.size;
    while (all.size() > PartLimits::parts_max || (bytes > PartLimits::bytes_max && !all.empty())) {
        bytes -= all.front().size;
        let_go(unit, all, all.begin());
    }
}

} // namespace

void encode(const PartLetter& l, std::string& out)
{
    Writer w(out);
    w.u8(2);
    w.u8(static_cast<std::uint8_t>(l.kind));
    w.raw(l.message.bytes);
    w.raw(l.into.bytes);
    w.uint(l.lane_partition);
    w.uint(l.position);
    w.bytes(l.record);
}

std::optional<PartLetter> decode_part_letter(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 2) return {};
    PartLetter l;
    const auto kind = r.u8();
    if (kind < 1 || kind > 3) return {};
    l.kind = static_cast<PartLetter::Kind>(kind);
    r.raw(l.message.bytes);
    r.raw(l.into.bytes);
    l.lane_partition = static_cast<std::uint32_t>(r.uint());
    l.position = r.uint();
    l.record = r.bytes();
    return r.ok() && r.done() ? std::optional(std::move(l)) : std::nullopt;
}

bool is_part_letter(std::string_view record)
{
    return !record.empty() && record[0] == 2;
}

std::uint32_t parts_home(const HmacKey& lane_key, std::string_view system, std::uint32_t partitions)
{
    return lane_of_system(lane_key, system).partition(partitions);
}

void gather_part(Unit& unit, const PartLetter& letter, const Adapter& adapter)
{
    const auto envelope = decode_envelope(letter.record);
    if (!envelope) return;
    const auto pointers = adapter.continuation(envelope->bytes);
    const auto known_until = envelope->received_ms + PartLimits::patience_ms;
    const bool idle = !pointers.from.empty() && pointers.begins;
    const Waiting part{key_of(envelope->system, letter.message), letter.lane_partition, letter.position,
                       idle ? envelope->received_ms + PartLimits::idle_patience_ms : known_until, known_until, letter.record.size(),
                       std::string(pointers.from), std::string(pointers.to)};
    unit.put(part.key, record_of(part));
    unit.put(part.envelope_key(), letter.record);

    auto all = waiting_under(unit, 'C' + keys::system_part(envelope->system));
    std::erase_if(all, [&](const Waiting& w) { return w.key == part.key; });
    make_way(unit, all, part);
    all.insert(std::ranges::lower_bound(all, part.key, {}, &Waiting::key), part);
    if (const auto chain = chain_of(all, part); !chain.empty()) return send_whole(unit, chain, adapter);
    keep_within_limits(unit, all);
}

void release_parts(Unit& unit, Millis now)
{
    const auto all = waiting_under(unit, "C");
    for (const auto& w : all)
        if (now >= (before(all, w) ? w.known_until : w.until)) let_go(unit, w);
}

} // namespace sluse
