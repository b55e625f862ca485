// gateway/process/signals.hpp — signals about persons: limits of open courses told at ticks, segments told when entered or left.
#pragma once

#include "gateway/indicators/watches.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/signal.hpp"
#include "gateway/process/letter.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluse {

/// Key of the raw records that say what time it is; no message has it. The only time that signals know.
constexpr std::string_view tick_key = "sluse.tick";
std::string tick_record(const Ulid& id, Millis at);
/// Ticks processed in a partition; like activations they are left out of the balance. Time of the newest; 0: none yet.
std::uint64_t ticks(State& state);
void count_tick(State& state);
Millis last_tick(State& state);

/// What a person, and one episode of theirs, is called in signals. Not as in the indicator events: who gets both must not be able to join them.
std::string signal_person(const Keys& keys, std::string_view name);
std::string signal_episode(const Keys& keys, std::string_view name, std::string_view episode);

/// Appends to Topic::signals, and to the ring of the newest that the API reads.
void send_signal(const Signal& signal, Unit& unit);
/// Newest first, at most `most`, of one partition.
std::vector<Signal> recent_signals(State& state, std::size_t most);
/// The ring's size in a partition.
constexpr std::size_t signals_kept = 1000;

/// One worker's signals. What was told stands in the person's state, so that each is told once, and taken back when it no longer holds.
class Signals {
public:
    Signals(std::shared_ptr<const Packs> packs, const Keys& keys);
    ~Signals();
    /// Kinds of fact that limits depend on.
    unsigned kinds() const { return kinds_; }
    /// The person's facts changed: sets, moves and takes back limits. `name` is the root's. `kept`: whether the state may hold limits of theirs,
    /// before and after; without, it is not asked.
    void look(const NodeId& id, std::string_view name, const Timeline& timeline, const Cause& cause, bool& kept, Unit& unit);
    /// Does the pack count a segment?
    bool segment(std::size_t pack) const { return segment_of_[pack] != nullptr; }
    /// Memberships changed: segments entered and left.
    void changed(std::size_t pack, std::string_view name, std::span<const Membership> was, std::span<const Membership> is, std::uint64_t sequence, const Cause& cause, Unit& unit);
    /// It is `cause.received_ms`: tells every limit reached by then, once.
    void tick(const Cause& cause, Unit& unit);

private:
    void tell(Signal signal, std::string_view name, std::string_view episode, std::string_view nth, const Cause& cause, Unit& unit) const;

    std::shared_ptr<const Packs> packs_;
    Keys keys_;
    unsigned kinds_{};
    std::unique_ptr<Reading> reading_;
    std::vector<const Watch*> segment_of_; ///< by pack; null: no segment
};

} // namespace sluse
