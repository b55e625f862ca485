// adapters/hl7v2/message_marks.hpp — the scan that decoding and splitting share, and what may stand before a message.
#pragma once

#include "gateway/base/ascii.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string>
#include <string_view>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluse::hl7v2 {

/// What may stand around messages and lines without meaning anything.
constexpr std::string_view blanks{" \t\r\n\v\f\0\x1c", 8};

/// Calls visit(position) for each field separator, CR and LF, in order, until it returns false. 16 bytes at a step: most fields
/// are a few bytes, where a memchr call each would cost more than it finds.
template <class Visit> void each_mark(std::string_view text, char field, Visit visit)
{
    std::size_t i = 0;
#if defined(__SSE2__)
    const auto f = _mm_set1_epi8(field), cr = _mm_set1_epi8('\r'), lf = _mm_set1_epi8('\n');
    for (; i + 16 <= text.size(); i += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        const auto hit = _mm_or_si128(_mm_cmpeq_epi8(block, f), _mm_or_si128(_mm_cmpeq_epi8(block, cr), _mm_cmpeq_epi8(block, lf)));
        for (auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit)); mask; mask &= mask - 1)
            if (!visit(i + static_cast<std::size_t>(std::countr_zero(mask)))) return;
    }
#endif
    for (; i < text.size(); ++i)
        if (text[i] == field || text[i] == '\r' || text[i] == '\n')
            if (!visit(i)) return;
}

/// UTF-16 has NUL in every other byte of "MSH" (FHS, BHS), whichever end comes first; empty: it is not UTF-16.
inline std::string_view utf16_flavour(std::string_view bytes)
{
    using namespace std::string_view_literals;
    if (bytes.starts_with("\xff\xfe"sv) || bytes.starts_with("M\0S\0H\0"sv) || bytes.starts_with("F\0H\0S\0"sv) || bytes.starts_with("B\0H\0S\0"sv)) return "UTF-16LE";
    if (bytes.starts_with("\xfe\xff"sv) || bytes.starts_with("\0M\0S\0H"sv) || bytes.starts_with("\0F\0H\0S"sv) || bytes.starts_with("\0B\0H\0S"sv)) return "UTF-16BE";
    return {};
}

/// Of UTF-16, one byte a unit, the byte order mark left out: ASCII as it is, all else as 0xff. Enough to see segments and lines.
inline std::string utf16_narrowed(std::string_view bytes)
{
    const bool little = utf16_flavour(bytes) == "UTF-16LE";
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) bytes.remove_prefix(2);
    std::string out(bytes.size() / 2, '\xff');
    for (std::size_t i = 0; i < out.size(); ++i) {
        const char low = bytes[2 * i + (little ? 0 : 1)], high = bytes[2 * i + (little ? 1 : 0)];
        if (high == '\0' && static_cast<unsigned char>(low) < 0x80) out[i] = low;
    }
    return out;
}

/// Without byte order mark and blanks in front.
inline std::string_view without_lead(std::string_view bytes)
{
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (bytes.starts_with(mark)) bytes.remove_prefix(3);
    bytes.remove_prefix(std::min(bytes.find_first_not_of(blanks), bytes.size()));
    if (bytes.starts_with(mark)) bytes.remove_prefix(3);
    return bytes;
}

/// "MSH|", "BHS^" …: the segment's name and something that can separate.
inline bool begins_with_header(std::string_view text, std::string_view id)
{
    if (!text.starts_with(id) || text.size() == id.size()) return false;
    return !is_alphanumeric(text[id.size()]);
}

} // namespace sluse::hl7v2
