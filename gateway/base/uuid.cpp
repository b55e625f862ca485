// gateway/base/uuid.cpp — see uuid.hpp.
#include "gateway/base/uuid.hpp"

#include "gateway/base/ascii.hpp"

namespace sluse {

bool is_uuid(std::string_view text)
{
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : hex_value(c) < 0) return false;
    }
    return true;
}

} // namespace sluse
