// gateway/normalise/registers/registers.cpp — looking codes and units up by their day.
#include "gateway/normalise/registers/registers.hpp"

#include <algorithm>

namespace sluse {
namespace {

/// Of what is sorted by `from`: in force on the day, else the last before it, else the first.
template <class Iterator, class Of> Iterator in_force(Iterator first, Iterator last, Day day, const Of& of)
{
    auto best = first;
    for (auto at = first; at != last; ++at)
        if (of(*at).from <= day) best = at;
    return best;
}

/// "DS721+TUL1" and "DS721:…" are a code and what was added to it.
std::string_view without_additions(std::string_view code)
{
    return code.substr(0, code.find_first_of("+:"));
}

} // namespace

void Registers::index()
{
    for (auto& [name, rows] : entries_) std::ranges::sort(rows, [](const RegisterEntry& a, const RegisterEntry& b) { return std::tie(a.code, a.from) < std::tie(b.code, b.from); });
    const auto number_of = [](const RegisterUnit& unit, std::size_t n) -> const std::string& { return n == 0 ? unit.sor : n == 1 ? unit.shak : n == 2 ? unit.gln : unit.yder; };
    for (std::size_t n = 0; n < numbers.size(); ++n) {
        for (std::size_t i = 0; i < units_.size(); ++i)
            if (const auto& number = number_of(units_[i], n); !number.empty() && !(n == 2 && units_[i].gln_of_another)) by_number_[n].emplace_back(number, i);
        std::ranges::sort(by_number_[n], [&](const auto& a, const auto& b) { return std::tuple(a.first, units_[a.second].from, a.second) < std::tuple(b.first, units_[b.second].from, b.second); });
    }
}

bool Registers::covers(std::string_view system) const
{
    const auto [first, last] = systems_.equal_range(system);
    return std::any_of(first, last, [&](const auto& at) { return entries_.contains(at.second.name); });
}

const RegisterEntry* Registers::entry(std::string_view system, std::string_view code, Day day) const
{
    const auto [first, last] = systems_.equal_range(system);
    for (auto at = first; at != last; ++at) {
        const auto rows = entries_.find(at->second.name);
        if (rows == entries_.end()) continue;
        const auto wanted = at->second.prefix + std::string(without_additions(code));
        // Not equal_range: clang 14, which builds the fuzzers, cannot read g++ 12's subrange.
        const auto from = std::ranges::lower_bound(rows->second, wanted, {}, &RegisterEntry::code), to = std::ranges::upper_bound(rows->second, wanted, {}, &RegisterEntry::code);
        if (from != to) return &*in_force(from, to, day, [](const RegisterEntry& e) -> const RegisterEntry& { return e; });
    }
    return nullptr;
}

const RegisterUnit* Registers::unit(std::string_view system, std::string_view value, Day day) const
{
    const auto known = unit_systems_.find(system);
    if (known == unit_systems_.end()) return nullptr;
    const auto& numbered = by_number_[known->second];
    const auto from = std::ranges::lower_bound(numbered, value, {}, &std::pair<std::string_view, std::size_t>::first),
               to = std::ranges::upper_bound(numbered, value, {}, &std::pair<std::string_view, std::size_t>::first);
    if (from == to) return nullptr;
    // Several units may share a location number: of those in force, the first in the register's own order of days.
    const auto found = in_force(from, to, day, [&](const auto& at) -> const RegisterUnit& { return units_[at.second]; });
    return &units_[found->second];
}

} // namespace sluse
