// gateway/track/states.hpp — provisional, stable, frozen, restated: what a number is on a day. Pure.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/track/tracker.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sluse {

/// Numbers that somebody published: periods that ended by `before`, as known on `on`.
struct Freeze {
    Day before{}, on{};
    std::vector<std::string> indicators; ///< empty: all
};
/// schemas/freezes.yaml
struct Freezes {
    std::optional<Day> after_final; ///< every number freezes by itself so many days after it is final
    std::vector<Freeze> list;
    /// The first day on which the period that ends before `end` was frozen, at most `today`.
    std::optional<Day> frozen_on(const std::string& indicator, Day end, Day final_on, Day today) const;
};
/// A missing file freezes nothing. Every mistake is an issue with file:line.
Freezes load_freezes(const std::filesystem::path& schemas, Issues& issues);

/// The day from which the period's number is final: what is in it has matured, and the pack's lateness has passed.
Day final_day(const Pack& pack, Day period_end, std::optional<Day> last_matures);
/// `first`: the day it was first shown; `changed`: the last day on which it changed; empty: never. Who saw it for the first time after it was final,
/// of a period that was loaded late, saw nothing restated.
CellState state_of(const Pack& pack, const Freezes& freezes, Day period_end, Day final_on, Day first, std::optional<Day> changed, Day today);
std::string_view name(CellState state);
/// Of a sum of numbers: provisional if one is, else restated if one is, else frozen if all are.
CellState together(CellState a, CellState b);

} // namespace sluse
