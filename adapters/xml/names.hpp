// adapters/xml/names.hpp — XML's characters of names and blanks: by a table, and 16 at a time where a name is as long.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#if defined(__SSSE3__)
#include <tmmintrin.h>
#endif

namespace sluse::xml {

enum : std::uint8_t { name_start = 1, name_part = 2, white = 4 };

constexpr auto classes = [] {
    std::array<std::uint8_t, 256> out{};
    for (unsigned c = 0; c < 256; ++c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || c >= 0x80;
        const bool more = (c >= '0' && c <= '9') || c == '-' || c == '.';
        out[c] = static_cast<std::uint8_t>((letter ? name_start | name_part : 0) | (more ? name_part : 0) | (c == ' ' || c == '\t' || c == '\r' || c == '\n' ? white : 0));
    }
    return out;
}();

inline bool is(char c, std::uint8_t kind)
{
    return classes[static_cast<unsigned char>(c)] & kind;
}

#if defined(__SSSE3__)
/// Which of 16 bytes may stand in a name, a bit each: a byte's halves each choose a set of kinds, and must have one in common.
inline unsigned name_parts(__m128i block)
{
    // Kinds: 1 "-.", 2 digits and ':' (of the same lower halves: p to z), 4 letters from A and a on, 8 P to Z and '_', 16 beyond ASCII.
    const auto by_lower = _mm_setr_epi8(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 20, 20, 21, 21, 28);
    const auto by_upper = _mm_setr_epi8(0, 0, 1, 2, 4, 8, 4, 2, 16, 16, 16, 16, 16, 16, 16, 16);
    const auto half = _mm_set1_epi8(15);
    const auto lower = _mm_shuffle_epi8(by_lower, _mm_and_si128(block, half));
    const auto upper = _mm_shuffle_epi8(by_upper, _mm_and_si128(_mm_srli_epi16(block, 4), half));
    return ~static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_and_si128(lower, upper), _mm_setzero_si128()))) & 0xffff;
}
#endif

/// Past the name that begins at `at`. `prefix`: how much of it is a prefix and its colon.
inline std::size_t find_name_end(std::string_view text, std::size_t at, std::uint32_t& prefix)
{
    const auto start = at;
    prefix = 0;
#if defined(__SSSE3__)
    for (; at + 16 <= text.size(); at += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const auto size = static_cast<unsigned>(std::countr_one(name_parts(block)));
        const auto colons = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(':')))) & ((1u << size) - 1);
        if (colons && !prefix) prefix = static_cast<std::uint32_t>(at - start) + static_cast<unsigned>(std::countr_zero(colons)) + 1;
        if (size < 16) return at + size;
    }
#endif
    for (; at < text.size() && is(text.data()[at], name_part); ++at)
        if (text.data()[at] == ':' && !prefix) prefix = static_cast<std::uint32_t>(at - start) + 1;
    return at;
}

} // namespace sluse::xml
