// gateway/normalise/memo.cpp — a direct-mapped table with exact keys: a hash only says where to look.
#include "gateway/normalise/memo.hpp"

#include "gateway/normalise/render.hpp"

#include <cstring>
#include <type_traits>

namespace sluse {
namespace {

constexpr std::size_t conditions_max = 256; // senders that alternate on one thread

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word)
{
    const auto product = static_cast<unsigned __int128>(hash ^ word) * 0x9E3779B97F4A7C15u;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t hash_of(std::uint64_t hash, std::string_view text)
{
    hash = mixed(hash, text.size() + 0x51ed27);
    std::uint64_t word = 0;
    for (; text.size() >= 8; text.remove_prefix(8)) {
        std::memcpy(&word, text.data(), 8);
        hash = mixed(hash, word);
    }
    if (text.empty()) return hash;
    word = 0;
    std::memcpy(&word, text.data(), text.size());
    return mixed(hash, word);
}

template <class T> bool same_bytes(const T& a, const T& b)
{
    static_assert(std::is_trivially_copyable_v<T>);
    return std::memcmp(&a, &b, sizeof(T)) == 0;
}

std::array<char, 4> separators_of(const SourceMessage& message)
{
    return {message.repetition, message.component, message.subcomponent, message.escape};
}

} // namespace

bool Memo::same(const Conditions& known, const SourceMessage& message, const RenderContext& context, int offset)
{
    const auto& system = *context.system;
    return known.plan == context.plan && known.offset == offset && known.sender == message.sender && known.separators == separators_of(message) &&
           known.unescape == message.unescape && known.map_set == *context.plan->map_set && known.overlay == system.overlay &&
           same_bytes(*known.zone, system.zone) && same_bytes(*known.ids, *context.ids) && known.identifier_systems == system.identifier_systems &&
           known.code_systems == system.code_systems;
}

void Memo::begin(const SourceMessage& message, const RenderContext& context)
{
    serial_ = 0;
    if (context.trace) return; // what is remembered names no rows
    if (!context.plan->map_set || context.plan->map_set->empty()) return; // a plan without a name: nothing tells it from another
    if (entries_.empty()) {
        entries_.resize(slots);
        room_.resize(room);
        tags_.resize(slots);
        conditions_.resize(conditions_max);
    }
    const auto& system = *context.system;
    const bool foreign = context.has_message_offset && system.zone.offset_at(context.sent_ms) / 60 != context.message_offset_minutes;
    const int offset = foreign ? context.message_offset_minutes : no_offset;
    auto& known = conditions_[hash_of(static_cast<std::uint64_t>(offset), message.sender) % conditions_max];
    if (known.serial == 0 || !same(known, message, context, offset))
        known = {++last_serial_, context.plan, *context.plan->map_set, system.overlay, std::string(message.sender), system.identifier_systems,
                 system.code_systems, system.zone, *context.ids, offset, separators_of(message), message.unescape};
    serial_ = known.serial;
}

const Memo::Entry* Memo::find(Key& key)
{
    const auto head = (std::uint64_t{serial_} << 32 | key.what) ^ std::uint64_t{static_cast<std::uint16_t>(key.codes)} << 40 ^ std::uint64_t{key.level} << 56;
    key.hash = hash_of(mixed(head, 0x2545F4914F6CDD1D), key.text);
    if (!key.argument.empty()) key.hash = hash_of(key.hash, key.argument);
    if (tags_[key.hash % slots].hash != key.hash) return nullptr;
    const auto& entry = entries_[key.hash % slots];
    if (entry.serial != serial_ || entry.what != key.what || entry.codes != key.codes || entry.level != key.level ||
        entry.text != key.text.size() || entry.argument != key.argument.size() || !kept(entry))
        return nullptr;
    if (entry.text && std::memcmp(bytes(entry), key.text.data(), entry.text) != 0) return nullptr; // of no text there may be no place
    if (entry.argument && std::memcmp(bytes(entry) + entry.text, key.argument.data(), key.argument.size()) != 0) return nullptr;
    ++uses_[key.what % uses_max].hits;
    return &entry;
}

void Memo::keep(const Key& key, Emitted emitted, std::string_view output, std::span<const Made> made)
{
    auto& tag = tags_[key.hash % slots];
    if (tag.candidate != key.hash) {
        tag.candidate = key.hash;
        return;
    }
    if (output.size() > output_max || made.size() > 16 || key.argument.size() > text_max) return;
    tag.hash = key.hash;
    auto& entry = entries_[key.hash % slots];
    entry.serial = serial_;
    entry.what = key.what;
    entry.codes = key.codes;
    entry.level = key.level;
    entry.emitted = emitted;
    entry.text = static_cast<std::uint16_t>(key.text.size());
    entry.argument = static_cast<std::uint16_t>(key.argument.size());
    entry.output = static_cast<std::uint16_t>(output.size());
    entry.made = static_cast<std::uint16_t>(made.size());
    auto* to = take(key.text.size() + key.argument.size() + output.size() + made.size_bytes(), entry.at);
    for (const auto part : {key.text, key.argument, output, std::string_view(reinterpret_cast<const char*>(made.data()), made.size_bytes())}) {
        if (!part.empty()) std::memcpy(to, part.data(), part.size());
        to += part.size();
    }
}

char* Memo::take(std::size_t size, std::uint64_t& at)
{
    if (written_ % room + size > room) written_ += room - written_ % room; // never around the end
    at = written_;
    written_ += size;
    return room_.data() + at % room;
}

} // namespace sluse
