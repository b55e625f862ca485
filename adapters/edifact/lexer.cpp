// adapters/edifact/lexer.cpp — bytes to segments: service characters, release characters, binary objects by their size.
#include "adapters/edifact/syntax.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/scan.hpp"

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
    return is_upper(c) || is_digit(c);
}

class Lexer {
public:
    Lexer(std::string_view bytes, std::size_t from, Text& out, Troubles& troubles) : bytes_(bytes), at_(from), out_(out), troubles_(troubles) {}

    std::size_t run()
    {
        const auto end = read();
        out_.components.resize(count());
        return end;
    }

private:
    std::size_t read()
    {
        out_.bytes = bytes_;
        const auto ordinary = std::min<std::size_t>(bytes_.size() - at_, 16'384); // a letter with a file in it has not more
        out_.segments.reserve(ordinary / 20 + 8);
        room(ordinary / 8 + 32); // components are some nine bytes long, and more room is made when they are not
        byte_order_mark();
        at_ = skip_blanks(bytes_, at_);
        if (!una()) return at_;
        spread_marks();
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

    void warn(IssueKind kind, std::string text)
    {
        Trouble trouble;
        trouble.severity = Severity::warning;
        trouble.kind = kind;
        trouble.interchange = true;
        trouble.tag = "UNA";
        trouble.at = at_;
        trouble.text = std::move(text);
        troubles_.push_back(std::move(trouble));
    }

    /// UTF-8's, which editors and file transfers put before any text: what follows is read as ISO 8859-1 all the same.
    void byte_order_mark()
    {
        if (bytes_.substr(at_, 3) != "\xef\xbb\xbf") return;
        warn(IssueKind::wrong_type, "stands behind a byte order mark, which EDIFACT has not; it is passed over");
        at_ += 3;
    }

    bool una()
    {
        auto& m = out_.marks;
        if (bytes_.substr(at_, 3) != "UNA") {
            warn(IssueKind::required_missing, "is missing; the standard's service characters :+.? ' are taken");
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
        if (twice || std::ranges::any_of(distinct, bad) || marks[4] != ' ')
            return stop(at_, "names service characters that cannot be told apart or are not allowed; send UNA:+.? '", "UNA"), false;
        out_.has_una = true;
        at_ += 9;
        return true;
    }

    bool segment()
    {
        Segment s;
        s.at = static_cast<std::uint32_t>(at_);
        s.first = static_cast<std::uint32_t>(count());
        const auto end = tag_end();
        s.tag = {bytes_.data() + at_, end - at_};
        s.word = s.tag.size() == 3 ? static_cast<std::uint32_t>(packed(s.tag)) : 0;
        if (s.word == tag_word("UNH")) letter_ = 1;
        else if (letter_) ++letter_;
        if (s.word == tag_word("UNZ")) letter_ = 0;
        if (!is_tag(at_) && !passed_over(s, end)) return false;
        s.number = letter_;
        if (s.word == tag_word("UNT")) letter_ = 0;
        at_ = end;
        if (!data(s)) return false;
        s.count = static_cast<std::uint32_t>(count()) - s.first;
        out_.segments.push_back(s);
        return s.word != tag_word("UNO") || object(out_.segments.back());
    }

    /// What has no tag refuses its letter, and the reading goes on behind its end; outside of letters nothing does.
    bool passed_over(Segment& s, std::size_t end)
    {
        const auto what = end >= bytes_.size() ? "the text ends inside a segment"
                          : s.tag.empty()      ? "a segment is empty"
                                               : "is no segment tag: three characters A-Z 0-9 and then an element";
        if (!letter_ || end >= bytes_.size()) return stop(at_, what), false;
        Trouble trouble;
        trouble.tag = "segment";
        trouble.at = at_;
        trouble.segment = letter_;
        trouble.text = what;
        troubles_.push_back(std::move(trouble));
        s.tag = no_tag;
        s.word = static_cast<std::uint32_t>(packed(no_tag));
        return true;
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

    /// How many of out_.components there are; the others are room.
    std::size_t count() const { return static_cast<std::size_t>(next_ - out_.components.data()); }
    void room(std::size_t components)
    {
        const auto filled = count();
        out_.components.resize(components);
        next_ = out_.components.data() + filled;
        past_ = out_.components.data() + components;
    }

    /// From the character after the tag to the terminator and past it.
    bool data(const Segment& s)
    {
        const auto m = out_.marks; // a copy: what is written below may not change it
        const auto* const bytes = bytes_.data();
        std::uint32_t element = 0;
        auto begin = at_;
        bool odd = false;
        for (auto from = at_, past = at_; from < bytes_.size(); from += 16) {
            auto block = look(from);
            for (; block.marks; block.marks &= block.marks - 1) {
                const auto bit = static_cast<unsigned>(std::countr_zero(block.marks));
                const auto at = from + bit;
                if (at < past) continue; // released
                if (block.odd) {
                    const auto before = (1u << bit) - 1;
                    odd |= (block.odd & before) != 0;
                    block.odd &= ~before;
                }
                const char c = bytes[at];
                if (c == m.release) {
                    at_ = at;
                    if (!released(s, element)) return false;
                    odd = true;
                    past = at + 2;
                    continue;
                }
                if (element) {
                    if (next_ == past_) room(count() * 2);
                    *next_++ = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at - begin), element, odd};
                }
                begin = at + 1;
                odd = false;
                if (c == m.element) ++element;
                else if (c == m.terminator) return at_ = begin, true;
            }
            odd |= block.odd != 0;
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
        if (at + 16 <= bytes_.size()) {
            const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes_.data() + at));
            const auto is = [&](__m128i mark) { return _mm_cmpeq_epi8(block, mark); };
            const auto hit = _mm_or_si128(_mm_or_si128(is(marks_[0]), is(marks_[1])), _mm_or_si128(is(marks_[2]), is(marks_[3])));
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

    /// The marks as look() wants them.
    void spread_marks()
    {
#if defined(__SSE2__)
        const auto& m = out_.marks;
        const std::array each{m.release, m.element, m.component, m.terminator};
        for (std::size_t i = 0; i < each.size(); ++i) marks_[i] = _mm_set1_epi8(each[i]);
#endif
    }

    std::string_view bytes_;
    std::size_t at_;
    Text& out_;
    Troubles& troubles_;
    std::uint32_t letter_{};
    Component *next_{}, *past_{}; ///< in out_.components
#if defined(__SSE2__)
    __m128i marks_[4]; ///< each in all places of a block
#endif
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

} // namespace sluse::edifact
