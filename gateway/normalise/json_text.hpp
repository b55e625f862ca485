// gateway/normalise/json_text.hpp — JSON strings written straight into a byte string.
#pragma once

#include <string>
#include <string_view>

namespace sluse {

/// Appends `text` escaped, without the quotes. Control characters that FHIR strings may not hold are left out.
void append_json(std::string& out, std::string_view text);

inline void append_quoted(std::string& out, std::string_view text)
{
    out += '"';
    append_json(out, text);
    out += '"';
}
inline std::string quoted(std::string_view text)
{
    std::string out;
    append_quoted(out, text);
    return out;
}

} // namespace sluse
