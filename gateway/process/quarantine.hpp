// gateway/process/quarantine.hpp — what is kept of messages that could not be processed, of those behind them, and of each message's way.
#pragma once

#include "gateway/journal/log.hpp"
#include "gateway/model/envelope.hpp"
#include "gateway/process/node.hpp"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

enum class Held : std::uint8_t {
    failed = 1, ///< could not be processed
    parked = 2, ///< waits behind a failed one of the same patient and system
    note = 3,   ///< was processed, but an operator should know ("after-tombstone"); nothing waits behind it
};
std::string_view name(Held held);

/// One entry of the quarantine list. `reason` and the rest but `envelope` hold no identity.
struct QuarantineEntry {
    Held held{};
    Ulid message;
    Millis received_ms{};
    std::uint64_t position{}; ///< in the journal: its version when it is processed after all
    std::string system, type, control_id, reason;
    NodeId lane{};
    std::string envelope;     ///< the raw record; empty for notes
};
/// State key: in order of acceptance within a lane and system.
std::string quarantine_key(const QuarantineEntry& entry);
void encode(const QuarantineEntry& entry, std::string& out);
std::optional<QuarantineEntry> decode_quarantine(std::string_view record);

/// What one lane keeps of one system.
struct LaneRecord {
    std::uint64_t held{};                ///< failed and parked messages, not yet released
    std::vector<std::uint64_t> contents; ///< hashes of the last few messages' resources
    static constexpr std::size_t contents_max = 8;
};
std::string encode(const LaneRecord& record);
LaneRecord decode_lane(std::string_view record); ///< damage reads as empty

enum class Fate : std::uint8_t { unknown = 0, normalised = 1, duplicate = 2, failed = 3, parked = 4, discarded = 5, filtered = 6, waiting = 7, joined = 8 };
std::string_view name(Fate fate);

/// An event that a message caused, short.
struct CausedEvent {
    std::string indicator, version; ///< "G1.1", "1"
    int sign{};
    std::uint64_t sequence{};
    std::string person; ///< pseudonym
    Contribution contribution; ///< its episode under the pseudonym key, as the event's
};

/// A message's way, by its id; a partition that only got letters about it holds the events alone (fate unknown).
struct MessageTrace {
    Fate fate{};
    Millis received_ms{};
    std::uint64_t position{};
    std::string system, type, control_id, reason;
    NodeId lane{};
    std::vector<std::string> resources; ///< "Encounter/…"
    std::vector<CausedEvent> events;
};
/// Events that one record caused, encoded as they happen: they are stored with its trace and read by nobody before.
class CausedEvents {
public:
    void add(const IndicatorEvent& event);
    void clear();
    bool empty() const { return count_ == 0; }

private:
    friend void encode(const MessageTrace& trace, const CausedEvents& caused, std::string& out);
    std::size_t count_{};
    std::string heads_, contributions_;
};
/// Erases at most `most` traces of messages received before `before`, oldest first: their keys are ordered by time.
void sweep_traces(Unit& unit, Millis before, std::size_t most);
/// The same for a system's notes. Failed and parked messages stay until an operator decides. Returns the time of the oldest note that is left, no_notes when none is.
Millis sweep_notes(Unit& unit, std::string_view system, Millis before, std::size_t most);
constexpr Millis no_notes = std::numeric_limits<Millis>::max();
/// With those that were caused since behind its own.
void encode(const MessageTrace& trace, const CausedEvents& caused, std::string& out);
inline void encode(const MessageTrace& trace, std::string& out) { encode(trace, CausedEvents(), out); }
std::optional<MessageTrace> decode_trace(std::string_view record);

} // namespace sluse
