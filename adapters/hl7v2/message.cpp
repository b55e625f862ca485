// adapters/hl7v2/message.cpp — delimiters, character set, then one pass that fills the two flat tables.
#include "adapters/hl7v2/message.hpp"

#include "adapters/hl7v2/message_marks.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/scan.hpp"
#include "gateway/normalise/charset.hpp"

#include <algorithm>
#include <optional>

namespace sluse::hl7v2 {
namespace {

Fault bad(std::string where)
{
    return {Errc::bad_message, std::move(where)};
}

/// Fills segments and fields of a message whose text and delimiters are known.
class Splitter {
public:
    explicit Splitter(Message& out) : out_(out), text_(out.text), field_(out.delimiters.field)
    {
        // The terminator of MSH says how the sender ends segments. Where that is CR, an LF is text (a line in an FT) unless
        // a segment follows it.
        const auto end = find_line_end(text_);
        lf_is_text_ = end != text_.npos && text_[end] == '\r' && !text_.substr(end).starts_with("\r\n");
    }

    /// Were there ADD segments behind others, whose text is these others' own?
    bool continued() const { return continued_; }

    Result<void> run()
    {
        begin(0);
        each_mark(text_, field_, [&](std::size_t at) { return mark(at); });
        if (!fault_) end_line(text_.size());
        if (fault_) return *fault_;
        return {};
    }

private:
    bool mark(std::size_t at)
    {
        if (at < line_) return true; // MSH's own separators, already counted
        const char c = text_.data()[at];
        if (c == field_) {
            if (in_segment_) add_field(at);
            return !fault_;
        }
        if (c == '\n' && lf_is_text_ && !starts_segment(text_.substr(at + 1), field_)) return true;
        end_line(at);
        begin(at + 1);
        return !fault_;
    }

    /// A line starts at `at`: a segment, a blank line or something else.
    void begin(std::size_t at)
    {
        while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\v')) ++at;
        line_ = start_ = at;
        const auto line = text_.substr(at);
        in_segment_ = starts_segment(line, field_);
        if (!in_segment_) return;
        if (out_.segments.size() == Limits::segments_max) return fail("message: has more than 50000 segments");
        out_.segments.push_back({line.substr(0, 3), {}, static_cast<std::uint32_t>(out_.fields.size()), 0});
        start_ = at + 4;
        const auto id = line.substr(0, 3);
        if (id == "ADD" && out_.segments.size() > 2) continued_ = true;
        if (id != "MSH" && id != "FHS" && id != "BHS") {
            line_ = line.size() > 3 && line[3] == field_ ? start_ : at + 3;
            return;
        }
        // The standard counts the separator itself as the first field.
        out_.fields.push_back(line.substr(3, 1));
        const auto end = std::min(find_line_end(line, 4), line.find(field_, 4));
        const auto stop = at + std::min(end, line.size());
        out_.fields.push_back(text_.substr(std::min(start_, stop), stop - std::min(start_, stop)));
        done_ = stop >= text_.size() || text_[stop] != field_;
        line_ = start_ = done_ ? stop : stop + 1;
    }

    void add_field(std::size_t end)
    {
        if (out_.fields.size() == Limits::fields_max) return fail("message: has more than 500000 fields");
        out_.fields.push_back({text_.data() + start_, end - start_}); // within the text: asked for each field, substr() cost as much as the rest
        start_ = end + 1;
    }

    void end_line(std::size_t end)
    {
        auto stop = end;
        while (stop > line_ && (text_[stop - 1] == ' ' || text_[stop - 1] == '\t')) --stop;
        if (!in_segment_) {
            const auto line = text_.substr(line_, stop - line_);
            if (line.find_first_not_of(blanks) != line.npos && out_.skipped++ == 0) out_.first_skipped = static_cast<std::uint32_t>(out_.segments.size()) + 1;
            return;
        }
        if (start_ <= end && !done_) add_field(std::max(std::min(stop, end), std::min(start_, end)));
        done_ = false;
        if (fault_) return;
        auto& segment = out_.segments.back();
        segment.count = static_cast<std::uint32_t>(out_.fields.size()) - segment.first;
        const auto from = static_cast<std::size_t>(segment.id.data() - text_.data());
        segment.text = text_.substr(from, std::max(stop, from + 3) - from);
        if (segment.count > Limits::segment_fields_max) fail(std::string(segment.id) + ": has more than 4000 fields");
    }

    void fail(std::string where) { fault_ = bad(std::move(where)); }

    Message& out_;
    std::string_view text_;
    char field_;
    bool lf_is_text_{};
    bool continued_{};
    bool in_segment_{}, done_{};   ///< done_: the line ended within MSH-2
    std::size_t line_{}, start_{}; ///< where the line's fields, the current field begin
    std::optional<Fault> fault_;
};

/// Each ADD segment's text behind the segment that it continues (HL7 v2.9 §2.10.2): cut anywhere, also within a field.
std::string joined(const Message& message)
{
    const auto text = message.text;
    std::string out;
    out.reserve(text.size());
    const auto first = text.find_first_of("\r\n");
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find_first_of("\r\n", at);
        const auto next = end == text.npos ? text.npos : text.find_first_not_of("\r\n", end);
        const bool adds = next != text.npos && end != first && text.substr(next, 3) == "ADD" && text.substr(next + 3, 1) == text.substr(3, 1);
        out += text.substr(at, adds || next == text.npos ? (adds ? end : text.size()) - at : next - at);
        if (next == text.npos) break;
        at = adds ? next + 4 : next;
    }
    return out;
}

/// A message that goes on in another one, or that another one began, and was not joined with it (continuation.cpp): said, since what
/// belongs together is apart.
void note_continuation(Message& message)
{
    const auto warn = [&](const char* place, const char* text) { message.issues.push_back({Severity::warning, IssueKind::sequence, place, text}); };
    if (message.segments.back().id == "DSC" && !message.field(message.segments.back(), 1).empty())
        warn("DSC-1", "says that the message goes on in another one; unless that is joined to it, each is mapped by itself");
    if (message.segments.size() > 1 && message.segments[1].id == "ADD")
        warn("ADD", "continues a segment of an earlier message; its text is not mapped");
}

/// MSH-9 as sent; its type and event are written in capitals.
std::string_view kind_of(const Message& message)
{
    const auto kind = message.field(message.segments.front(), 9);
    return kind.substr(0, kind.find(message.delimiters.component, std::min<std::size_t>(4, kind.size())));
}

bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

/// "adt^a40" is a merge as well.
bool small_letters(const Message& message)
{
    const auto kind = kind_of(message);
    return kind.size() <= 7 && std::ranges::any_of(kind, is_small);
}

std::string with_capitals(const Message& message)
{
    std::string text(message.text);
    const auto kind = kind_of(message);
    for (auto at = static_cast<std::size_t>(kind.data() - message.text.data()), end = at + kind.size(); at < end; ++at)
        if (is_small(text[at])) text[at] = static_cast<char>(text[at] - 'a' + 'A');
    return text;
}

/// Two ways in which editors and test tools spoil MSH-2: the backslash written twice, and the tilde made typographic.
std::string mended_marks(std::string_view sent, Issues& issues)
{
    while (sent.ends_with(' ')) sent.remove_suffix(1);
    std::string marks(sent.substr(0, 8));
    if (const auto tilde = marks.find("\u02dc"); tilde != marks.npos) marks.replace(tilde, 2, "~");
    if (marks.size() == 5 && marks[2] == '\\' && marks[3] == '\\') marks.erase(3, 1);
    if (marks != sent.substr(0, 8))
        issues.push_back({Severity::warning, IssueKind::wrong_type, "MSH-2", "the encoding characters are spoilt; read as the usual ones"});
    return marks;
}

/// From MSH-1 and MSH-2; `text` begins with MSH.
Result<Delimiters> read_delimiters(std::string_view text, Issues& issues)
{
    if (text.size() < 6) return bad("MSH-1: the message ends before its separators");
    if (text.substr(3, 16).find("&amp;") != text.npos) return bad("MSH-2: is escaped as in XML; take the message out of its wrapping before sending it");
    Delimiters d;
    d.field = text[3];
    const auto end = std::min({find_char(text, d.field, 4), find_line_end(text, 4), text.size()});
    const auto marks = mended_marks(text.substr(4, end - 4), issues);
    if (is_alphanumeric(d.field) || d.field == ' ' || d.field == '\r' || d.field == '\n' || (d.field & 0x80)) return bad("MSH-1: is no field separator");
    if (marks.size() < 2 || marks.size() > 5) return bad("MSH-2: must hold 2 to 5 encoding characters; send the usual four: circumflex, tilde, backslash, ampersand");
    for (const char c : marks)
        if (is_alphanumeric(c) || static_cast<unsigned char>(c) <= ' ' || (c & 0x80)) return bad("MSH-2: holds a letter, digit, blank or control character; send the usual four: circumflex, tilde, backslash, ampersand");
    for (std::size_t i = 0; i < marks.size(); ++i)
        if (marks.find(marks[i], i + 1) != marks.npos) return bad("MSH-2: holds the same character twice; send the usual four: circumflex, tilde, backslash, ampersand");
    d.component = marks[0];
    d.repetition = marks[1];
    d.escape = marks.size() > 2 ? marks[2] : '\0';
    d.subcomponent = marks.size() > 3 ? marks[3] : '\0';
    d.truncation = marks.size() > 4 ? marks[4] : '\0';
    return d;
}

/// MSH-18 before the text is decoded: the header's separators are ASCII in every set that can start with "MSH".
std::string_view declared_charset(std::string_view bytes)
{
    const char field = bytes.size() > 4 ? bytes[3] : '|';
    const char repetition = bytes.size() > 5 ? bytes[5] : '~';
    const auto line = bytes.substr(0, find_line_end(bytes));
    const auto value = part(line, field, 18);
    for (unsigned n = 1; n <= 3; ++n) { // the first may be empty: "~ISO IR87" is ASCII with switching
        auto one = part(value, repetition, n);
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        if (!one.empty() && !(n == 1 && value.find(repetition) != value.npos && (one == "ASCII" || one == "ISO IR6"))) return one;
    }
    return {};
}

void warn(Message& out, IssueKind kind, std::string text)
{
    out.issues.push_back({Severity::warning, kind, "MSH-18", std::move(text)});
}

void own(Message& out, std::string text)
{
    // Never in the string's own small buffer, or a move would leave the views behind.
    if (text.capacity() < 64) text.reserve(64);
    out.owned = std::move(text);
    out.text = out.owned;
}

void transcode(std::string_view bytes, const std::string& charset, Message& out)
{
    std::string text;
    std::size_t lost = 0;
    to_utf8(bytes, charset, text, lost);
    if (lost) warn(out, IssueKind::wrong_type, "holds bytes that are not in the declared character set; they read as U+FFFD");
    out.charset = charset;
    own(out, std::move(text));
}

std::string fallback_charset(const SystemSettings& system)
{
    auto charset = canonical_charset(system.charset);
    return charset.empty() || charset == "UTF-8" ? "windows-1252" : charset;
}

/// Sets text, owned and charset. Decoding comes before splitting: second bytes of Big5, GB 18030, Shift JIS and ISO 2022 hold separators.
void read_text(std::string_view bytes, const SystemSettings& system, Message& out)
{
    out.text = bytes;
    if (plain_ascii(bytes)) {
        out.charset = "ASCII";
        return;
    }
    const auto declared = declared_charset(bytes);
    const auto charset = declared.empty() ? std::string() : canonical_charset(declared);
    const bool utf8 = valid_utf8(bytes);
    const bool escapes = bytes.find('\x1b') != bytes.npos;
    const bool seven_bit = charset.starts_with("ISO-2022");
    if (!declared.empty() && charset.empty()) warn(out, IssueKind::unknown_code, "is not a known character set; read as UTF-8 or the system's own");
    if (utf8 && (charset.empty() || charset == "UTF-8" || (seven_bit && !escapes) || charset.starts_with("UTF-16") || charset.starts_with("UTF-32"))) {
        out.charset = "UTF-8";
        if (!charset.empty() && charset != "UTF-8") warn(out, IssueKind::wrong_type, "declares another character set, but the bytes are UTF-8");
    } else if (charset == "UTF-8") {
        warn(out, IssueKind::wrong_type, "declares UTF-8, but some bytes are not; those were read as windows-1252");
        std::string text;
        mend_utf8(bytes, text);
        own(out, std::move(text));
        out.charset = "windows-1252";
    } else if (seven_bit && !escapes) { // a set of seven bits cannot have these bytes; Japanese senders mean Shift JIS
        transcode(bytes, "Shift_JIS", out);
    } else {
        transcode(bytes, charset.empty() ? fallback_charset(system) : charset, out);
        if (!charset.empty() && bytes.starts_with("MSH") && !out.text.starts_with("MSH")) { // EBCDIC and the like: not of table 0211, nor of these bytes
            warn(out, IssueKind::unknown_code, "names a character set that these bytes are not in; read as UTF-8 or the system's own");
            transcode(bytes, utf8 ? "UTF-8" : fallback_charset(system), out);
        }
    }
    const auto wrong = mojibake_in(out.text);
    out.mojibake = wrong != Mojibake::none;
    if (!out.mojibake) return;
    if (system.repair_mojibake) own(out, repaired(out.text, wrong));
    else warn(out, IssueKind::wrong_type, std::string("Danish letters look ") + describe(wrong) + "; correct the sender's character set, or set repair_mojibake for it");
}

void reset(Message& out)
{
    out.owned.clear();
    out.segments.clear();
    out.fields.clear();
    out.charset.clear();
    out.issues.clear();
    out.mojibake = false;
    out.skipped = 0;
}

} // namespace

bool starts_segment(std::string_view line, char field_separator)
{
    const auto named = [](char c) { return is_upper(c) || is_digit(c); };
    if (line.size() < 3 || !is_upper(line[0]) || !named(line[1]) || !named(line[2])) return false;
    return line.size() == 3 || line[3] == field_separator || line[3] == '\r' || line[3] == '\n';
}

std::string_view part(std::string_view text, char separator, unsigned n)
{
    if (separator == '\0') return n == 1 ? text : std::string_view{};
    return nth_part(text, separator, n);
}

const Segment* Message::find(std::string_view id) const
{
    const auto name = packed(id); // segments have names of three letters
    for (const auto& segment : segments)
        if (packed(segment.id) == name) return &segment;
    return nullptr;
}

std::string_view Message::value(std::string_view id, unsigned n, unsigned component, unsigned subcomponent) const
{
    const auto* segment = find(id);
    if (!segment) return {};
    const auto whole = field(*segment, n);
    if (n <= 2 && (id == "MSH" || id == "FHS" || id == "BHS")) return whole;
    const bool divided = !each_of(whole, [](std::size_t) { return false; }, delimiters.repetition, delimiters.component, delimiters.subcomponent);
    if (!divided) return component == 1 && subcomponent == 1 ? whole : std::string_view{}; // as most are
    return part(part(part(whole, delimiters.repetition, 1), delimiters.component, component), delimiters.subcomponent, subcomponent);
}

std::string Message::escape_charset() const
{
    return charset == "ASCII" ? canonical_charset(declared_charset(text)) : charset;
}

Result<void> decode(std::string_view bytes, const SystemSettings& system, Message& out)
{
    reset(out);
    if (const auto flavour = utf16_flavour(bytes); !flavour.empty()) {
        transcode(bytes, std::string(flavour), out);
        out.text = without_lead(out.text);
    } else {
        bytes = without_lead(bytes);
        if (!bytes.starts_with("MSH")) return bad("MSH: the message does not begin with MSH");
        read_text(bytes, system, out);
    }
    if (!out.text.starts_with("MSH")) return bad("MSH: the message does not begin with MSH");
    const auto delimiters = read_delimiters(out.text, out.issues);
    if (!delimiters) return delimiters.error();
    out.delimiters = *delimiters;
    if (out.text.size() > Limits::repetitions_max &&
        static_cast<std::size_t>(std::count(out.text.begin(), out.text.end(), out.delimiters.repetition)) > Limits::repetitions_max)
        return bad("message: has more than 50000 repetitions");
    out.segments.reserve(24);
    out.fields.reserve(std::min<std::size_t>(out.text.size() / 4 + 16, 512));
    Splitter splitter(out);
    auto done = splitter.run();
    if (done && splitter.continued()) {
        own(out, joined(out));
        out.segments.clear();
        out.fields.clear();
        done = Splitter(out).run();
    }
    if (done && small_letters(out)) {
        out.issues.push_back({Severity::warning, IssueKind::wrong_type, "MSH-9", "is written in small letters; read as capitals"});
        own(out, with_capitals(out));
        out.segments.clear();
        out.fields.clear();
        out.skipped = 0;
        done = Splitter(out).run();
    }
    if (done) note_continuation(out);
    return done;
}

Result<Message> decode(std::string_view bytes, const SystemSettings& system)
{
    Message message;
    const auto done = decode(bytes, system, message);
    if (!done) return done.error();
    return message;
}

} // namespace sluse::hl7v2
