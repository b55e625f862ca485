// gateway/track/standards.hpp — standard populations to compare by, as data: schemas/standards, one file each.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/indicators/packs.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sluse {

/// How many of each age band; as many men as women.
struct StandardPopulation {
    std::string id;
    Title title;
    std::string source;
    std::map<std::string, double, std::less<>> weights;
};
/// By id. No folder: none. Every mistake is an issue with file:line.
std::vector<StandardPopulation> load_standards(const std::filesystem::path& schemas, Issues& issues);

} // namespace sluse
