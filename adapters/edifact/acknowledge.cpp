// adapters/edifact/acknowledge.cpp — CONTRL: a negative receipt always, a positive one when UNB's ninth element asks; never one for a receipt.
#include "adapters/edifact/adapter.hpp"
#include "adapters/edifact/syntax.hpp"

#include "adapters/letter/letter.hpp"
#include "gateway/base/time.hpp"

#include <algorithm>

namespace sluse::edifact {
namespace {

constexpr std::size_t reference_max = 14, component_max = 70, components_max = 5;
constexpr Marks marks;

/// An original's value, escaped for our own marks, without what no receipt can hold.
std::string echoed(const Text& text, std::string_view raw)
{
    std::string scratch, utf8, out;
    append_utf8(text.plain(raw, scratch), utf8);
    std::erase_if(utf8, [](unsigned char c) { return c < 0x20; });
    append_escaped(utf8, marks, out);
    return out;
}

std::string two(std::int64_t n)
{
    return {static_cast<char>('0' + n / 10 % 10), static_cast<char>('0' + n % 10)};
}

class Receipt {
public:
    Receipt(const Interchange& original, const AckStamp& stamp) : text_(original.text), unb_(original.text.segments.front())
    {
        const auto id = std::string_view(stamp.id);
        reference_ = id.substr(id.size() > reference_max ? id.size() - reference_max : 0);
        const auto& zone = Zone::copenhagen();
        const auto date = date_of(zone.day_at(stamp.now));
        const auto clock = zone.ms_of_day_at(stamp.now);
        out_ = "UNA:+.? '\nUNB+UNOC:3+" + party(3) + '+' + party(2) + '+' + two(date.year % 100) + two(date.month) + two(date.day) + ':' + two(clock / hour_ms) + two(clock / minute_ms % 60) + '+' + reference_ + "'\n";
    }

    void open(bool positive)
    {
        line("UNH+" + reference_ + (positive ? "+CONTRL:D:93A:ZZ:C0330Q+CTL03" : "+CONTRL:D:93A:ZZ:C0230Q+CTL02"));
        line("UCI+" + echoed(text_, text_.raw(unb_, 5)) + '+' + party(2) + '+' + party(3) + (positive ? "+7" : "+4"));
    }

    void letter(const Segment& unh, bool positive)
    {
        std::string type;
        for (unsigned n = 1, count = text_.components_of(unh, 2); n <= count; ++n) (type += n > 1 ? ":" : "") += echoed(text_, text_.raw(unh, 2, n));
        line("UCM+" + echoed(text_, text_.raw(unh, 1)) + '+' + type + (positive ? "+7" : "+4"));
    }

    /// At most five components of 70 characters, cut between words.
    void reason(const letter::Refused& refused)
    {
        std::string out = "FTX+" + std::string(letter::edifact_code(refused.code)) + "+P00++";
        auto rest = std::string_view(refused.text);
        for (std::size_t n = 0; n < components_max && !rest.empty(); ++n) {
            const auto piece = rest.substr(0, cut(rest));
            if (n) out += marks.component;
            append_escaped(piece, marks, out);
            rest.remove_prefix(piece.size());
        }
        line(out);
    }

    std::string take()
    {
        line("UNT+" + std::to_string(segments_ + 1) + '+' + reference_);
        out_ += "UNZ+1+" + reference_ + "'\n";
        return std::move(out_);
    }

private:
    static std::size_t cut(std::string_view utf8)
    {
        std::size_t end = 0, characters = 0, blank = 0;
        while (end < utf8.size() && characters < component_max) {
            ++characters;
            ++end;
            while (end < utf8.size() && (utf8[end] & 0xC0) == 0x80) ++end;
            if (utf8[end - 1] == ' ') blank = end;
        }
        return end == utf8.size() || !blank ? end : blank;
    }

    std::string party(unsigned element) const
    {
        const auto qualifier = text_.raw(unb_, element, 2);
        return echoed(text_, text_.raw(unb_, element)) + (qualifier.empty() ? "" : ":" + echoed(text_, qualifier));
    }

    void line(const std::string& segment)
    {
        ++segments_;
        ((out_ += segment) += marks.terminator) += '\n';
    }

    const Text& text_;
    const Segment& unb_;
    std::string reference_, out_;
    std::size_t segments_{};
};

/// UCM segments and what explains them, of a receipt that acknowledge() made.
std::vector<std::string_view> letters_of(std::string_view receipt, std::string_view& head)
{
    const auto first = receipt.find("UCM+"), end = receipt.rfind("UNT+");
    head = receipt.substr(0, std::min(first, end));
    if (first == receipt.npos || end == receipt.npos) return {};
    return {receipt.substr(first, end - first)};
}

} // namespace

std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp)
{
    // What could not be stored is sent again by the network when no answer comes.
    if (answer == Answer::store_failed || checked.type.starts_with("XCTL")) return {};
    const auto original = read_interchange(message);
    if (!original.has_unb || original.text.raw(original.text.segments.front(), 2).empty()) return {};
    const auto& text = original.text;
    const bool positive = answer == Answer::accepted;
    const bool receipt = std::ranges::any_of(text.segments, [&](const Segment& s) { return s.tag == "UNH" && text.raw(s, 2) == "CONTRL"; });
    if (receipt || (positive && text.raw(text.segments.front(), 9) != "1")) return {};
    Receipt out(original, {stamp.now, letter::receipt_number(checked, answer, message), stamp.message});
    out.open(positive);
    const auto refused = letter::refused_of(checked);
    // The reason stands with the letter when a letter is at fault, with the interchange when no letter could be told apart.
    const bool whole = (original.refused() && !original.letter_unended) || original.letters.empty();
    if (whole && !positive) out.reason(refused);
    if (whole) return out.take();
    for (const auto& letter : original.letters) {
        out.letter(text.segments[letter.first], positive);
        if (!positive) out.reason(refused);
    }
    return out.take();
}

std::string join(std::span<const Answered> answers)
{
    const auto negative = std::ranges::find_if(answers, [](const Answered& a) { return !a.reply.empty() && a.reply.find("+CTL02'") != a.reply.npos; });
    const auto any = negative != answers.end() ? negative : std::ranges::find_if(answers, [](const Answered& a) { return !a.reply.empty(); });
    if (any == answers.end()) return {};
    std::string_view head;
    letters_of(any->reply, head);
    std::string out(head);
    for (const auto& answered : answers) {
        std::string_view ignored;
        for (const auto letters : letters_of(answered.reply, ignored)) out += letters;
    }
    const auto body = std::string_view(out).substr(out.find("UNH+"));
    const auto segments = static_cast<std::size_t>(std::ranges::count(body, '\n'));
    const auto reference = body.substr(4, body.find('+', 4) - 4);
    const auto id = std::string(reference);
    out += "UNT+" + std::to_string(segments + 1) + '+' + id + "'\nUNZ+1+" + id + "'\n";
    return out;
}

} // namespace sluse::edifact
