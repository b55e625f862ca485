// gateway/track/goals.hpp — the eight national goals as data: names, indicators, direction, target (schemas/goals).
#pragma once

#include "gateway/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sluse {

struct Goal {
    std::string id; ///< "1" … "8"
    std::string name_da, name_en;
    std::vector<std::string> indicators; ///< live ones by pack id
    std::vector<std::string> planned;    ///< known indicators without a live pack, by id: a goal page says what it does not show
};
std::vector<Goal> load_goals(const std::filesystem::path& schemas, Issues& issues);

} // namespace sluse
