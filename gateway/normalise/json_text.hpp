// gateway/normalise/json_text.hpp — JSON strings written straight into a byte string.
#pragma once

#include "gateway/normalise/bytes.hpp"

#include <string>
#include <string_view>

namespace sluse {

/// Appends `text` escaped, without the quotes. Control characters that FHIR strings may not hold are left out.
void append_json(Bytes& out, std::string_view text);

/// The same with the quotes.
void append_quoted(Bytes& out, std::string_view text);
inline std::string quoted(std::string_view text)
{
    Bytes out;
    append_quoted(out, text);
    return std::string(out.view());
}

} // namespace sluse
