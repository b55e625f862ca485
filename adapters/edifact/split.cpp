// adapters/edifact/split.cpp — files of interchanges, and interchanges of several letters, into messages of one letter each.
#include "adapters/edifact/adapter.hpp"
#include "adapters/edifact/syntax.hpp"

namespace sluse::edifact {
namespace {

std::string_view without_lead(std::string_view bytes)
{
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    return bytes.substr(skip_blanks(bytes, 0));
}

bool begins(std::string_view text)
{
    return text.starts_with("UNA") || (text.starts_with("UNB") && text.size() > 3 && (text[3] == '+' || text[3] == '\''));
}

/// After a syntax error: where the next interchange may begin, at the start of a line or after a terminator.
std::size_t next_start(std::string_view bytes, std::size_t from)
{
    for (auto at = bytes.find("UN", from); at != bytes.npos; at = bytes.find("UN", at + 1)) {
        const bool first = at > 0 && (bytes[at - 1] == '\n' || bytes[at - 1] == '\r' || bytes[at - 1] == '\'');
        if (first && begins(bytes.substr(at))) return at;
    }
    return bytes.size();
}

std::string_view letter_bytes(const Interchange& interchange, const Letter& letter)
{
    const auto& segments = interchange.text.segments;
    const auto from = segments[letter.first].at;
    auto to = letter.last + 1 < segments.size() ? segments[letter.last + 1].at : static_cast<std::uint32_t>(interchange.end);
    auto bytes = interchange.text.bytes.substr(from, to - from);
    while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r' || bytes.back() == ' ' || bytes.back() == '\t')) bytes.remove_suffix(1);
    return bytes;
}

} // namespace

bool recognises(std::string_view bytes)
{
    const auto text = without_lead(bytes);
    return begins(text) || (text.starts_with("UNH") && text.size() > 3 && text[3] == '+');
}

std::vector<std::string_view> split(std::string_view bytes, Issues& issues)
{
    std::vector<std::string_view> out;
    const auto text = without_lead(bytes);
    for (std::size_t at = 0; (at = skip_blanks(text, at)) < text.size();) {
        const auto interchange = read_interchange(text, at);
        if (interchange.refused()) {
            const auto end = interchange.end > at && !interchange.text.segments.empty() && interchange.text.segments.back().tag == "UNZ"
                                 ? interchange.end
                                 : next_start(text, std::max(at + 1, interchange.end));
            if (!out.empty() && !begins(text.substr(at))) issues.push_back({Severity::error, IssueKind::sequence, "interchange", "text that is no interchange follows the last one; it is left out"});
            else out.push_back(text.substr(at, end - at));
            at = end;
            continue;
        }
        if (interchange.letters.size() == 1) out.push_back(text.substr(interchange.begin, interchange.end - interchange.begin));
        else
            for (const auto& letter : interchange.letters) out.push_back(letter_bytes(interchange, letter));
        at = interchange.end;
    }
    return out;
}

std::string alone(std::string_view bytes, std::string_view piece)
{
    if (!piece.starts_with("UNH")) return {};
    const auto text = without_lead(bytes);
    for (std::size_t at = 0; (at = skip_blanks(text, at)) < text.size();) {
        const auto interchange = read_interchange(text, at);
        if (interchange.end <= at) break;
        if (piece.data() >= text.data() + interchange.begin && piece.data() < text.data() + interchange.end && interchange.has_unb) {
            const auto& marks = interchange.text.marks;
            const auto& unb = interchange.text.segments.front();
            const auto head = text.substr(interchange.begin, unb.at - interchange.begin);
            const auto first = interchange.letters.front().first;
            auto header = text.substr(unb.at, interchange.text.segments[first].at - unb.at);
            std::string out(head);
            ((out += header) += piece) += "UNZ";
            ((out += marks.element) += '1') += marks.element;
            (out += interchange.text.raw(unb, 5)) += marks.terminator;
            return out;
        }
        at = interchange.end;
    }
    return std::string(piece);
}

} // namespace sluse::edifact
