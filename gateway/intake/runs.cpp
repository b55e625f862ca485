// gateway/intake/runs.cpp — where one message ends and the next begins, and where another format does.
#include "gateway/intake/runs.hpp"

#include "adapters/adapter.hpp"
#include "adapters/edifact/syntax.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/xml/split.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace sluse {
namespace {

using Kind = FoundMessage::Kind;
constexpr std::string_view blanks("\r\n \t\0\x1c", 6);

bool is_segment(std::string_view text, std::string_view name)
{
    return text.starts_with(name) && text.size() > 3 && !std::isalnum(static_cast<unsigned char>(text[3]));
}

bool is_interchange(std::string_view text)
{
    return text.starts_with("UNA:") || text.starts_with("UNB+");
}

/// Does a line that begins here end an HL7 message? Needs four bytes to say.
bool ends_message(std::string_view line)
{
    if (line.starts_with('{') || line.starts_with('\v') || line.starts_with("<?xm") || is_interchange(line)) return true;
    return std::ranges::any_of(std::array<std::string_view, 5>{"MSH", "FHS", "BHS", "BTS", "FTS"}, [&](auto name) { return is_segment(line, name); });
}

FoundMessage framed(std::string_view bytes, std::size_t skipped, bool last)
{
    const auto body = bytes.substr(skipped + 1);
    for (auto end = body.find('\x1c'); end != body.npos; end = body.find('\x1c', end + 1)) {
        if (end + 1 == body.size() && !last) break;
        if (end + 1 < body.size() && body[end + 1] != '\r' && body[end + 1] != '\n' && body[end + 1] != '\v') continue;
        return {end == 0 ? Kind::nothing : Kind::message, body.substr(0, end), skipped + 1 + end + 1};
    }
    if (!last) return {Kind::more, {}, 0};
    return {Kind::message, body, bytes.size()}; // the frame is cut: the receiver shall say so
}

/// With one of the line ends that follow it.
std::string_view trimmed(std::string_view message)
{
    return message.substr(0, message.find_last_not_of(blanks) + 2);
}

FoundMessage segments(std::string_view bytes, std::size_t skipped, bool last)
{
    for (auto end = bytes.find_first_of("\r\n", skipped); end != bytes.npos; end = bytes.find_first_of("\r\n", end + 1)) {
        const auto line = bytes.substr(end + 1);
        if (line.size() < 4 && !last) return {Kind::more, {}, 0};
        if (ends_message(line)) return {Kind::message, trimmed(bytes.substr(skipped, end + 1 - skipped)), end + 1};
    }
    if (!last) return {Kind::more, {}, 0};
    return {Kind::message, trimmed(bytes.substr(skipped)), bytes.size()};
}

/// What ends by its own marks; without its end the rest is one message, and the receiver shall say what is wrong.
FoundMessage whole(std::string_view bytes, std::size_t skipped, std::size_t size, bool last)
{
    const auto value = bytes.substr(skipped);
    if (size != value.npos) return {Kind::message, value.substr(0, size), skipped + size};
    if (!last) return {Kind::more, {}, 0};
    return {Kind::message, value, bytes.size()};
}

/// npos while the interchange is not whole; one that is broken reaches to the next line that begins another.
std::size_t end_of_interchange(std::string_view bytes)
{
    const auto trailer = bytes.find("UNZ+");
    if (trailer == bytes.npos || bytes.find('\'', trailer) == bytes.npos) return bytes.npos;
    const auto interchange = edifact::read_interchange(bytes, 0);
    if (!interchange.refused()) return interchange.end;
    const auto header = bytes.starts_with("UNA") ? bytes.find("UNB+") : 0; // on the line behind UNA it begins no other
    for (auto line = bytes.find('\n', header == bytes.npos ? 0 : header); line != bytes.npos; line = bytes.find('\n', line + 1))
        if (bytes.size() >= line + 5 && ends_message(bytes.substr(line + 1))) return line + 1;
    return bytes.npos;
}

/// What is cut apart in one way: a format in one syntax. FHIR comes in two.
struct RunKind {
    const Adapter* adapter{};
    char syntax{}; ///< '<' XML, '{' JSON, 0 segments

    bool operator==(const RunKind&) const = default;
};

RunKind kind_of(std::string_view message)
{
    const auto first = message.find_first_not_of(" \t\r\n");
    const char c = first == message.npos ? '\0' : message[first];
    return {adapter_for(message), c == '<' ? c : c == '{' || c == '[' ? '{' : '\0'};
}

/// Whether a line of `bytes`, but the first, begins a message of another kind.
bool mixed(std::string_view bytes, const RunKind& first)
{
    constexpr std::string_view xml = "<?xml ";
    constexpr std::array<std::string_view, 5> starts{xml, "MSH|", "{", "UNA:", "UNB+"};
    std::array<bool, starts.size()> seen{}; // the first of each is asked, and every XML document: of these there are several formats
    for (auto at = bytes.find('\n'); at != bytes.npos; at = bytes.find('\n', at + 1)) {
        const auto line = bytes.substr(at + 1);
        for (std::size_t i = 0; i < starts.size(); ++i) {
            if (seen[i] || !line.starts_with(starts[i])) continue;
            seen[i] = starts[i] != xml;
            const auto other = kind_of(line);
            if (other.adapter && other != first) return true;
        }
    }
    return false;
}

/// Does a batch begin at `at`? Its header, unlike its trailer, belongs to what follows.
bool opens_batch(std::string_view bytes, std::size_t at)
{
    const auto rest = bytes.substr(at);
    return is_segment(rest, "FHS") || is_segment(rest, "BHS");
}

/// Cuts at each message of another kind than those before it.
bool cut(std::string_view bytes, RunKind kind, const std::function<bool(std::string_view)>& use)
{
    std::size_t begun = 0, batch = bytes.npos; // where the headers of a batch begin that no message has followed yet
    for (std::size_t at = 0; at < bytes.size();) {
        const auto found = find_message(bytes.substr(at), true);
        if (const auto line = std::min(bytes.find_first_not_of(blanks, at), bytes.size()); batch == bytes.npos && opens_batch(bytes, line)) batch = line;
        const auto other = found.kind == Kind::message ? kind_of(found.text) : RunKind{};
        if (other.adapter && other != kind) {
            if (!use(bytes.substr(begun, std::min(at, batch) - begun))) return false;
            begun = batch != bytes.npos ? batch : static_cast<std::size_t>(found.text.data() - bytes.data()); // no blank may stand before an XML declaration
            kind = other;
        }
        if (found.kind == Kind::message) batch = bytes.npos;
        at += found.used;
    }
    return use(bytes.substr(begun));
}

} // namespace

FoundMessage find_message(std::string_view bytes, bool last)
{
    std::size_t start = bytes.starts_with("\xef\xbb\xbf") ? 3 : 0;
    start = std::min(bytes.find_first_not_of(blanks, start), bytes.size());
    if (start == bytes.size()) return {Kind::nothing, {}, start};
    const auto rest = bytes.substr(start);
    if (rest.size() < 4 && !last) return {Kind::more, {}, 0};
    if (rest[0] == '\v') return framed(bytes, start, last);
    if (rest[0] == '{' || rest[0] == '[') return whole(bytes, start, fhir::end_of_value(rest), last);
    if (rest[0] == '<') return whole(bytes, start, xml::end_of_document(rest), last);
    if (is_interchange(rest)) return whole(bytes, start, end_of_interchange(rest), last);
    if (is_segment(rest, "MSH")) return segments(bytes, start, last);
    if (ends_message(rest)) { // a batch's envelope
        const auto end = rest.find_first_of("\r\n");
        if (end == rest.npos && !last) return {Kind::more, {}, 0};
        return {Kind::nothing, {}, end == rest.npos ? bytes.size() : start + end};
    }
    return {Kind::junk, rest, bytes.size()};
}

bool framed(std::string_view bytes)
{
    const auto first = bytes.find_first_not_of(" \t\r\n");
    return first != bytes.npos && bytes[first] == '\v';
}

bool each_run(std::string_view bytes, const std::function<bool(std::string_view)>& use)
{
    const auto kind = framed(bytes) ? RunKind{} : kind_of(bytes);
    return kind.adapter && mixed(bytes, kind) ? cut(bytes, kind, use) : use(bytes);
}

} // namespace sluse
