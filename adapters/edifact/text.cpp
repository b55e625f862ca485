// adapters/edifact/text.cpp — asking segments for their components, places for people, and ISO 8859-1 to UTF-8 and back.
#include "adapters/edifact/syntax.hpp"

#include "gateway/normalise/charset.hpp"

#include <algorithm>

namespace sluse::edifact {

std::string_view Text::plain(std::string_view raw, std::string& scratch) const
{
    const auto odd = [&](char c) { return c == marks.release || c == '\r' || c == '\n'; };
    const auto* const first = std::ranges::find_if(raw, odd);
    if (first == raw.end()) return raw;
    scratch.assign(raw.begin(), first);
    for (std::size_t i = scratch.size(); i < raw.size(); ++i) {
        if (raw[i] == marks.release && i + 1 < raw.size()) scratch += raw[++i];
        else if (raw[i] != '\r' && raw[i] != '\n') scratch += raw[i];
    }
    return scratch;
}

std::string_view Text::value(const Segment& segment, unsigned element, unsigned component, std::string& scratch) const
{
    return plain(raw(segment, element, component), scratch);
}

unsigned Text::elements(const Segment& segment) const
{
    return segment.count ? components[segment.first + segment.count - 1].element : 0;
}

unsigned Text::components_of(const Segment& segment, unsigned element) const
{
    unsigned n = 0;
    for (std::uint32_t i = segment.first; i < segment.first + segment.count; ++i) n += components[i].element == element;
    return n;
}

std::size_t Text::offset(const Segment& segment, unsigned element, unsigned component) const
{
    std::size_t at = segment.at;
    unsigned n = 0;
    for (std::uint32_t i = segment.first; i < segment.first + segment.count; ++i) {
        if (components[i].element > element) break;
        at = components[i].at;
        if (components[i].element == element && ++n == component) break;
    }
    return at;
}

Trouble Text::trouble(const Segment& segment, unsigned element, unsigned component, IssueKind kind, std::string text) const
{
    Trouble out;
    out.kind = kind;
    out.segment = segment.number;
    out.tag = segment.tag;
    out.element = element;
    out.component = component;
    out.at = offset(segment, element, component);
    out.text = std::move(text);
    return out;
}

std::string Trouble::place() const
{
    auto out = tag.empty() ? std::string("interchange") : tag;
    if (segment) out += '[' + std::to_string(segment) + ']';
    if (element) out += '-' + std::to_string(element);
    if (element && component) out += '.' + std::to_string(component);
    return out;
}

Issue Trouble::issue() const
{
    return {severity, kind, place(), text + " (byte " + std::to_string(at + 1) + ")"};
}

void append_utf8(std::string_view latin1, std::string& out)
{
    while (!latin1.empty()) { // runs of ASCII go as a whole
        const auto high = std::ranges::find_if(latin1, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
        const auto plain = static_cast<std::size_t>(high - latin1.begin());
        out.append(latin1.substr(0, plain));
        if (plain == latin1.size()) return;
        const auto u = static_cast<unsigned char>(*high);
        out += static_cast<char>(0xC0 | (u >> 6));
        out += static_cast<char>(0x80 | (u & 0x3F));
        latin1.remove_prefix(plain + 1);
    }
}

/// Characters that OIOXML's windows-1252 has and ISO 8859-1 lacks, spelt.
static void spell(std::string_view character, std::string& out)
{
    static constexpr std::pair<std::string_view, std::string_view> spellings[] = {
        {"\u2013", "-"}, {"\u2014", "-"}, {"\u2018", "'"}, {"\u2019", "'"}, {"\u201a", ","}, {"\u201c", "\""}, {"\u201d", "\""}, {"\u201e", "\""},
        {"\u2026", "..."}, {"\u2022", "*"}, {"\u20ac", "EUR"}, {"\u2264", "<="}, {"\u2265", ">="}, {"\u2122", "(TM)"}, {"\u0153", "oe"}, {"\u0161", "s"}, {"\u017e", "z"}};
    const auto* found = std::ranges::find(spellings, character, &std::pair<std::string_view, std::string_view>::first);
    if (found != std::end(spellings)) out += found->second;
    else from_utf8(character, "US-ASCII", out);
}

/// A letter and a mark of its own (U+0300 …, behind 0xCC in UTF-8) as the one character that ISO 8859-1 has; false when it has none.
static bool compose(char& letter, unsigned char mark)
{
    struct Composed {
        unsigned char mark;
        std::string_view letters, characters;
    };
    static constexpr Composed all[] = {{0x80, "AEIOU", "\xC0\xC8\xCC\xD2\xD9"}, {0x81, "AEIOUY", "\xC1\xC9\xCD\xD3\xDA\xDD"}, {0x82, "AEIOU", "\xC2\xCA\xCE\xD4\xDB"},
                                       {0x83, "ANO", "\xC3\xD1\xD5"},               {0x88, "AEIOU", "\xC4\xCB\xCF\xD6\xDC"},        {0x8A, "A", "\xC5"},
                                       {0xA7, "C", "\xC7"}};
    const auto* found = std::ranges::find(all, mark, &Composed::mark);
    if (found == std::end(all)) return false;
    const auto at = found->letters.find(static_cast<char>(letter & ~0x20));
    if (at == found->letters.npos) return false;
    letter = static_cast<char>(found->characters[at] | (letter & 0x20)); // small letters lie 0x20 behind great ones in both halves
    return true;
}

// Not windows-1252, which has letters where ISO 8859-1 has control characters.
void append_latin1(std::string_view utf8, std::string& out)
{
    const auto start = out.size();
    for (std::size_t i = 0; i < utf8.size();) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        const std::size_t length = std::min<std::size_t>(lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4, utf8.size() - i);
        const auto second = length > 1 ? static_cast<unsigned char>(utf8[i + 1]) : 0u;
        if (length == 1) out += utf8[i];
        else if (lead == 0xC2 && second >= 0xA0) out += static_cast<char>(second);
        else if (lead == 0xC3) out += static_cast<char>(second + 0x40);
        else if (lead == 0xCC && out.size() > start && compose(out.back(), static_cast<unsigned char>(second))) {}
        else spell(utf8.substr(i, length), out);
        i += length;
    }
}

void append_escaped(std::string_view utf8, const Marks& marks, std::string& out)
{
    std::string plain;
    append_latin1(utf8, plain);
    for (const char c : plain) {
        if (c == marks.component || c == marks.element || c == marks.release || c == marks.terminator) out += marks.release;
        out += c;
    }
}

} // namespace sluse::edifact
