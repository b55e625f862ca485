// gateway/tools/message_file.cpp — where one message ends and the next begins.
#include "gateway/tools/message_file.hpp"

#include "adapters/edifact/syntax.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/xml/split.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

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

Result<MessageFile> MessageFile::open(const std::string& path, std::size_t message_bytes_max)
{
    MessageFile file(path, message_bytes_max);
    file.file_.reset(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
    if (!file.file_) return Fault{Errc::not_found, path + ": " + std::strerror(errno)};
    if (path != "-" && std::fseek(file.file_.get(), 0, SEEK_END) == 0) {
        const auto size = std::ftell(file.file_.get());
        if (size > 0) file.total_ = static_cast<std::uint64_t>(size);
        std::rewind(file.file_.get());
    }
    return file;
}

bool MessageFile::fill()
{
    buffer_.erase(0, at_);
    at_ = 0;
    const auto had = buffer_.size();
    // Doubling, so that a long message is not looked through once for every block.
    buffer_.resize(had + std::max<std::size_t>(had, 256 * 1024));
    const auto n = std::fread(buffer_.data() + had, 1, buffer_.size() - had, file_.get());
    buffer_.resize(had + n);
    ended_ = n == 0;
    return n > 0;
}

Result<bool> MessageFile::next(std::string& out)
{
    for (;;) {
        const auto rest = std::string_view(buffer_).substr(at_);
        const auto found = rest.empty() && !ended_ ? FoundMessage{Kind::more, {}, 0} : find_message(rest, ended_);
        if (found.kind == Kind::more || (found.kind != Kind::message && found.used == rest.size() && !ended_)) {
            if (rest.size() > bytes_max_) return Fault{Errc::bad_message, path_ + ": a message is longer than " + std::to_string(bytes_max_) + " bytes"};
            fill();
            continue;
        }
        at_ += found.used;
        read_ += found.used;
        if (found.kind == Kind::nothing && at_ == buffer_.size() && ended_) return false;
        if (found.kind == Kind::nothing) continue;
        out.assign(found.text);
        return true;
    }
}

} // namespace sluse
