// gateway/track/states.cpp — reads the freezes, and decides a number's state by days only.
#include "gateway/track/states.hpp"

#include "gateway/base/yaml.hpp"

#include <algorithm>

namespace sluse {
namespace {

Freeze read_freeze(yaml::Section& in)
{
    Freeze freeze;
    for (const auto& [key, day] : {std::pair{"before", &freeze.before}, {"on", &freeze.on}}) {
        const auto read = parse_day(in.need_text(key));
        if (read) *day = *read;
        else in.error(key, "must be a day such as 2026-04-01");
    }
    freeze.indicators = in.words("indicators");
    static_cast<void>(in.text("why"));
    return freeze;
}

} // namespace

std::optional<Day> Freezes::frozen_on(const std::string& indicator, Day end, Day final_on, Day today) const
{
    std::optional<Day> first;
    const auto note = [&](Day day) {
        if (day <= today && (!first || day < *first)) first = day;
    };
    for (const auto& freeze : list)
        if (end <= freeze.before && (freeze.indicators.empty() || std::ranges::find(freeze.indicators, indicator) != freeze.indicators.end())) note(freeze.on);
    if (after_final) note(final_on + *after_final);
    return first;
}

Freezes load_freezes(const std::filesystem::path& schemas, Issues& issues)
{
    Freezes freezes;
    const auto file = schemas / "freezes.yaml";
    if (!std::filesystem::exists(file)) return freezes;
    const yaml::Place place{"freezes.yaml", &issues};
    yaml::Section in(yaml::parse_file(file, place), place);
    if (!in.valid()) return freezes;
    if (const auto days = in.number("after_final")) freezes.after_final = static_cast<Day>(*days);
    if (freezes.after_final && *freezes.after_final < 0) in.error("after_final", "must be 0 or more days");
    in.each("frozen", [&](yaml::Section& item) { freezes.list.push_back(read_freeze(item)); });
    in.done();
    return freezes;
}

Day final_day(const Pack& pack, Day period_end, std::optional<Day> last_matures)
{
    return std::max(period_end, last_matures.value_or(period_end)) + pack.lateness;
}

CellState state_of(const Pack& pack, const Freezes& freezes, Day period_end, Day final_on, Day first, std::optional<Day> changed, Day today)
{
    const auto restated_since = [&](Day settled) { return changed && *changed > std::max(settled, first); };
    if (const auto frozen = freezes.frozen_on(pack.id, period_end, final_on, today)) return restated_since(*frozen) ? CellState::restated : CellState::frozen;
    if (today < final_on) return CellState::provisional;
    return restated_since(final_on) ? CellState::restated : CellState::stable;
}

std::string_view name(CellState state)
{
    switch (state) {
    case CellState::provisional: return "provisional";
    case CellState::stable: return "stable";
    case CellState::frozen: return "frozen";
    case CellState::restated: return "restated";
    }
    return {};
}

CellState together(CellState a, CellState b)
{
    for (const auto state : {CellState::provisional, CellState::restated, CellState::stable})
        if (a == state || b == state) return state;
    return CellState::frozen;
}

} // namespace sluse
