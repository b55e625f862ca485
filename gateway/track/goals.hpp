// gateway/track/goals.hpp — the eight national goals as data: names, indicators, direction, target (schemas/goals).
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/indicators/packs.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sluse {

/// A known indicator that is not computed yet, and what it waits for.
struct PlannedIndicator {
    std::string id;
    Title title, needs;
};

struct Goal {
    std::string id; ///< "1" … "8"
    Title name;
    std::vector<std::string> indicators; ///< live ones by pack id
    std::vector<std::string> planned;    ///< known indicators without a live pack, by id: a goal page says what it does not show
    std::vector<PlannedIndicator> planned_indicators; ///< the same, with their names
};
/// By id. Every mistake is an issue with file:line; an empty result means that there was one.
std::vector<Goal> load_goals(const std::filesystem::path& schemas, Issues& issues);

} // namespace sluse
