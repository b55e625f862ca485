// gateway/normalise/json_text.cpp — escaping with a fast path: most clinical text needs none and is copied whole.
#include "gateway/normalise/json_text.hpp"

#include <array>
#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluse {
namespace {

constexpr auto special = [] {
    std::array<bool, 256> out{};
    for (std::size_t c = 0; c < 32; ++c) out[c] = true;
    out['"'] = out['\\'] = out[127] = true;
    return out;
}();

#if defined(__SSE2__)
// Which of 16 bytes are special, a bit each.
unsigned specials(const char* at)
{
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(31)), bytes);
    const auto marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, marks), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(127)))));
}

// Copied first and looked at where it stands now, with room behind it: 16 bytes at a time, also of a short text.
bool copied_plain(Bytes& out, std::string_view text)
{
    char* to = out.room(text.size() + 18);
    to[0] = '"';
    copy_short(to + 1, text.data(), text.size());
    std::size_t i = 0;
    for (; i + 16 <= text.size(); i += 16)
        if (specials(to + 1 + i)) return false;
    if (i < text.size() && specials(to + 1 + i) & ((1u << (text.size() - i)) - 1)) return false;
    to[text.size() + 1] = '"';
    out.wrote(text.size() + 2);
    return true;
}
#else
bool copied_plain(Bytes&, std::string_view)
{
    return false;
}
#endif

// Where the next special byte stands, from `at` on; the size when there is none.
std::size_t next_special(std::string_view text, std::size_t at)
{
#if defined(__SSE2__)
    for (; text.size() - at >= 16; at += 16)
        if (const auto found = specials(text.data() + at)) return at + static_cast<std::size_t>(std::countr_zero(found));
#endif
    while (at < text.size() && !special[static_cast<unsigned char>(text[at])]) ++at;
    return at;
}

} // namespace

void append_json(Bytes& out, std::string_view text)
{
    std::size_t start = 0;
    for (auto i = next_special(text, 0); i < text.size(); i = next_special(text, i + 1)) {
        const auto c = static_cast<unsigned char>(text[i]);
        out.append(text.data() + start, i - start);
        start = i + 1;
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default: break; // FHIR R4: strings hold no other control characters
        }
    }
    out.append(text.data() + start, text.size() - start);
}

void append_quoted(Bytes& out, std::string_view text)
{
    if (copied_plain(out, text)) return;
    out += '"';
    append_json(out, text);
    out += '"';
}

} // namespace sluse
