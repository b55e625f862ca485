// gateway/base/scan.hpp — finding separators in short texts, inlined: a call to memchr for each field costs more than it finds.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluse {

/// Position of the first `c` at or after `from`; npos when there is none.
inline std::size_t find_char(std::string_view text, char c, std::size_t from = 0)
{
    auto i = from;
#if defined(__SSE2__)
    const auto wanted = _mm_set1_epi8(c);
    for (; i + 16 <= text.size(); i += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted)))) return i + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    for (; i < text.size(); ++i)
        if (text.data()[i] == c) return i;
    return text.npos;
}

/// Position of the first CR or LF at or after `from`; npos when there is none.
inline std::size_t find_line_end(std::string_view text, std::size_t from = 0)
{
    auto i = from;
#if defined(__SSE2__)
    const auto cr = _mm_set1_epi8('\r'), lf = _mm_set1_epi8('\n');
    for (; i + 16 <= text.size(); i += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        const auto hit = _mm_or_si128(_mm_cmpeq_epi8(block, cr), _mm_cmpeq_epi8(block, lf));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit))) return i + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    for (; i < text.size(); ++i)
        if (text.data()[i] == '\r' || text.data()[i] == '\n') return i;
    return text.npos;
}

/// Calls visit(position) for each `c`, in order, until it returns false; true when it never did.
template <class Visit> bool each_char(std::string_view text, char c, Visit&& visit)
{
    std::size_t i = 0;
#if defined(__SSE2__)
    const auto wanted = _mm_set1_epi8(c);
    for (; i + 16 <= text.size(); i += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        for (auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted))); mask; mask &= mask - 1)
            if (!visit(i + static_cast<std::size_t>(std::countr_zero(mask)))) return false;
    }
#endif
    for (; i < text.size(); ++i)
        if (text.data()[i] == c && !visit(i)) return false;
    return true;
}

/// The n-th part (from 1) of `text` split at `separator`; empty when there is none.
inline std::string_view nth_part(std::string_view text, char separator, unsigned n)
{
    if (n == 0) return {};
    std::size_t start = 0, end = text.size();
    each_char(text, separator, [&](std::size_t at) {
        if (--n == 0) {
            end = at;
            return false;
        }
        start = at + 1;
        return true;
    });
    return n <= 1 ? std::string_view{text.data() + start, end - start} : std::string_view{};
}

/// A text of at most 8 bytes as one word; two such texts without trailing NULs are equal when their words are.
inline std::uint64_t packed(std::string_view text)
{
    const auto* at = text.data();
    const auto size = text.size();
    if (size >= 4) {
        std::uint32_t first, last;
        std::memcpy(&first, at, 4);
        std::memcpy(&last, at + size - 4, 4);
        return first | std::uint64_t{last} << (size - 4) * 8;
    }
    const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])} << i * 8; };
    return size ? byte(0) | byte(size / 2) | byte(size - 1) : 0;
}

/// Without blanks around it: all bytes up to a space, as fields may be padded with any of them.
inline std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

} // namespace sluse
