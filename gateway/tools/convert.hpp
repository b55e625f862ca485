// gateway/tools/convert.hpp — `sluse convert`: messages of any supported format to FHIR R4 bundles, one a line, in the order of the input.
#pragma once

#include "gateway/intake/systems.hpp"
#include "gateway/normalise/registers/registers.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sluse {

struct ConvertOptions {
    std::vector<std::string> files;  ///< "-" or none: standard input
    std::filesystem::path schemas;   ///< holds maps/ and codes/
    std::filesystem::path codes;     ///< the national registers' files; empty: none
    unsigned threads = 0;            ///< 0: one a core; the order of the output does not depend on it
    std::string to;                  ///< "edifact", "oioxml" or "medcom-fhir": MedCom letters in that form instead of bundles; empty: FHIR
    bool coverage = false;           ///< instead of bundles, a table of what was mapped, per file and system
    SystemSettings system;           ///< how to read the messages of systems that nobody configured
    std::shared_ptr<const Systems> systems; ///< the configured ones; null: none
    int out = 1, err = 2;            ///< file descriptors
};

/// The registers in `options.codes`; null after their mistakes were told to `options.err`.
std::shared_ptr<const Registers> load_registers(const ConvertOptions& options);

/// Bundles go to `out`, one line a message; "FILE:MESSAGE: PLACE: what is wrong" to `err` for each message that cannot be converted.
/// Returns the exit code: 0, 1 when a message failed, 74 when a file cannot be read or written, 78 when the maps are wrong.
int run_convert(const ConvertOptions& options);

} // namespace sluse
