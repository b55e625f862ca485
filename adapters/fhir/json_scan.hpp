// adapters/fhir/json_scan.hpp — characters of JSON texts, for those who read and write them.
#pragma once

#include "gateway/base/ascii.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluse::fhir {

/// Of four digits that have been checked.
inline std::uint32_t hex4(std::string_view text)
{
    std::uint32_t value = 0;
    for (const char c : text.substr(0, 4)) value = value << 4 | static_cast<std::uint32_t>(hex_value(c));
    return value;
}

/// The first character of a string that is no plain ASCII: its end, an escape, a control character, or part of a longer sequence.
inline std::size_t next_special(std::string_view text, std::size_t at)
{
#if defined(__SSE2__)
    const auto quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(' ');
    for (; at + 16 <= text.size(); at += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        // Signed: what is below a blank is a control character, or 0x80 and above.
        const auto hit = _mm_or_si128(_mm_cmplt_epi8(block, blank), _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit))) return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    const auto special = [](char c) { return c == '"' || c == '\\' || static_cast<signed char>(c) < ' '; };
    while (at < text.size() && !special(text.data()[at])) ++at;
    return at;
}

/// Can the text stand between quotes as it is?
inline bool plain_json(std::string_view text)
{
    for (auto at = next_special(text, 0); at < text.size(); at = next_special(text, at + 1))
        if (static_cast<unsigned char>(text[at]) < 0x80) return false;
    return true;
}

} // namespace sluse::fhir
