// gateway/journal/packed_value.hpp — long values of the embedded log's records, compressed before they are written: to the WAL, in memory and to files.
#pragma once

#include <string>
#include <string_view>

namespace sluse {

/// Stands before a record whose value is packed: a zero that Writer would not write so.
inline constexpr std::string_view packed_mark{"\x80\0", 2};

/// Appends the value to `out`, packed; false, and nothing appended, where that would not spare a quarter.
bool pack(std::string_view value, std::string& out);
/// False when it is damaged.
bool unpack(std::string_view packed, std::string& value);

} // namespace sluse
