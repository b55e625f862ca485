// gateway/timeline/episodes.cpp — which of an episode's stays and leaves stand, from the facts alone.
#include "gateway/timeline/episodes.hpp"

#include <algorithm>

namespace sluse {

namespace {

/// What the names of those told under `key` begin with, where each has its own.
std::string each_of(std::string_view key)
{
    return std::string(key) + '#';
}

} // namespace

std::string under_its_start(std::string_view key, Millis start)
{
    return each_of(key) + std::to_string(start);
}

bool overtaken(const Fact& earlier, std::span<const Fact> facts)
{
    const auto start = earlier.number(Attr::start_ms), end = earlier.number(Attr::end_ms);
    if (!start || !end) return true;
    const auto key = earlier.text(Attr::retold_as);
    const auto newest = std::ranges::find_if(facts, [&](const Fact& f) { return f.kind == earlier.kind && f.key == key; });
    const auto from = newest == facts.end() ? std::nullopt : newest->number(Attr::start_ms);
    if (!from) return false;
    const auto to = newest->number(Attr::end_ms);
    const bool apart = *from != *start && (*from >= *end || (to && *to <= *start));
    return !apart;
}

std::optional<Millis> went_on(const Fact& acute, std::span<const Fact> facts)
{
    const auto start = acute.number(Attr::start_ms);
    auto first = acute.number(Attr::continued_ms);
    if (!start || !acute.key.ends_with(acute_part)) return {};
    if (first && *first < *start) first.reset();
    const auto admissions = each_of(std::string_view(acute.key).substr(0, acute.key.size() - acute_part.size()));
    for (const auto& f : facts) {
        if (f.kind != FactKind::contact || !f.key.starts_with(admissions) || f.number(Attr::cancelled) == 1 || overtaken(f, facts)) continue;
        if (const auto began = f.number(Attr::start_ms); began && *began >= *start && (!first || *began < *first)) first = began;
    }
    return first;
}

} // namespace sluse
