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

#if defined(__SSE2__)
/// At most 15 bytes in one register, zeros behind them; nothing outside the text is read.
inline __m128i short_block(const char* at, std::size_t size)
{
    if (size < 8) return _mm_cvtsi64_si128(static_cast<long long>(packed({at, size})));
    std::uint64_t first, last;
    std::memcpy(&first, at, 8);
    std::memcpy(&last, at + size - 8, 8);
    return _mm_set_epi64x(static_cast<long long>(last >> 8 >> (15 - size) * 8), static_cast<long long>(first));
}

/// Calls use(marks of a block as a bit each, its position) for each block of 16 bytes from `from` on where any is marked, until it
/// returns false; true when it never did. The last block overlaps the one before it, so that no byte is looked at alone.
template <class Marks, class Use> bool each_block(std::string_view text, std::size_t from, Marks&& marks, Use&& use)
{
    const auto block = [&](std::size_t at) { return marks(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at))); };
    for (; from + 16 <= text.size(); from += 16)
        if (const unsigned found = block(from); found && !use(found, from)) return false;
    if (from >= text.size()) return true;
    const auto left = text.size() - from;
    const unsigned found = text.size() >= 16 ? block(text.size() - 16) >> (16 - left) : marks(short_block(text.data() + from, left)) & ((1u << left) - 1);
    return !found || use(found, from);
}
inline unsigned marks_of(__m128i block, char c)
{
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(c))));
}
#endif

/// Calls visit(position) for each of some characters, in order, until it returns false; true when it never did.
template <class Visit, class... Chars> bool each_of(std::string_view text, Visit&& visit, Chars... wanted)
{
#if defined(__SSE2__)
    return each_block(text, 0, [=](__m128i block) { return (marks_of(block, wanted) | ...); }, [&](unsigned mask, std::size_t at) {
        for (; mask; mask &= mask - 1)
            if (!visit(at + static_cast<std::size_t>(std::countr_zero(mask)))) return false;
        return true;
    });
#else
    for (std::size_t i = 0; i < text.size(); ++i)
        if (((text.data()[i] == wanted) || ...) && !visit(i)) return false;
    return true;
#endif
}
template <class Visit> bool each_char(std::string_view text, char a, char b, Visit&& visit)
{
    return each_of(text, visit, a, b);
}

/// Calls visit(position) for each `c` at or after `from`, in order, until it returns false; true when it never did.
template <class Visit> bool each_char(std::string_view text, char c, Visit&& visit, std::size_t from = 0)
{
#if defined(__SSE2__)
    return each_block(text, from, [c](__m128i block) { return marks_of(block, c); }, [&](unsigned mask, std::size_t at) {
        for (; mask; mask &= mask - 1)
            if (!visit(at + static_cast<std::size_t>(std::countr_zero(mask)))) return false;
        return true;
    });
#else
    for (auto i = from; i < text.size(); ++i)
        if (text.data()[i] == c && !visit(i)) return false;
    return true;
#endif
}

/// Position of the first `c` at or after `from`; npos when there is none.
inline std::size_t find_char(std::string_view text, char c, std::size_t from = 0)
{
    auto found = text.npos;
    each_char(text, c, [&](std::size_t at) {
        found = at;
        return false;
    }, from);
    return found;
}

/// Position of the first CR or LF at or after `from`; npos when there is none.
inline std::size_t find_line_end(std::string_view text, std::size_t from = 0)
{
#if defined(__SSE2__)
    auto found = text.npos;
    each_block(text, from, [](__m128i block) { return marks_of(block, '\r') | marks_of(block, '\n'); }, [&](unsigned mask, std::size_t at) {
        found = at + static_cast<std::size_t>(std::countr_zero(mask));
        return false;
    });
    return found;
#else
    return text.find_first_of("\r\n", from);
#endif
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

/// Without blanks around it: all bytes up to a space, as fields may be padded with any of them.
inline std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

} // namespace sluse
