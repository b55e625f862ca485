// gateway/base/base64.hpp — base64 (RFC 4648 §4), as XML's base64Binary and FHIR write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluse {

void append_base64(std::string& out, std::string_view bytes);
std::string to_base64(std::string_view bytes);
/// Blanks and line breaks between digits are allowed (base64Binary); anything else that is not base64 gives nothing.
std::optional<std::string> from_base64(std::string_view text);

} // namespace sluse
