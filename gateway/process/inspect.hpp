// gateway/process/inspect.hpp — what the API and the command line read of committed state, and the repairs an operator may ask for.
#pragma once

#include "gateway/journal/log.hpp"
#include "gateway/process/counters.hpp"
#include "gateway/process/quarantine.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

class Packs;
class PartSet;

// Reading: each takes one partition's state (Log::inspect); callers add the partitions up.

/// A message's way, by its id. Ask every partition: the one that processed it says its fate, others add events (see merge_traces).
std::optional<MessageTrace> trace_of(State& state, const Ulid& message);
/// The whole way over all partitions of the log; empty when no partition knows the message.
std::optional<MessageTrace> trace_of(Log& log, const Ulid& message);
/// Quarantine entries without their envelopes, at most `most`, by lane, system and acceptance.
std::vector<QuarantineEntry> quarantine_of(State& state, std::size_t most = 1000);
/// What an operator should know of a message that was processed ("after-tombstone"); empty: nothing. Ask every partition.
std::string note_of(State& state, const Ulid& message, std::string_view system);
std::map<std::string, SystemCounters> counters_of(State& state);
std::map<std::string, SystemCounters> counters_of(Log& log);
/// accepted less everything it became, over all systems and partitions; 0, or something was lost.
std::int64_t balance_of(const std::map<std::string, SystemCounters>& counters);

/// Every node with what it owns: for the batch, which recomputes the cells from nothing else. Guests' facts are not repeated.
struct NodeFacts {
    std::string name;          ///< PersonIdentifier::node(); an identity
    std::vector<Link> links;   ///< all it knows; the newest saying of a link over all nodes holds
    std::vector<Fact> facts;   ///< with versions, so with journal positions
};
void each_node(State& state, const std::function<void(const NodeFacts&)>& each);

/// What a person, and one episode of theirs, is called in events.
std::string pseudonym_of(const Keys& keys, std::string_view node);
std::string episode_pseudonym_of(const Keys& keys, std::string_view node, std::string_view episode);

// Repairing: within Log::execute, in the worker that owns the partition.

struct Repaired {
    std::size_t processed{}; ///< taken out of quarantine, in order
    std::size_t left{};      ///< still held in that lane and system
    std::string reason;      ///< why the first of those left failed again; empty when none is left
};

/// What a processor can do beside its stream. Every change goes through the unit, like any other.
class Repairs {
public:
    virtual ~Repairs() = default;
    /// Tries the held messages of a lane and system again, in order of acceptance, until one fails.
    virtual Repaired release(Unit& unit, const NodeId& lane, std::string_view system) = 0;
    /// Tries one message again and, when it stood first, those behind it. Errc::not_found: it is not held here; refused: it stands behind
    /// another; unsupported: it was processed, and what stands here is a note.
    virtual Result<Repaired> retry(Unit& unit, const Ulid& message) = 0;
    /// Gives a held message up (or a note away) and goes on with those behind it.
    virtual Result<Repaired> discard(Unit& unit, const Ulid& message) = 0;
    /// A journalled tick: tells the limits reached by `at`.
    virtual void tick(Unit& unit, const Ulid& cause, Millis at) = 0;
    /// Evaluates these packs for the persons of one of 256 slices. Returns how many nodes it looked at.
    virtual std::size_t refresh(Unit& unit, std::uint8_t slice, const PartSet& parts, const Ulid& cause, Millis received_ms) = 0;
    /// Takes back what packs that are no more counted for the persons of a slice.
    virtual std::size_t retire(Unit& unit, std::uint8_t slice, const Ulid& cause, Millis received_ms) = 0;
    virtual const Packs& packs() const = 0;
};
/// The repairs of a processor made by make_gateway_processor; null for another's.
Repairs* repairs_of(Processor& processor);

} // namespace sluse
