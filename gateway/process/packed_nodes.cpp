// gateway/process/packed_nodes.cpp — a table of texts by the name they begin with, in the order in which they were put in.
#include "gateway/process/packed_nodes.hpp"

#include "gateway/base/codec.hpp"

#include <functional>
#include <utility>

namespace sluse {
namespace {

constexpr std::size_t first_slots = 64, gaps_few = 64;

std::uint32_t hash_of(std::string_view name)
{
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(name)) | 1u; // 0 is a free slot
}

std::string_view name_of(const std::string& bytes)
{
    return Reader(bytes).bytes();
}

} // namespace

std::size_t PackedNodes::find(std::string_view name) const
{
    if (slots_.empty()) return none;
    const auto mask = slots_.size() - 1;
    const auto hash = hash_of(name);
    for (auto at = (hash >> 1) & mask; slots_[at].hash != 0; at = (at + 1) & mask)
        if (slots_[at].hash == hash && name_of(entries_[slots_[at].place].bytes) == name) return at;
    return none;
}

void PackedNodes::fill(Slot slot)
{
    const auto mask = slots_.size() - 1;
    auto at = (slot.hash >> 1) & mask;
    while (slots_[at].hash != 0) at = (at + 1) & mask;
    slots_[at] = slot;
}

/// What stands behind it moves up, as far as it could have stood here.
void PackedNodes::free_slot(std::size_t at)
{
    const auto mask = slots_.size() - 1;
    for (auto next = (at + 1) & mask; slots_[next].hash != 0; next = (next + 1) & mask) {
        const auto home = (slots_[next].hash >> 1) & mask;
        if (((next - home) & mask) < ((next - at) & mask)) continue;
        slots_[at] = slots_[next];
        at = next;
    }
    slots_[at] = {};
}

/// Without the gaps.
void PackedNodes::rebuild(std::size_t slots)
{
    slots_.assign(slots, {});
    std::erase_if(entries_, [](const Entry& e) { return e.bytes.empty(); });
    oldest_ = 0;
    for (std::size_t place = 0; place < entries_.size(); ++place) fill({entries_[place].hash, static_cast<std::uint32_t>(place)});
}

void PackedNodes::put(std::string bytes)
{
    if (2 * (count_ + 1) > slots_.size()) rebuild(slots_.empty() ? first_slots : 2 * slots_.size());
    else if (entries_.size() > 2 * count_ + gaps_few) rebuild(slots_.size());
    const auto hash = hash_of(name_of(bytes));
    bytes_ += bytes.capacity() + overhead;
    fill({hash, static_cast<std::uint32_t>(entries_.size())});
    entries_.push_back({std::move(bytes), hash});
    ++count_;
}

std::string PackedNodes::out_of(std::size_t at)
{
    auto bytes = std::exchange(entries_[slots_[at].place].bytes, {});
    free_slot(at);
    --count_;
    bytes_ -= bytes.capacity() + overhead;
    return bytes;
}

std::string PackedNodes::take(std::string_view name)
{
    const auto at = find(name);
    return at == none ? std::string() : out_of(at);
}

void PackedNodes::drop_oldest()
{
    while (entries_[oldest_].bytes.empty()) ++oldest_;
    static_cast<void>(take(name_of(entries_[oldest_].bytes)));
}

void PackedNodes::clear()
{
    *this = {};
}

} // namespace sluse
