// gateway/journal/unit.cpp — overlay reads: the unit's own changes win over what is committed, also inside a scan.
#include "gateway/journal/unit.hpp"

#include <stdexcept>

namespace sluse {

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
    : base_(base), partition_(partition), partitions_(partitions)
{
}

std::optional<std::string> OverlayUnit::get(std::string_view key)
{
    if (const auto found = changes_.find(key); found != changes_.end()) {
        if (!found->second) return std::nullopt;
        return std::string(*found->second);
    }
    return base_.get(key);
}

void OverlayUnit::scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& each)
{
    auto own = changes_.lower_bound(prefix);
    const auto mine = [&] { return own != changes_.end() && std::string_view(own->first).starts_with(prefix); };
    bool go_on = true;
    const auto give_own = [&] {
        const auto here = own++;
        if (here->second) go_on = each(here->first, *here->second);
    };
    base_.scan(prefix, [&](std::string_view key, std::string_view value) {
        while (go_on && mine() && std::string_view(own->first) < key) give_own();
        if (!go_on) return false;
        if (mine() && std::string_view(own->first) == key) give_own();
        else go_on = each(key, value);
        return go_on;
    });
    while (go_on && mine()) give_own();
}

std::optional<OverlayUnit::Text>& OverlayUnit::change(std::string_view key)
{
    auto place = changes_.lower_bound(key);
    if (place == changes_.end() || std::string_view(place->first) != key)
        place = changes_.emplace_hint(place, key, std::nullopt);
    return place->second;
}

void OverlayUnit::put(std::string_view key, std::string_view value)
{
    auto& slot = change(key);
    if (slot) slot->assign(value);
    else slot.emplace(value, &arena_);
}

void OverlayUnit::erase(std::string_view key)
{
    change(key).reset();
}

void OverlayUnit::send(Topic topic, std::uint32_t to, std::string_view key, std::string_view value)
{
    if (topic == Topic::raw) throw std::logic_error("a unit makes no raw records");
    const bool addressed = topic == Topic::facts || topic == Topic::quarantine;
    sent_.push_back({topic, addressed ? to % partitions_ : partition_, std::string(key), std::string(value)});
}

} // namespace sluse
