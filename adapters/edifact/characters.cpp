// adapters/edifact/characters.cpp — is every byte one that a letter in ISO 8859-1 may have?
#include "adapters/edifact/syntax.hpp"
#include "gateway/base/scan.hpp"

#include <algorithm>

namespace sluse::edifact {
namespace {

enum class Kind : std::uint8_t { plain, utf8, unprinted, control };

/// CR, LF and tabs stand in texts that are laid out.
bool is_control(unsigned char c)
{
    return c < ' ' && c != '\t' && c != '\r' && c != '\n';
}

/// Is there a control character, a byte from 0x80 to 0x9F, or the first of what UTF-8 makes of ISO 8859-1's upper half?
bool may_be_strange(std::string_view bytes)
{
#if defined(__SSE2__)
    const auto marked = [](__m128i block) {
        const auto is = [&](int mask, int value) { return _mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8(static_cast<char>(mask))), _mm_set1_epi8(static_cast<char>(value))); };
        const auto layout = _mm_or_si128(is(0xff, '\n'), _mm_or_si128(is(0xff, '\r'), is(0xff, '\t')));
        const auto control = _mm_andnot_si128(layout, is(0xE0, 0));
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(is(0xE0, 0x80), is(0xFE, 0xC2)))));
    };
    return !each_block(bytes, 0, marked, [](unsigned, std::size_t) { return false; });
#else
    return std::ranges::any_of(bytes, [](unsigned char c) { return is_control(c) || (c & 0xE0) == 0x80 || (c & 0xFE) == 0xC2; });
#endif
}

Kind kind_of(std::string_view text, std::size_t at)
{
    const auto c = static_cast<unsigned char>(text[at]);
    if (is_control(c)) return Kind::control;
    if ((c == 0xC2 || c == 0xC3) && at + 1 < text.size() && (static_cast<unsigned char>(text[at + 1]) & 0xC0) == 0x80) return Kind::utf8;
    return c >= 0x80 && c < 0xA0 ? Kind::unprinted : Kind::plain;
}

const char* words(Kind kind, bool in_text)
{
    switch (kind) {
    case Kind::utf8: return "looks like UTF-8 where ISO 8859-1 was announced; it is read as ISO 8859-1";
    case Kind::unprinted: return "holds bytes that ISO 8859-1 does not print";
    default: return in_text ? "holds control characters; they are left out" : "holds a control character, which no number, name or code has";
    }
}

/// Tells of the bytes of some segments.
class Characters {
public:
    Characters(const Text& text, Troubles& troubles) : text_(text), troubles_(troubles) {}

    void segment(const Segment& s)
    {
        unsigned element = 0, number = 0;
        for (auto c = s.first; c < s.first + s.count; ++c) {
            const auto& component = text_.components[c];
            number = component.element == element ? number + 1 : 1;
            element = component.element;
            if (component.odd) bytes(s, component, number);
        }
    }

private:
    void bytes(const Segment& s, const Component& component, unsigned number)
    {
        const auto bytes = text_.bytes.substr(component.at, component.size);
        const bool in_text = s.word == tag_word("FTX");
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            const auto kind = kind_of(bytes, at);
            const bool refuses = kind == Kind::control && !in_text;
            if (kind == Kind::plain || (!refuses && told_[static_cast<std::size_t>(kind)])) continue;
            troubles_.push_back(text_.trouble(s, component.element, number, IssueKind::wrong_type, words(kind, in_text)));
            troubles_.back().at = component.at + at;
            if (refuses) return;
            troubles_.back().severity = Severity::warning;
            told_[static_cast<std::size_t>(kind)] = true;
        }
    }

    const Text& text_;
    Troubles& troubles_;
    bool told_[4]{};
};

} // namespace

void check_characters(const Text& text, std::uint32_t first, std::uint32_t last, Troubles& troubles)
{
    const auto begin = text.segments[first].at, end = last + 1 < text.segments.size() ? text.segments[last + 1].at : static_cast<std::uint32_t>(text.bytes.size());
    if (!may_be_strange(text.bytes.substr(begin, end - begin))) return;
    Characters characters(text, troubles);
    for (auto i = first; i <= last; ++i) characters.segment(text.segments[i]);
}

} // namespace sluse::edifact
