// gateway/process/delivery.cpp — state: A + 16 bytes of hash(name) + message id → kind, sender, and of an acknowledgement its word.
#include "gateway/process/delivery.hpp"

#include "gateway/base/codec.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace sluse {

std::string_view name(Verdict outcome)
{
    switch (outcome) {
    case Verdict::accepted: return "accepted";
    case Verdict::later: return "later";
    case Verdict::refused: return "refused";
    }
    return "unknown";
}

namespace {

constexpr std::size_t name_bytes = 16, text_max = 512;
constexpr std::uint8_t message_kind = 0; ///< else a Verdict

std::string prefix_of(std::string_view name)
{
    std::string key = "A";
    key += view(sha256(name)).substr(0, name_bytes);
    return key;
}

std::string key_of(std::string_view name, const Ulid& id)
{
    auto key = prefix_of(name);
    key.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
    return key;
}

struct Kept {
    std::uint8_t kind{};
    Ulid message;
    Millis received_ms{};
    std::string sender; ///< who sent the message that is meant
    std::string system, text;
};

std::string encoded(const Kept& kept)
{
    std::string out;
    Writer w(out);
    w.u8(kept.kind);
    w.sint(kept.received_ms);
    w.bytes(kept.sender);
    if (kept.kind == message_kind) return out;
    w.bytes(kept.system);
    w.bytes(kept.text);
    return out;
}

std::optional<Kept> decoded(std::string_view key, std::string_view record)
{
    Kept kept;
    if (key.size() != 1 + name_bytes + kept.message.bytes.size()) return {};
    std::copy_n(key.end() - static_cast<std::ptrdiff_t>(kept.message.bytes.size()), kept.message.bytes.size(), reinterpret_cast<char*>(kept.message.bytes.data()));
    Reader r(record);
    kept.kind = r.u8();
    if (kept.kind > static_cast<std::uint8_t>(Verdict::refused)) return {};
    kept.received_ms = r.sint();
    kept.sender = r.bytes();
    if (kept.kind != message_kind) {
        kept.system = r.bytes();
        kept.text = r.bytes();
    }
    return r.ok() ? std::optional(std::move(kept)) : std::nullopt;
}

/// Everything kept under a name, in every partition, by acceptance.
std::vector<Kept> kept_under(Log& log, std::string_view name)
{
    std::vector<Kept> all;
    const auto prefix = prefix_of(name);
    for (std::uint32_t partition = 0; partition < log.partitions(); ++partition)
        log.inspect(partition, [&](State& state) {
            state.scan(prefix, [&](std::string_view key, std::string_view record) {
                if (auto one = decoded(key, record)) all.push_back(std::move(*one));
                return true;
            });
        });
    std::ranges::sort(all, {}, &Kept::message);
    return all;
}

bool same_sender(std::string_view a, std::string_view b)
{
    return a.empty() || b.empty() || a == b;
}

} // namespace

void remember_receipts(Unit& unit, const Envelope& envelope, std::string_view sender, const Receipts& receipts)
{
    for (const auto& name : receipts.names)
        if (!name.empty()) unit.put(key_of(name, envelope.id), encoded({message_kind, {}, envelope.received_ms, std::string(sender), {}, {}}));
    for (const auto& said : receipts.acknowledged)
        if (!said.id.empty())
            unit.put(key_of(said.id, envelope.id), encoded({static_cast<std::uint8_t>(said.outcome), {}, envelope.received_ms, said.sender, envelope.system, said.text.substr(0, text_max)}));
}

void sweep_receipts(Unit& unit, std::uint8_t slice, Millis before)
{
    const std::string prefix{'A', static_cast<char>(slice)};
    std::vector<std::string> gone;
    unit.scan(prefix, [&](std::string_view key, std::string_view record) {
        const auto kept = decoded(key, record);
        if (!kept || kept->received_ms < before) gone.emplace_back(key);
        return true;
    });
    for (const auto& key : gone) unit.erase(key);
}

std::vector<Receipted> receipts_for(Log& log, std::span<const std::string> names, std::string_view sender)
{
    std::vector<Receipted> out;
    std::vector<Ulid> seen; // one acknowledgement may name letter and envelope
    for (const auto& name : names) {
        if (name.empty()) continue;
        for (auto& kept : kept_under(log, name)) {
            if (kept.kind == message_kind || !same_sender(kept.sender, sender) || std::ranges::find(seen, kept.message) != seen.end()) continue;
            seen.push_back(kept.message);
            const auto outcome = static_cast<Verdict>(kept.kind);
            const auto again = std::ranges::find_if(out, [&](const Receipted& r) { return r.system == kept.system && r.outcome == outcome && r.text == kept.text; });
            if (again != out.end()) ++again->times;
            else out.push_back({kept.message, kept.received_ms, std::move(kept.system), outcome, std::move(kept.text), 1});
        }
    }
    std::ranges::sort(out, {}, &Receipted::message);
    return out;
}

std::vector<Named> messages_named(Log& log, std::span<const Acknowledged> acknowledged)
{
    std::vector<Named> out;
    for (const auto& said : acknowledged) {
        Named named{said, {}};
        for (const auto& kept : kept_under(log, said.id))
            if (kept.kind == message_kind && same_sender(kept.sender, said.sender)) {
                named.message = kept.message; // sent again: the first
                break;
            }
        out.push_back(std::move(named));
    }
    return out;
}

std::uint64_t UnmatchedReceipts::sample(Log& log, std::size_t slices, std::size_t records_max)
{
    std::size_t seen = 0;
    for (std::size_t i = 0; i < slices && seen < records_max; ++i, ++next_) {
        std::map<std::string, std::vector<Kept>, std::less<>> named; // a name's message and its acknowledgements may lie in any partition
        const std::string prefix{'A', static_cast<char>(next_)};
        for (std::uint32_t partition = 0; partition < log.partitions(); ++partition)
            log.inspect(partition, [&](State& state) {
                state.scan(prefix, [&](std::string_view key, std::string_view record) {
                    if (auto one = decoded(key, record)) named[std::string(key.substr(0, 1 + name_bytes))].push_back(std::move(*one));
                    return true;
                });
            });
        counts_[next_] = 0;
        for (const auto& [name, all] : named) {
            seen += all.size();
            for (const auto& said : all)
                counts_[next_] += said.kind != message_kind && std::ranges::none_of(all, [&](const Kept& one) { return one.kind == message_kind && same_sender(one.sender, said.sender); });
        }
    }
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

const Receipted* final_word(std::span<const Receipted> receipts)
{
    const Receipted* word = nullptr;
    for (const auto& r : receipts)
        if (!word || r.outcome != Verdict::later || word->outcome == Verdict::later) word = &r;
    return word;
}

} // namespace sluse
