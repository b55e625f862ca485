// gateway/process/inspect.cpp — reads of the process stage's state.
#include "gateway/process/inspect.hpp"

#include "gateway/process/keys.hpp"

namespace sluse {

std::optional<MessageTrace> trace_of(State& state, const Ulid& message)
{
    const auto record = state.get(keys::message(message));
    return record ? decode_trace(*record) : std::nullopt;
}

std::optional<MessageTrace> trace_of(Log& log, const Ulid& message)
{
    std::optional<MessageTrace> whole;
    for (std::uint32_t partition = 0; partition < log.partitions(); ++partition)
        log.inspect(partition, [&](State& state) {
            auto part = trace_of(state, message);
            if (!part) return;
            if (!whole) return void(whole = std::move(part));
            auto& teller = part->fate == Fate::unknown ? *whole : *part;
            auto& adder = part->fate == Fate::unknown ? *part : *whole;
            teller.events.insert(teller.events.end(), adder.events.begin(), adder.events.end());
            if (&teller != &*whole) *whole = std::move(teller);
        });
    return whole;
}

std::vector<QuarantineEntry> quarantine_of(State& state, std::size_t most)
{
    std::vector<QuarantineEntry> entries;
    state.scan("X", [&](std::string_view, std::string_view value) {
        if (entries.size() >= most) return false;
        if (auto entry = decode_quarantine(value)) {
            entry->envelope.clear();
            entries.push_back(std::move(*entry));
        }
        return true;
    });
    return entries;
}

std::string note_of(State& state, const Ulid& message, std::string_view system)
{
    QuarantineEntry note;
    note.held = Held::note;
    note.message = message;
    note.system = system;
    const auto stored = state.get(quarantine_key(note));
    const auto entry = stored ? decode_quarantine(*stored) : std::nullopt;
    return entry ? entry->reason : std::string();
}

std::map<std::string, SystemCounters> counters_of(State& state)
{
    std::map<std::string, SystemCounters> all;
    state.scan("K", [&](std::string_view key, std::string_view value) {
        if (auto counters = decode_counters(value)) all[std::string(key.substr(1))].add(*counters);
        return true;
    });
    return all;
}

std::map<std::string, SystemCounters> counters_of(Log& log)
{
    std::map<std::string, SystemCounters> all;
    for (std::uint32_t partition = 0; partition < log.partitions(); ++partition)
        log.inspect(partition, [&](State& state) {
            for (const auto& [system, counters] : counters_of(state)) all[system].add(counters);
        });
    return all;
}

std::int64_t balance_of(const std::map<std::string, SystemCounters>& counters)
{
    std::int64_t balance = 0;
    for (const auto& [system, c] : counters) balance += static_cast<std::int64_t>(c.accepted) - static_cast<std::int64_t>(c.settled());
    return balance;
}

std::string pseudonym_of(const Keys& keys, std::string_view node)
{
    return hex(view(keys.pseudonym.sign({node})));
}

std::string episode_pseudonym_of(const Keys& keys, std::string_view node, std::string_view episode)
{
    // Of few visit numbers a bare hash can be looked up by trying them all; under the key nobody outside can.
    return hex(view(keys.pseudonym.sign({"episode", node, episode})).substr(0, 8));
}

void each_node(State& state, const std::function<void(const NodeFacts&)>& each)
{
    // A node's keys lie together: contributions, facts, guests, then its record.
    NodeFacts node;
    state.scan("P", [&](std::string_view key, std::string_view value) {
        constexpr std::size_t section_at = 1 + std::tuple_size_v<NodeId>;
        if (key.size() <= section_at) return true;
        if (key[section_at] == 'f') {
            if (auto fact = decode_fact(value)) node.facts.push_back(std::move(*fact));
        } else if (key[section_at] == 'n') {
            if (auto record = decode_node(value)) {
                node.name = std::move(record->name);
                node.links = std::move(record->links);
                each(node);
            }
            node = {};
        }
        return true;
    });
}

} // namespace sluse
