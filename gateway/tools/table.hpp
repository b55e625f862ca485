// gateway/tools/table.hpp — rows of text in columns, for people at a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluse {

using Table = std::vector<std::vector<std::string>>;

/// Columns two blanks apart, a line each. Widths count characters, not bytes: Danish titles must line up.
std::string to_text(const Table& table);

/// At most `characters` of it, the last one "…" when something is left out; control characters as blanks.
std::string shortened(std::string_view text, std::size_t characters);

} // namespace sluse
