// gateway/tools/maps.hpp — `sluse maps`: what the maps make of messages, element by element; examples; what a change would change.
#pragma once

#include "gateway/intake/systems.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sluse {

struct MapsOptions {
    std::vector<std::string> files;         ///< "-" or none: standard input
    std::filesystem::path schemas;          ///< holds maps/ and codes/
    std::filesystem::path with;             ///< diff: another such folder, or one overlay
    std::shared_ptr<const Systems> systems; ///< configured ones; null: none
    std::string overlay;                    ///< for systems that nobody configured; empty: the base maps
    bool json{};                            ///< NDJSON instead of tables
    bool update{};                          ///< test: write what comes as what is expected
    int out = 1, err = 2;                   ///< file descriptors
};

/// For every message: each element of its bundle with its source, bytes and map row; each field that did not get there. 0, 1 when a
/// message could not be converted, 74, 78 as run_convert.
int run_maps_explain(const MapsOptions& options);

/// The examples in folders named `examples` below `files` (none: the maps' own): NAME.hl7 (or another format's) beside NAME.fhir.json,
/// what it must become. 0, 2 when something else comes of one, 74, 78.
int run_maps_test(const MapsOptions& options);

/// What `with` would make different of the files. 0, 2 when anything, 74, 78.
int run_maps_diff(const MapsOptions& options);

} // namespace sluse
