// gateway/base/copy.hpp — copying what is mostly short.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sluse {

/// memcpy for what is mostly short: without the call up to 128 bytes.
inline void copy_short(char* to, const char* from, std::size_t size)
{
    const auto move = [&]<class Word>(Word, std::size_t at) { std::memcpy(to + at, from + at, sizeof(Word)); };
    if (size > 128) {
        std::memcpy(to, from, size);
    } else if (size > 32) {
        for (std::size_t at = 0; at + 32 < size; at += 32) move(std::array<char, 32>{}, at);
        move(std::array<char, 32>{}, size - 32);
    } else if (size >= 16) {
        move(std::array<char, 16>{}, 0);
        move(std::array<char, 16>{}, size - 16);
    } else if (size >= 8) {
        move(std::uint64_t{}, 0);
        move(std::uint64_t{}, size - 8);
    } else if (size >= 4) {
        move(std::uint32_t{}, 0);
        move(std::uint32_t{}, size - 4);
    } else if (size > 0) {
        to[0] = from[0];
        to[size / 2] = from[size / 2];
        to[size - 1] = from[size - 1];
    }
}

} // namespace sluse
