// gateway/base/equal.hpp — comparing what is mostly short.
#pragma once

#include "gateway/base/scan.hpp"

namespace sluse {

/// a == b for texts that are mostly short: without the call up to 32 bytes.
inline bool equal_short(std::string_view a, std::string_view b)
{
    const auto size = a.size();
    if (size != b.size()) return false;
    if (size <= 8) return packed(a) == packed(b);
    const auto word = [](const char* at) {
        std::uint64_t out;
        std::memcpy(&out, at, 8);
        return out;
    };
    if (word(a.data()) != word(b.data()) || word(a.data() + size - 8) != word(b.data() + size - 8)) return false;
    if (size <= 16) return true;
    if (size <= 32) return word(a.data() + 8) == word(b.data() + 8) && word(a.data() + size - 16) == word(b.data() + size - 16);
    return std::memcmp(a.data() + 8, b.data() + 8, size - 16) == 0;
}

} // namespace sluse
