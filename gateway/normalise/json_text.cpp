// gateway/normalise/json_text.cpp — escaping with a fast path: most clinical text needs none and is copied whole.
#include "gateway/normalise/json_text.hpp"

#include "gateway/base/scan.hpp"

#include <array>
#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluse {
namespace {

#if defined(__SSE2__)
// Which of 16 bytes are special, a bit each.
unsigned specials(__m128i bytes)
{
    const auto low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(31)), bytes);
    const auto marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, marks), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(127)))));
}

// Copied and looked at in one go, 16 bytes at a time, also of a short text; false, and nothing written, where one is special.
bool copied_plain(Bytes& out, std::string_view text)
{
    const auto size = text.size();
    char* const to = out.room(size + 18) + 1;
    unsigned found = 0;
    const auto store = [to](std::size_t at, __m128i block) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), block); };
    if (size < 16) {
        const auto block = short_block(text.data(), size);
        store(0, block);
        found = specials(block) & ((1u << size) - 1);
    } else {
        const auto take = [&](std::size_t at) {
            const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
            store(at, block);
            found |= specials(block);
        };
        for (std::size_t at = 0; at + 16 <= size; at += 16) take(at);
        take(size - 16);
    }
    if (found) return false;
    to[-1] = to[size] = '"';
    out.wrote(size + 2);
    return true;
}
#else
constexpr auto special = [] {
    std::array<bool, 256> out{};
    for (std::size_t c = 0; c < 32; ++c) out[c] = true;
    out['"'] = out['\\'] = out[127] = true;
    return out;
}();

bool copied_plain(Bytes&, std::string_view)
{
    return false;
}
#endif

// Where the next special byte stands, from `at` on; the size when there is none.
std::size_t next_special(std::string_view text, std::size_t at)
{
#if defined(__SSE2__)
    auto found = text.size();
    each_block(text, at, specials, [&](unsigned marks, std::size_t from) {
        found = from + static_cast<std::size_t>(std::countr_zero(marks));
        return false;
    });
    return found;
#else
    while (at < text.size() && !special[static_cast<unsigned char>(text[at])]) ++at;
    return at;
#endif
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
