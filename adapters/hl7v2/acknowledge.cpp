// adapters/hl7v2/acknowledge.cpp — MSH, MSA and ERR of the answer: original mode AA AE AR, enhanced mode CA CE CR (HL7 v2.9 §2.9).
#include "adapters/hl7v2/adapter.hpp"
#include "gateway/normalise/charset.hpp"
#include "adapters/hl7v2/identifiers.hpp"
#include "adapters/hl7v2/message.hpp"
#include "adapters/hl7v2/message_marks.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace sluse::hl7v2 {
namespace {

/// What the answer needs of the message's MSH, also where the rest could not be read.
struct Header {
    Delimiters delimiters;
    std::string_view marks;                   ///< MSH-2 as sent
    std::array<std::string_view, 22> fields{}; ///< by number
    std::string charset = "ASCII";
    std::string_view operator[](std::size_t n) const { return fields[n]; }
};

/// Of a message that was decoded.
Header header_of(const Message& message)
{
    Header header;
    header.delimiters = message.delimiters;
    const auto& msh = message.segments.front();
    for (unsigned n = 2; n < header.fields.size(); ++n) header.fields[n] = message.field(msh, n);
    header.marks = header.fields[2];
    if (static_cast<std::size_t>(std::ranges::count(header.marks, header.delimiters.escape)) > 1 || !plain_ascii(header.marks)) header.marks = "^~\\&"; // spoilt
    header.charset = canonical_charset(header[18]) == "UTF-8" ? "UTF-8" : message.charset;
    return header;
}

/// Of bytes that could not be decoded. Without an MSH that has separators the answer has the usual ones and names nobody: who waits for
/// an answer must get one.
Header header_of(std::string_view bytes)
{
    auto text = without_lead(bytes);
    if (const auto msh = text.substr(0, 65'536).find("\rMSH"); !text.starts_with("MSH") && msh != text.npos) text.remove_prefix(msh + 1); // who sent it says it there
    Header header;
    header.marks = "^~\\&";
    if (!begins_with_header(text, "MSH") || static_cast<unsigned char>(text[3]) <= ' ' || (text[3] & 0x80) ||
        header.marks.find(text[3]) != header.marks.npos) {
        header.fields[11] = "P";
        header.fields[12] = "2.5.1";
        return header;
    }
    const auto line = text.substr(0, text.find_first_of("\r\n")).substr(0, 4000);
    header.delimiters.field = text[3];
    for (unsigned n = 3; n < header.fields.size(); ++n) header.fields[n] = part(line, text[3], n);
    return header;
}

struct Code {
    IssueKind kind;
    std::string_view code, text;
};

// Table 0357.
constexpr Code codes[] = {
    {IssueKind::sequence,               "100", "Segment sequence error"     },
    {IssueKind::required_missing,       "101", "Required field missing"     },
    {IssueKind::wrong_type,             "102", "Data type error"            },
    {IssueKind::unknown_code,           "103", "Table value not found"      },
    {IssueKind::unsupported_type,       "200", "Unsupported message type"   },
    {IssueKind::unsupported_event,      "201", "Unsupported event code"     },
    {IssueKind::unsupported_processing, "202", "Unsupported processing id"  },
    {IssueKind::unsupported_version,    "203", "Unsupported version id"     },
    {IssueKind::unknown_key,            "204", "Unknown key identifier"     },
    {IssueKind::duplicate_key,          "205", "Duplicate key identifier"   },
    {IssueKind::too_long,               "102", "Data type error"            },
    {IssueKind::internal,               "207", "Application internal error" },
};

const Code& code_of(IssueKind kind)
{
    const auto* found = std::ranges::find(codes, kind, &Code::kind);
    return found == std::end(codes) ? *std::ranges::find(codes, IssueKind::internal, &Code::kind) : *found;
}

/// "PID[2]-3[1].4.2" by its numbers; 0: not said.
struct Place {
    std::string_view segment;
    unsigned sequence{}, field{}, repetition{}, component{}, subcomponent{};
};

unsigned number_at(std::string_view& text, char open)
{
    if (!text.starts_with(open)) return 0;
    text.remove_prefix(1);
    unsigned n = 0;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9' && n < 100'000; text.remove_prefix(1)) n = n * 10 + static_cast<unsigned>(text[0] - '0');
    if (open == '[' && text.starts_with(']')) text.remove_prefix(1);
    return n;
}

Place place_of(std::string_view path)
{
    Place place;
    auto rest = path.substr(std::min<std::size_t>(3, path.size()));
    if (path.size() < 3 || !starts_segment(path.substr(0, 3), '|') || (!rest.empty() && rest[0] != '[' && rest[0] != '-')) return place;
    place.segment = path.substr(0, 3);
    place.sequence = number_at(rest, '[');
    place.field = number_at(rest, '-');
    place.repetition = number_at(rest, '[');
    place.component = number_at(rest, '.');
    place.subcomponent = number_at(rest, '.');
    if (!place.sequence) place.sequence = 1;
    if (place.component && !place.repetition) place.repetition = 1;
    return place;
}

class Answerer {
public:
    Answerer(const Header& header, Answer answer, const AckStamp& stamp) : header_(header), d_(header.delimiters), answer_(answer), stamp_(stamp) {}

    std::string text(const Issues& issues)
    {
        out_.reserve(256); // an MSH and an MSA seldom need more
        minor_ = minor_version(part(header_[12], d_.component, 1));
        msh();
        const auto first = std::ranges::find(issues, Severity::error, &Issue::severity);
        const bool failed = answer_ == Answer::store_failed;
        msa(failed ? store_failure.text : first == issues.end() || answer_ == Answer::accepted ? std::string_view() : std::string_view(first->text));
        if (failed) err(store_failure);
        if (answer_ == Answer::content_error || answer_ == Answer::refused) {
            std::size_t count = 0;
            for (const auto& issue : issues)
                if (issue.severity == Severity::error && count++ < 20) err({issue.kind, issue.path, issue.text});
        }
        return std::move(out_);
    }

private:
    struct Error {
        IssueKind kind;
        std::string_view path, text;
    };
    static constexpr Error store_failure{IssueKind::internal, "", "the message could not be stored; send it again later"};

    /// As sent, which cannot hold our separators; control characters could end our segment.
    void echo(std::string_view raw)
    {
        const auto safe = [this](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f && c != d_.field; };
        if (std::ranges::all_of(raw, safe)) out_ += raw;
        else std::ranges::copy_if(raw, std::back_inserter(out_), safe);
    }

    /// Our own words.
    void literal(std::string_view text)
    {
        for (const char c : text) {
            const char code = c == d_.field ? 'F' : c == d_.component ? 'S' : c == d_.repetition ? 'R' : c == d_.escape ? 'E' : c == d_.subcomponent ? 'T' : '\0';
            if (static_cast<unsigned char>(c) < ' ') {
                out_ += ' ';
            } else if (!code || !c) {
                out_ += c;
            } else if (d_.escape) {
                out_ += d_.escape;
                out_ += code;
                out_ += d_.escape;
            } else {
                out_ += ' ';
            }
        }
    }

    void field() { out_ += d_.field; }

    /// Answers of one second share it.
    void timestamp()
    {
        thread_local Millis second = -1;
        thread_local std::string text;
        if (const auto now = stamp_.now / second_ms; now != second || text.empty()) {
            second = now;
            text = local_time();
        }
        out_ += text;
    }

    std::string local_time() const
    {
        const auto& zone = Zone::copenhagen();
        const auto date = date_of(zone.day_at(stamp_.now));
        const auto ms = zone.ms_of_day_at(stamp_.now);
        const int offset = zone.offset_at(stamp_.now) / 60;
        char text[40];
        std::snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02d%c%02d%02d", date.year, date.month, date.day, static_cast<int>(ms / hour_ms),
                      static_cast<int>(ms / minute_ms % 60), static_cast<int>(ms / second_ms % 60), offset < 0 ? '-' : '+', std::abs(offset) / 60,
                      std::abs(offset) % 60);
        return text;
    }

    void msh()
    {
        out_ += "MSH";
        field();
        out_ += header_.marks;
        for (const std::size_t n : {5U, 6U, 3U, 4U}) { // who received now sends
            field();
            echo(header_[n]);
        }
        field();
        timestamp();
        field();
        field();
        out_ += "ACK";
        const auto event = part(header_[9], d_.component, 2);
        if (minor_ >= 3 && !event.empty()) {
            out_ += d_.component;
            echo(event);
            if (minor_ >= 4 || header_[12].starts_with("2.3.1")) (out_ += d_.component) += "ACK";
        }
        field();
        echo(stamp_.id);
        for (const std::size_t n : {11U, 12U}) {
            field();
            echo(header_[n]);
        }
        if (!header_[18].empty()) {
            for (int n = 13; n <= 18; ++n) field();
            echo(header_[18]);
        }
        out_ += '\r';
    }

    void msa(std::string_view text)
    {
        const bool original = header_[15].empty() && header_[16].empty();
        const bool commit = !original && wanted(header_[15], answer_);
        const char last = answer_ == Answer::accepted ? 'A' : answer_ == Answer::content_error ? 'E' : 'R';
        out_ += "MSA";
        field();
        out_ += commit ? 'C' : 'A';
        out_ += last;
        field();
        echo(header_[10]);
        if (!text.empty() && minor_ < 5) { // MSA-3 gave way to ERR-8
            field();
            literal(text);
        }
        out_ += '\r';
    }

    void err(const Error& error)
    {
        const auto place = place_of(error.path);
        const auto& code = code_of(error.kind);
        if (minor_ < 5) {
            old_err(place, code);
            return;
        }
        out_ += "ERR";
        field();
        field();
        out_ += place.segment;
        for (const auto n : {place.sequence, place.field, place.repetition, place.component, place.subcomponent}) {
            if (!n) break;
            (out_ += d_.component) += std::to_string(n);
        }
        field();
        ((out_ += code.code) += d_.component) += code.text;
        (out_ += d_.component) += "HL70357";
        field();
        out_ += 'E';
        for (int n = 5; n <= 7; ++n) field();
        literal(error.path);
        field();
        literal(error.text);
        out_ += '\r';
    }

    /// Before 2.5: ERR-1 is segment, sequence, field and code in one.
    void old_err(const Place& place, const Code& code)
    {
        out_ += "ERR";
        field();
        out_ += place.segment;
        (out_ += d_.component) += place.sequence ? std::to_string(place.sequence) : "";
        (out_ += d_.component) += place.field ? std::to_string(place.field) : "";
        (out_ += d_.component) += code.code;
        if (d_.subcomponent) {
            ((out_ += d_.subcomponent) += code.text) += d_.subcomponent;
            out_ += "HL70357";
        }
        out_ += '\r';
    }

public:
    /// Table 0155. A code that is none of the table's reads as AL.
    static bool wanted(std::string_view condition, Answer answer)
    {
        if (condition.empty() || condition == "NE") return false;
        if (condition == "ER") return answer != Answer::accepted;
        return condition != "SU" || answer == Answer::accepted;
    }

private:
    const Header& header_;
    const Delimiters& d_;
    Answer answer_;
    const AckStamp& stamp_;
    int minor_{5};
    std::string out_;
};

} // namespace

bool answer_wanted(std::string_view msh15, std::string_view msh16, Answer answer)
{
    return (msh15.empty() && msh16.empty()) || Answerer::wanted(msh15, answer) || Answerer::wanted(msh16, answer);
}

std::string acknowledge(std::string_view bytes, const Checked& checked, Answer answer, const AckStamp& stamp)
{
    const auto* message = static_cast<const Message*>(checked.decoded.get());
    const auto header = message ? header_of(*message) : header_of(bytes);
    if (checked.type == "ACK" || checked.type.starts_with("ACK^")) return {};
    if (!answer_wanted(header[15], header[16], answer)) return {};
    auto text = Answerer(header, answer, stamp).text(checked.issues);
    if (header.charset == "ASCII" || header.charset == "UTF-8") return text;
    std::string encoded;
    from_utf8(text, header.charset, encoded);
    return encoded;
}

} // namespace sluse::hl7v2
