// adapters/edifact/interchange.cpp — UNB, UNH, UNT and UNZ: that they nest, count and name each other as the standard says.
#include "adapters/edifact/syntax.hpp"
#include "gateway/base/ascii.hpp"

#include <algorithm>

namespace sluse::edifact {
namespace {

bool fatal(const Troubles& troubles)
{
    return std::ranges::any_of(troubles, [](const Trouble& t) { return t.severity == Severity::error; });
}

class Frame {
public:
    explicit Frame(Interchange& out) : out_(out), text_(out.text) {}

    void run()
    {
        if (fatal_interchange()) return header(false); // the lexer stopped: what could be read still names the sender
        header(true);
        if (fatal_interchange()) return;
        cut();
        if (!fatal_interchange()) trailer();
    }

private:
    bool fatal_interchange() const
    {
        return std::ranges::any_of(out_.troubles, [](const Trouble& t) { return t.interchange && t.severity == Severity::error; });
    }

    void refuse(const Segment* segment, unsigned element, unsigned component, IssueKind kind, std::string text)
    {
        Trouble trouble;
        if (segment) trouble = text_.trouble(*segment, element, component, kind, std::move(text));
        else {
            trouble.kind = kind;
            trouble.at = text_.bytes.size();
            trouble.text = std::move(text);
        }
        trouble.interchange = true;
        out_.troubles.push_back(std::move(trouble));
    }

    void header(bool complain)
    {
        if (text_.segments.empty() || text_.segments.front().tag != "UNB") {
            if (complain) refuse(text_.segments.empty() ? nullptr : &text_.segments.front(), 0, 0, IssueKind::required_missing, "an interchange must begin with UNB");
            return;
        }
        out_.has_unb = true;
        if (!complain) return;
        const auto& unb = text_.segments.front();
        const auto syntax = text_.raw(unb, 1);
        if (syntax != "UNOC" && syntax != "UNOA" && syntax != "UNOB")
            refuse(&unb, 1, 1, IssueKind::wrong_type, "this character set is not taken; MedCom letters are UNOC:3 (ISO 8859-1)");
        if (text_.raw(unb, 2).empty()) refuse(&unb, 2, 1, IssueKind::required_missing, "the sender is missing");
        if (text_.raw(unb, 3).empty()) refuse(&unb, 3, 1, IssueKind::required_missing, "the receiver is missing");
        sent(unb);
        const auto before = out_.troubles.size();
        check_characters(text_, 0, 0, out_.troubles);
        for (auto i = before; i < out_.troubles.size(); ++i) out_.troubles[i].interchange = true;
        const auto reference = text_.raw(unb, 5);
        if (reference.empty()) refuse(&unb, 5, 1, IssueKind::required_missing, "the interchange's control reference is missing");
        else if (reference.size() > 35) refuse(&unb, 5, 1, IssueKind::too_long, "the control reference is longer than 35 characters");
    }

    void sent(const Segment& unb)
    {
        const auto digits = [](std::string_view t, std::size_t n) { return t.size() == n && all_digits(t); };
        const auto date = text_.raw(unb, 4, 1), time = text_.raw(unb, 4, 2);
        const auto two = [](std::string_view t, std::size_t i) { return (t[i] - '0') * 10 + (t[i + 1] - '0'); };
        const auto day = [&](std::string_view t) { return two(t, t.size() - 4) >= 1 && two(t, t.size() - 4) <= 12 && two(t, t.size() - 2) >= 1 && two(t, t.size() - 2) <= 31; };
        if ((!digits(date, 6) && !digits(date, 8)) || !day(date)) refuse(&unb, 4, 1, IssueKind::wrong_type, "the date of preparation must be YYMMDD");
        else if (!digits(time, 4) || two(time, 0) > 23 || two(time, 2) > 59) refuse(&unb, 4, 2, IssueKind::wrong_type, "the time of preparation must be HHMM");
    }

    /// Letters lie between UNB and UNZ, each between its UNH and UNT, and nothing else does.
    void cut()
    {
        const auto& segments = text_.segments;
        bool open = false;
        for (std::uint32_t i = 1; i < segments.size(); ++i) {
            const auto& s = segments[i];
            if (s.word == tag_word("UNB")) return refuse(&s, 0, 0, IssueKind::sequence, "a second UNB begins before UNZ ends the first interchange");
            if (s.word == tag_word("UNG") || s.word == tag_word("UNE")) return refuse(&s, 0, 0, IssueKind::sequence, "functional groups are not used by MedCom");
            if (s.word == tag_word("UNH")) {
                if (open) return unended(s, "a letter begins before UNT ends the one before it");
                out_.letters.push_back({i, i, {}});
                open = true;
            } else if (s.word == tag_word("UNT")) {
                if (!open) return refuse(&s, 0, 0, IssueKind::sequence, "ends a letter that no UNH began");
                out_.letters.back().last = i;
                open = false;
                letter(out_.letters.back());
            } else if (s.word == tag_word("UNZ")) {
                if (open) return unended(s, "the interchange ends before UNT ends its last letter");
                out_.unz = i;
                return;
            } else if (!open) {
                return refuse(&s, 0, 0, IssueKind::sequence, "stands outside a letter: UNH is missing before it");
            }
        }
        refuse(nullptr, 0, 0, IssueKind::required_missing, "the interchange does not end: UNZ is missing");
    }

    void unended(const Segment& at, const char* text)
    {
        out_.letter_unended = true;
        refuse(&at, 0, 0, IssueKind::sequence, text);
    }

    void letter(Letter& letter)
    {
        const auto& unh = text_.segments[letter.first];
        const auto& unt = text_.segments[letter.last];
        const auto bad = [&](const Segment& s, unsigned element, unsigned component, IssueKind kind, const char* text) {
            letter.troubles.push_back(text_.trouble(s, element, component, kind, text));
        };
        if (text_.raw(unh, 1).empty()) bad(unh, 1, 1, IssueKind::required_missing, "the letter's reference is missing");
        if (text_.raw(unh, 2).empty()) bad(unh, 2, 1, IssueKind::required_missing, "the letter's type is missing");
        else if (text_.raw(unh, 2, 5).empty()) bad(unh, 2, 5, IssueKind::required_missing, "the letter's version is missing");
        std::uint32_t count = 0;
        if (!read_number(text_.raw(unt, 1), count)) bad(unt, 1, 1, IssueKind::wrong_type, "must count the letter's segments");
        else if (count != letter.last - letter.first + 1) {
            letter.troubles.push_back(text_.trouble(unt, 1, 1, IssueKind::wrong_type, "counts " + std::to_string(count) + " segments from UNH to UNT; there are " + std::to_string(letter.last - letter.first + 1)));
        }
        if (text_.raw(unt, 2) != text_.raw(unh, 1)) bad(unt, 2, 1, IssueKind::wrong_type, "is another reference than the one in UNH");
        objects(letter);
    }

    void objects(Letter& letter)
    {
        for (auto i = letter.first; i < letter.last; ++i) {
            const auto& uno = text_.segments[i];
            if (uno.word != tag_word("UNO")) continue;
            const auto& unp = text_.segments[i + 1];
            std::uint32_t size = 0;
            if (!read_number(text_.raw(unp, 1), size) || size != uno.binary.size())
                letter.troubles.push_back(text_.trouble(unp, 1, 1, IssueKind::wrong_type, "is another size than UNO's"));
            if (text_.raw(unp, 2) != text_.raw(uno, 1)) letter.troubles.push_back(text_.trouble(unp, 2, 1, IssueKind::wrong_type, "is another object number than UNO's"));
        }
    }

    void trailer()
    {
        const auto& unb = text_.segments.front();
        const auto& unz = text_.segments[out_.unz];
        std::uint32_t count = 0;
        if (!read_number(text_.raw(unz, 1), count) || text_.components_of(unz, 1) != 1) refuse(&unz, 1, 1, IssueKind::wrong_type, "must count the interchange's letters");
        else if (count != out_.letters.size())
            refuse(&unz, 1, 1, IssueKind::wrong_type, "counts " + std::to_string(count) + " letters; there are " + std::to_string(out_.letters.size()));
        if (text_.raw(unz, 2) != text_.raw(unb, 5)) refuse(&unz, 2, 1, IssueKind::wrong_type, "is another reference than the one in UNB");
        if (out_.letters.empty()) refuse(&unz, 0, 0, IssueKind::required_missing, "the interchange holds no letter");
    }

    Interchange& out_;
    Text& text_;
};

/// Errors in a release character belong to the letter that they stand in.
void hand_to_letters(Interchange& interchange)
{
    auto& troubles = interchange.troubles;
    for (auto& letter : interchange.letters) {
        const auto from = interchange.text.segments[letter.first].at, to = interchange.text.segments[letter.last].at;
        // Not ranges: clang 14, which builds the sanitizers' tests, cannot read g++ 12's subrange.
        const auto mine = std::stable_partition(troubles.begin(), troubles.end(), [&](const Trouble& t) { return t.interchange || t.at < from || t.at > to; });
        letter.troubles.insert(letter.troubles.begin(), std::make_move_iterator(mine), std::make_move_iterator(troubles.end()));
        troubles.erase(mine, troubles.end());
    }
}

} // namespace

bool Letter::refused() const
{
    return fatal(troubles);
}

bool Interchange::refused() const
{
    return fatal(troubles);
}

Interchange read_interchange(std::string_view bytes, std::size_t from)
{
    Interchange out;
    out.begin = skip_blanks(bytes, from);
    out.end = read_segments(bytes, from, out.text, out.troubles);
    Frame(out).run();
    hand_to_letters(out);
    return out;
}

} // namespace sluse::edifact
