// adapters/edifact/lexer.cpp — bytes to segments: service characters, release characters, binary objects by their size.
#include "adapters/edifact/syntax.hpp"

#include "gateway/base/scan.hpp"
#include "gateway/normalise/charset.hpp"

#include <algorithm>
#include <array>
#include <bit>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluse::edifact {
namespace {

constexpr std::size_t segments_max = 200'000; ///< a letter of 100 MB of text has fewer

bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool tag_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

class Lexer {
public:
    Lexer(std::string_view bytes, std::size_t from, Text& out, Troubles& troubles) : bytes_(bytes), at_(from), out_(out), troubles_(troubles) {}

    std::size_t run()
    {
        out_.bytes = bytes_;
        const auto ordinary = std::min<std::size_t>(bytes_.size() - at_, 16'384); // a letter with a file in it has not more
        out_.segments.reserve(ordinary / 20 + 8);
        out_.components.reserve(ordinary / 6 + 32);
        at_ = skip_blanks(bytes_, at_);
        if (!una()) return at_;
        bool inside = false;
        for (at_ = skip_blanks(bytes_, at_); at_ < bytes_.size(); at_ = skip_blanks(bytes_, at_)) {
            const auto rest = bytes_.substr(at_, 3);
            if (inside && rest == "UNA") return at_; // the next interchange begins: this one has no end
            if (!segment()) return at_;
            inside = true;
            if (out_.segments.back().word == tag_word("UNZ")) break;
            if (out_.segments.size() >= segments_max) return stop(at_, "more segments than one interchange can hold here");
        }
        return at_;
    }

private:
    std::size_t stop(std::size_t at, std::string text, std::string tag = {})
    {
        Trouble trouble;
        trouble.interchange = true;
        trouble.tag = std::move(tag);
        trouble.at = at;
        trouble.segment = letter_;
        trouble.text = std::move(text);
        troubles_.push_back(std::move(trouble));
        return at_;
    }

    bool una()
    {
        auto& m = out_.marks;
        if (bytes_.substr(at_, 3) != "UNA") {
            Trouble trouble;
            trouble.severity = Severity::warning;
            trouble.kind = IssueKind::required_missing;
            trouble.interchange = true;
            trouble.tag = "UNA";
            trouble.at = at_;
            trouble.text = "is missing; the standard's service characters :+.? ' are taken";
            troubles_.push_back(std::move(trouble));
            return true;
        }
        const auto marks = bytes_.substr(at_ + 3, 6);
        if (marks.size() < 6) return stop(at_, "ends before its six service characters", "UNA"), false;
        m = {marks[0], marks[1], marks[2], marks[3], marks[5]};
        std::array<char, 4> distinct{m.component, m.element, m.release, m.terminator};
        std::ranges::sort(distinct);
        const bool twice = std::ranges::adjacent_find(distinct) != distinct.end();
        const auto bad = [](char c) { return tag_character(c) || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) > 0x7e; };
        // A blank release character says that none is used; nothing then separates text from marks, so MedCom does not allow it.
        if (twice || std::ranges::any_of(distinct, bad) || marks[4] != ' ') return stop(at_, "names service characters that cannot be told apart or are not allowed; send UNA:+.? '", "UNA"), false;
        out_.has_una = true;
        at_ += 9;
        return true;
    }

    bool segment()
    {
        Segment s;
        s.at = static_cast<std::uint32_t>(at_);
        s.first = static_cast<std::uint32_t>(out_.components.size());
        const auto end = tag_end();
        s.tag = {bytes_.data() + at_, end - at_};
        s.word = s.tag.size() == 3 ? static_cast<std::uint32_t>(packed(s.tag)) : 0;
        if (s.word == tag_word("UNH")) letter_ = 1;
        else if (letter_) ++letter_;
        if (s.word == tag_word("UNZ")) letter_ = 0;
        if (s.tag.empty()) return stop(at_, "a segment is empty"), false;
        if (!is_tag(at_))
            return stop(at_, end >= bytes_.size() ? "the text ends inside a segment" : "is no segment tag: three characters A-Z 0-9 and then an element"), false;
        s.number = letter_;
        if (s.word == tag_word("UNT")) letter_ = 0;
        at_ = end;
        if (!data(s)) return false;
        s.count = static_cast<std::uint32_t>(out_.components.size()) - s.first;
        out_.segments.push_back(s);
        return s.word != tag_word("UNO") || object(out_.segments.back());
    }

    /// Three tag characters, and then an element or the segment's end?
    bool is_tag(std::size_t at) const
    {
        if (bytes_.size() - at < 4) return false;
        const auto* const c = bytes_.data() + at;
        return tag_character(c[0]) && tag_character(c[1]) && tag_character(c[2]) && (c[3] == out_.marks.element || c[3] == out_.marks.terminator);
    }

    std::size_t tag_end() const
    {
        if (is_tag(at_)) return at_ + 3;
        auto end = at_;
        while (end < bytes_.size() && end - at_ < 4 && !mark(bytes_.data()[end])) ++end;
        return end;
    }

    bool mark(char c) const
    {
        const auto& m = out_.marks;
        return c == m.release || c == m.element || c == m.component || c == m.terminator;
    }

    /// From the character after the tag to the terminator and past it.
    bool data(const Segment& s)
    {
        const auto& m = out_.marks;
        std::uint32_t element = 0;
        auto begin = at_;
        bool odd = false;
        const auto close = [&](std::size_t end) {
            if (element) out_.components.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin), element & 0x7fffffffu, odd});
            begin = end + 1;
            odd = false;
        };
        for (auto from = at_, past = at_; from < bytes_.size(); from += 16) {
            auto block = look(from);
            for (; block.marks; block.marks &= block.marks - 1) {
                const auto bit = static_cast<unsigned>(std::countr_zero(block.marks));
                at_ = from + bit;
                if (at_ < past) continue; // released
                const auto before = (1u << bit) - 1;
                odd = odd || (block.odd & before);
                block.odd &= ~before;
                const char c = bytes_.data()[at_];
                if (c == m.release) {
                    if (!released(s, element)) return false;
                    odd = true;
                    past = at_ + 2;
                } else {
                    close(at_);
                    if (c == m.element) ++element;
                    else if (c == m.terminator) return ++at_, true;
                }
            }
            odd = odd || block.odd;
        }
        at_ = bytes_.size();
        return stop(s.at, "does not end: its terminator is missing", std::string(s.tag)), false;
    }

    /// Of 16 bytes a bit each: is it a service character, and is it none of ASCII's that print?
    struct Block {
        unsigned marks{}, odd{};
    };
    Block look(std::size_t at) const
    {
#if defined(__SSE2__)
        const auto& m = out_.marks;
        if (at + 16 <= bytes_.size()) {
            const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes_.data() + at));
            const auto is = [&](char c) { return _mm_cmpeq_epi8(block, _mm_set1_epi8(c)); };
            const auto hit = _mm_or_si128(_mm_or_si128(is(m.release), is(m.element)), _mm_or_si128(is(m.component), is(m.terminator)));
            // Signed, so that what is above ASCII is below a blank too.
            return {static_cast<unsigned>(_mm_movemask_epi8(hit)), static_cast<unsigned>(_mm_movemask_epi8(_mm_cmplt_epi8(block, _mm_set1_epi8(' '))))};
        }
#endif
        Block out;
        for (unsigned i = 0; i < 16 && at + i < bytes_.size(); ++i) {
            const auto c = bytes_.data()[at + i];
            out.marks |= unsigned{mark(c)} << i;
            out.odd |= unsigned{static_cast<unsigned char>(c) >= 0x80 || c < ' '} << i;
        }
        return out;
    }

    /// Only service characters may follow the release character; others are kept, and told.
    bool released(const Segment& s, std::uint32_t element)
    {
        const auto& m = out_.marks;
        auto next = at_ + 1;
        if (next >= bytes_.size()) return stop(at_, "the text ends after a release character", std::string(s.tag)), false;
        const char c = bytes_[next];
        if (c == m.element || c == m.component || c == m.terminator || c == m.release) return true;
        Trouble trouble;
        trouble.kind = IssueKind::wrong_type;
        trouble.segment = letter_;
        trouble.interchange = s.tag == "UNB" || s.tag == "UNZ";
        trouble.tag = s.tag;
        trouble.element = element;
        trouble.at = at_;
        trouble.text = "a release character stands before a character that needs none; write it twice to mean itself";
        troubles_.push_back(std::move(trouble));
        return true;
    }

    /// UNO+no+AID:…+OBJ:…+size:…' and then size bytes that no rule of the syntax applies to.
    bool object(Segment& s)
    {
        std::uint32_t size = 0;
        if (!read_number(out_.raw(s, 4), size)) return stop(s.at, "element 4 must say the object's size in bytes", "UNO"), false;
        if (bytes_.size() - at_ < size) return stop(s.at, "says a size past the end of the text", "UNO"), false;
        s.binary = bytes_.substr(at_, size);
        const auto after = skip_blanks(bytes_, at_ + size);
        if (bytes_.substr(after, 3) != "UNP") return stop(at_ + size, "the object is not as long as UNO says: UNP does not follow it", "UNO"), false;
        at_ = after;
        return true;
    }

    std::string_view bytes_;
    std::size_t at_;
    Text& out_;
    Troubles& troubles_;
    std::uint32_t letter_{};
};

} // namespace

std::size_t skip_blanks(std::string_view bytes, std::size_t at)
{
    while (at < bytes.size() && blank(bytes[at])) ++at;
    return at;
}

bool read_number(std::string_view digits, std::uint32_t& out)
{
    if (digits.empty() || digits.size() > 9) return false;
    out = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return false;
        out = out * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return true;
}

std::size_t read_segments(std::string_view bytes, std::size_t from, Text& out, Troubles& troubles)
{
    return Lexer(bytes, from, out, troubles).run();
}

const Component* Text::component(const Segment& segment, unsigned element, unsigned component) const
{
    if (element == 0 || element > segment.count) return nullptr;
    const auto* const end = components.data() + segment.first + segment.count;
    for (const auto* c = components.data() + segment.first + element - 1; c != end && c->element <= element; ++c) // an element has one at least
        if (c->element == element) return static_cast<std::size_t>(end - c) >= component && c[component - 1].element == element ? c + component - 1 : nullptr;
    return nullptr;
}

std::string_view Text::raw(const Segment& segment, unsigned element, unsigned component) const
{
    if (element == 0) return segment.tag;
    const auto* const found = this->component(segment, element, component);
    return found ? std::string_view{bytes.data() + found->at, found->size} : std::string_view{};
}

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

/// Not windows-1252, which has letters where ISO 8859-1 has control characters.
static std::string latin1_of(std::string_view utf8)
{
    std::string out;
    for (std::size_t i = 0; i < utf8.size();) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        const std::size_t length = std::min<std::size_t>(lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4, utf8.size() - i);
        const auto second = length > 1 ? static_cast<unsigned char>(utf8[i + 1]) : 0u;
        if (length == 1) out += utf8[i];
        else if (lead == 0xC2 && second >= 0xA0) out += static_cast<char>(second);
        else if (lead == 0xC3) out += static_cast<char>(second + 0x40);
        else if (lead == 0xCC && !out.empty() && compose(out.back(), static_cast<unsigned char>(second))) {}
        else spell(utf8.substr(i, length), out);
        i += length;
    }
    return out;
}

void append_escaped(std::string_view utf8, const Marks& marks, std::string& out)
{
    for (const char c : latin1_of(utf8)) {
        if (c == marks.component || c == marks.element || c == marks.release || c == marks.terminator) out += marks.release;
        out += c;
    }
}

} // namespace sluse::edifact
