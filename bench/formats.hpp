// bench/formats.hpp — messages a second of one format, from a sample.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sluse {
class Maps;
}

namespace sluse::bench {

/// Converts the sample in `file` so many times on this thread, and parses it as often: pugixml for XML, RapidJSON for JSON, a plain split for
/// EDIFACT. By CPU time. A letter as OIOXML is turned into EDIFACT first when that is asked for. Returns an exit code.
int format(const Maps& maps, std::string_view name, const char* file, std::uint64_t messages, std::span<const char* const> tokens);

} // namespace sluse::bench
