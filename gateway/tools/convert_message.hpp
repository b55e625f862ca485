// gateway/tools/convert_message.hpp — one message of a file to its bundle: whose it is, the checks, the maps.
#pragma once

#include "adapters/adapter.hpp"
#include "gateway/intake/systems.hpp"
#include "gateway/normalise/maps.hpp"
#include "gateway/normalise/registers/registers.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sluse {

/// With what a file's messages are read. Shared by threads.
struct Conversion {
    std::shared_ptr<const Maps> maps;
    Keys keys = Keys::demonstration();
    SystemSettings defaults;                ///< for systems that nobody configured
    std::shared_ptr<const Systems> systems; ///< null: nobody configured any
    std::shared_ptr<const Registers> registers{}; ///< null: none

    const SystemSettings& settings_for(std::string_view message) const;
};

/// Checks and maps one message; `checked` and `out` are filled as far as it got. Fault::where reads "PLACE: what is wrong"; what only
/// keeps a message from being answered does not keep it from being converted.
Result<void> convert_message(const Conversion& with, const Adapter* adapter, std::string_view message, Checked& checked, Normalised& out, Trace* trace = nullptr);

/// The maps below `schemas`; their mistakes, a line each, in `errors`. Null when they cannot be used.
std::shared_ptr<const Maps> load_maps(const std::filesystem::path& schemas, std::string& errors);

/// Issues are ours, file names are not: neither may break the line that tells of them.
void append_line(std::string_view text, std::string& out);

} // namespace sluse
