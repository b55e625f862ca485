// gateway/process/keys.hpp — the process stage's state keys: one letter for the kind, then fixed-length parts, so that prefixes never run into each other.
#pragma once

#include "gateway/base/codec.hpp"
#include "gateway/process/node.hpp"

#include <string>
#include <string_view>

namespace sluse::keys {

// P id            the person graph: everything of one node lies together
//   n             NodeRecord
//   f kind key    a fact it owns
//   g guest kind key  a guest's fact
//   c pack        contributions counted for it, "G1.1@1"
//   w             limits of its open courses
// I pack month id where to look for who counts there (where_counted.hpp)
// D hash          duplicates: last sayings of a (system, control id)
// L lane system   what a lane keeps about a system: parked messages, recent contents
// R type/id       a FHIR resource as last sent, element by element; before them what was said last, where all of that stands (SaidAgain)
// V type/id       that of older gateways: what was said last apart from the elements
// X lane system position   quarantine, in order of acceptance
// M ulid          trace of a message
// A hash ulid     by which name a message may be acknowledged, or what an acknowledgement says of that name
// K system        counters
// T due id limit  a limit by the time it is reached, not yet told
// W id            there are open courses: where to look for them
// C system ulid   a part of a message that waits for the others: where it came from and its pointers; c system ulid: itself

inline std::string node(const NodeId& id, char section = 0)
{
    std::string key;
    key.reserve(63); // what follows fits in one allocation, mostly
    key += 'P';
    key += view(id);
    if (section) key += section;
    return key;
}

inline std::string fact(const NodeId& id, const Fact& f)
{
    auto key = node(id, 'f');
    key += static_cast<char>(f.kind);
    key += f.key;
    return key;
}

inline std::string guests(const NodeId& id, const NodeId& guest)
{
    auto key = node(id, 'g');
    key += view(guest);
    return key;
}

inline std::string guest_fact(const NodeId& id, const NodeId& guest, const Fact& f)
{
    auto key = guests(id, guest);
    key += static_cast<char>(f.kind);
    key += f.key;
    return key;
}

inline std::string contributions(const NodeId& id, std::string_view pack)
{
    auto key = node(id, 'c');
    key += pack;
    return key;
}

/// Eight bytes for a system's name, so that keys stay fixed in length.
inline std::string system_part(std::string_view system)
{
    return std::string(view(sha256(system)).substr(0, 8));
}

inline std::string lane_system(char kind, const NodeId& lane, std::string_view system)
{
    std::string key(1, kind);
    key += view(lane);
    key += system_part(system);
    return key;
}

inline std::string message(const Ulid& id)
{
    std::string key = "M";
    key.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
    return key;
}

} // namespace sluse::keys
