// gateway/process/processor.hpp — the process stage's one class; made by make_gateway_processor, reached by repairs_of.
#pragma once

#include "adapters/adapter.hpp"
#include "gateway/process/gateway_processor.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/parts.hpp"
#include "gateway/process/persons.hpp"
#include "gateway/process/resources.hpp"

#include <optional>
#include <unordered_map>

namespace sluse {

/// Finds a format by its name; tests bring their own.
using FindAdapter = const Adapter* (*)(std::string_view name);

/// Raw record → duplicates → check and map → FHIR → facts → persons → deltas, all into one Unit. What throws or faults before the
/// first effect goes to quarantine; nothing throws after it, so a message has its whole effect or none.
class GatewayProcessor final : public Processor, public Repairs {
public:
    GatewayProcessor(const ProcessOptions& options, FindAdapter find);

    void process(Topic topic, const Record& record, Unit& unit) override;
    void flush(Unit& unit) override;
    void forget(std::uint32_t partition) override;

    Repaired release(Unit& unit, const NodeId& lane, std::string_view system) override;
    Result<Repaired> retry(Unit& unit, const Ulid& message) override;
    Result<Repaired> discard(Unit& unit, const Ulid& message) override;
    void tick(Unit& unit, const Ulid& cause, Millis at) override
    {
        persons_.tick({cause, at, {}, false}, unit);
        release_parts(unit, at);
    }
    std::size_t refresh(Unit& unit, std::uint8_t slice, const PartSet& parts, const Ulid& cause, Millis received_ms) override;
    std::size_t retire(Unit& unit, std::uint8_t slice, const Ulid& cause, Millis received_ms) override;
    const Packs& packs() const override { return *options_.packs; }

private:
    struct Cached {
        SystemCounters counters;
        bool dirty{};
        Millis notes_from{}; ///< no note is older: asking for it would cost a look at every file, for each system
    };
    struct PerPartition {
        std::unordered_map<std::string, Cached> systems;
        Millis newest_received_ms{};
        std::uint32_t since_trace_sweep{};
        std::optional<std::uint8_t> sweep_due; ///< the slice whose turn came in this unit
    };

    /// A message as its format decoded and checked it.
    struct Opened {
        const Adapter* adapter{}; ///< null: no such format
        Checked checked;
    };

    Opened open(const Envelope& envelope) const;
    void process_raw(const Record& record, Unit& unit);
    void process_letter(const Record& record, Unit& unit);
    bool set_aside(const Envelope& envelope, std::string_view record, std::uint64_t position, Unit& unit);
    void process_part_letter(const Record& record, Unit& unit);
    void process_new(const Envelope& envelope, const Opened& opened, std::string_view record, std::uint64_t position, Unit& unit);
    Result<void> understand(const Envelope& envelope, const Opened& opened, std::uint64_t position);
    void apply(const Envelope& envelope, std::uint64_t position, LaneRecord& lane, Unit& unit);
    void hold(Held held, const Envelope& envelope, std::string_view record, std::uint64_t position, std::string reason, Unit& unit);
    void note(const Cause& cause, std::string reason, Unit& unit);
    void count_settled(const Settled& settled, const std::string& system, Unit& unit);
    void trace(const Envelope& envelope, std::uint64_t position, Fate fate, std::string reason, Unit& unit);
    void fails_again(std::string_view key, QuarantineEntry& entry, const std::string& reason, Unit& unit);
    Repaired work_off(Unit& unit, const NodeId& lane, std::string_view system);
    std::optional<QuarantineEntry> held_message(Unit& unit, const Ulid& message);
    SystemCounters& counters(const std::string& system, Unit& unit);

    ProcessOptions options_;
    FindAdapter find_;
    Persons persons_;
    ResourceWriter resources_;
    Extractor extractor_;
    Normalised normalised_;
    std::vector<Said> said_;
    Receipts receipts_;
    std::string sender_; ///< as the message names it
    std::unordered_map<std::uint32_t, PerPartition> partitions_;
    MessageTrace trace_; ///< the last one's memory
    std::string buffer_;
};

} // namespace sluse
