// gateway/journal/unit.cpp — overlay reads: the unit's own changes win over what is committed, also inside a scan.
#include "gateway/journal/unit.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <stdexcept>

namespace sluse {
namespace {
constexpr std::size_t unordered_max = 512; ///< changes that every scan looks through, before they are put in order
constexpr std::size_t first_slots = 64;     ///< a power of two

std::uint32_t hash_of(std::string_view key)
{
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(key));
}
} // namespace

std::string_view name(Topic topic)
{
    switch (topic) {
    case Topic::raw: return "raw";
    case Topic::facts: return "facts";
    case Topic::fhir: return "fhir";
    case Topic::events: return "indicator-events";
    case Topic::quarantine: return "quarantine";
    case Topic::signals: return "signals";
    case Topic::goals: return "goals";
    }
    return "unknown";
}

OverlayUnit::OverlayUnit(StateSource& base, std::uint32_t partition, std::uint32_t partitions)
    : base_(base), partition_(partition), partitions_(partitions), slots_(first_slots)
{
}

std::optional<std::string> OverlayUnit::get(std::string_view key)
{
    if (const auto place = slot(key, hash_of(key)).place; place != 0) {
        const auto& value = changes_[place - 1].value;
        return value ? std::optional<std::string>(*value) : std::nullopt;
    }
    return base_.get(key);
}

void OverlayUnit::scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& each)
{
    if (ordered_.size() - in_order_ > unordered_max) order();
    const auto begins = [&](const Change* change) { return change->key.starts_with(prefix); };
    const auto unordered = ordered_.begin() + static_cast<std::ptrdiff_t>(in_order_);
    auto first = std::lower_bound(ordered_.begin(), unordered, prefix, [](const Change* change, std::string_view key) { return change->key < key; });
    std::vector<const Change*> own(first, std::find_if_not(first, unordered, begins));
    std::copy_if(unordered, ordered_.end(), std::back_inserter(own), begins);
    std::ranges::sort(own, {}, &Change::key);

    auto next = own.begin();
    bool go_on = true;
    const auto give_own = [&] {
        const auto& [key, value] = **next++;
        if (value) go_on = each(key, *value);
    };
    base_.scan(prefix, [&](std::string_view key, std::string_view value) {
        while (go_on && next != own.end() && (*next)->key < key) give_own();
        if (!go_on) return false;
        if (next != own.end() && (*next)->key == key) give_own();
        else go_on = each(key, value);
        return go_on;
    });
    while (go_on && next != own.end()) give_own();
}

/// Where the key is, or a free place for it.
OverlayUnit::Slot& OverlayUnit::slot(std::string_view key, std::uint32_t hash)
{
    for (auto i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
        auto& s = slots_[i];
        if (s.place == 0 || (s.hash == hash && changes_[s.place - 1].key == key)) return s;
    }
}

void OverlayUnit::grow()
{
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const auto& s : old)
        if (s.place != 0) slot(changes_[s.place - 1].key, s.hash) = s;
}

OverlayUnit::Change& OverlayUnit::change(std::string_view key)
{
    if (2 * changes_.size() >= slots_.size()) grow();
    const auto hash = hash_of(key);
    auto& found = slot(key, hash);
    if (found.place != 0) return changes_[found.place - 1];
    auto* name = static_cast<char*>(arena_.allocate(key.size(), 1));
    key.copy(name, key.size());
    ordered_.push_back(&changes_.emplace_back(Change{{name, key.size()}, std::nullopt}));
    found = {hash, static_cast<std::uint32_t>(changes_.size())};
    return changes_.back();
}

void OverlayUnit::order()
{
    const auto unordered = ordered_.begin() + static_cast<std::ptrdiff_t>(in_order_);
    std::ranges::sort(unordered, ordered_.end(), {}, &Change::key);
    std::ranges::inplace_merge(ordered_, unordered, {}, &Change::key);
    in_order_ = ordered_.size();
}

std::span<const OverlayUnit::Change* const> OverlayUnit::changes()
{
    order();
    return ordered_;
}

void OverlayUnit::put(std::string_view key, std::string_view value)
{
    auto& kept = change(key).value;
    if (kept) kept->assign(value);
    else kept.emplace(value, &arena_);
}

void OverlayUnit::erase(std::string_view key)
{
    change(key).value.reset();
}

void OverlayUnit::send(Topic topic, std::uint32_t to, std::string_view key, std::string_view value)
{
    if (topic == Topic::raw) throw std::logic_error("a unit makes no raw records");
    const bool addressed = topic == Topic::facts || topic == Topic::quarantine;
    sent_.push_back({topic, addressed ? to % partitions_ : partition_, std::string(key), std::string(value)});
}

} // namespace sluse
