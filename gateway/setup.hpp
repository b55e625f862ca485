// gateway/setup.hpp — what every command does first: the systems of the configuration, the folder of rules, and telling mistakes.
#pragma once

#include "gateway/config.hpp"
#include "gateway/intake/systems.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sluse {

/// Prints each issue on stderr; false when one of them is an error.
bool report(const Issues& issues);

/// The sending systems as configured.
std::vector<System> systems_of(const Config& config);

/// schemas/ as configured, else of the source tree or installation that the binary lies in. Empty, with an issue, when there is none.
std::filesystem::path find_schemas(const std::string& configured, Issues& issues);

/// Each system's overlay must be a folder under maps/systems: a misspelt one would be no overlay at all, and nobody would know.
void check_overlays(const Config& config, const std::filesystem::path& schemas, Issues& issues, Severity severity = Severity::error);

} // namespace sluse
