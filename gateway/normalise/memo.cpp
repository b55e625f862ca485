// gateway/normalise/memo.cpp — a direct-mapped table with exact keys: a hash only says where to look.
#include "gateway/normalise/memo.hpp"

#include "gateway/base/scan.hpp"
#include "gateway/normalise/render.hpp"

#include <cstring>
#include <new>
#include <sys/mman.h>
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
    for (std::uint64_t word = 0; text.size() >= 8; text.remove_prefix(8)) {
        std::memcpy(&word, text.data(), 8);
        hash = mixed(hash, word);
    }
    return text.empty() ? hash : mixed(hash, packed(text));
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
    if (tags_.empty()) {
        room_ = make_room();
        tags_.resize(slots);
        last_ = tags_.data();
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
    auto& tag = tags_.data()[key.hash % slots];
    if (tag.hash != key.hash || written_ - tag.at > room) return nullptr;
    const auto place = static_cast<std::uint32_t>(tag.at % room);
    const auto& entry = *reinterpret_cast<const Entry*>(room_.get() + place);
    // A patient's address follows the name in message after message, and a unit's staff the unit: what was found after this the last time comes
    // into the cache while this is written. The room is larger than the second cache: waiting for it was half of what the memo cost.
    const auto* next = room_.get() + tag.next;
    for (const auto line : {0, 64, 128}) __builtin_prefetch(next + line);
    __builtin_prefetch(tags_.data() + tag.next_tag);
    last_->next = place;
    last_->next_tag = static_cast<std::uint32_t>(&tag - tags_.data());
    last_ = &tag;
    if (entry.serial != serial_ || entry.what != key.what || entry.codes != key.codes || entry.level != key.level ||
        entry.text != key.text.size() || entry.argument != key.argument.size())
        return nullptr;
    if (entry.text && std::memcmp(bytes(entry), key.text.data(), entry.text) != 0) return nullptr; // of no text there may be no place
    if (entry.argument && std::memcmp(bytes(entry) + entry.text, key.argument.data(), key.argument.size()) != 0) return nullptr;
    ++uses_[key.what % uses_max].hits;
    return &entry;
}

void Memo::keep_now(Tag& tag, const Key& key, Emitted emitted, std::string_view output, std::span<const Made> made)
{
    if (output.size() > output_max || made.size() > 16 || key.argument.size() > text_max) return;
    const auto size = [](std::size_t bytes) { return static_cast<std::uint16_t>(bytes); };
    const Entry entry{serial_, key.what, key.codes, key.level, emitted, size(key.text.size()), size(key.argument.size()), size(output.size()), size(made.size())};
    std::uint64_t at = 0;
    auto* to = take(sizeof entry + key.text.size() + key.argument.size() + output.size() + made.size_bytes(), at);
    tag.hash = key.hash;
    tag.at = at & 0xffffffffffff;
    for (const auto part : {std::string_view(reinterpret_cast<const char*>(&entry), sizeof entry), key.text, key.argument, output,
                            std::string_view(reinterpret_cast<const char*>(made.data()), made.size_bytes())}) {
        copy_short(to, part.data(), part.size());
        to += part.size();
    }
}

std::unique_ptr<char[], Memo::Free> Memo::make_room()
{
    constexpr std::size_t huge_page = 2 << 20;
    static_assert(room % huge_page == 0);
    std::unique_ptr<char[], Free> made(static_cast<char*>(std::aligned_alloc(huge_page, room)));
    if (!made) throw std::bad_alloc();
    madvise(made.get(), room, MADV_HUGEPAGE);
    std::memset(made.get(), 0, sizeof(Entry)); // where a tag points that was never set
    return made;
}

char* Memo::take(std::size_t size, std::uint64_t& at)
{
    written_ = (written_ + alignof(Entry) - 1) / alignof(Entry) * alignof(Entry);
    if (written_ % room + size > room) written_ += room - written_ % room; // never around the end
    at = written_;
    written_ += size;
    return room_.get() + at % room;
}

} // namespace sluse
