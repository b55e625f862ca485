// adapters/hl7v2/continuation.cpp — messages sent in parts (HL7 v2.9 §2.10.2): DSC at the end of one, its pointer in MSH-14 of the next.
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/message.hpp"
#include "adapters/hl7v2/message_marks.hpp"
#include "gateway/base/scan.hpp"

#include <algorithm>

namespace sluse::hl7v2 {
namespace {

constexpr std::size_t whole_bytes_max = 8u << 20;

/// A message cut at its first line and before a DSC at its end.
struct Part {
    std::string_view header, body, pointer;
};

Part part_of(std::string_view message)
{
    Part out;
    message = without_lead(message);
    if (message.size() < 8) return out;
    const auto end = message.find_last_not_of(" \t\r\n\v\f\x1c");
    message = message.substr(0, end == message.npos ? 0 : end + 1);
    out.header = message.substr(0, find_line_end(message));
    out.body = message.substr(out.header.size());
    auto begin = out.body.size(); // of the last line
    while (begin > 0 && out.body[begin - 1] != '\r' && out.body[begin - 1] != '\n') --begin;
    if (begin == 0 || out.header.size() < 8) return out;
    const char field = out.header[3];
    const auto line = out.body.substr(begin);
    if (line.size() < 5 || !line.starts_with("DSC") || line[3] != field) return out;
    // An interactive continuation (I) is sent when it is asked for, and a gateway that listens does not ask.
    if (part(line, field, 3).starts_with('I')) return out;
    out.pointer = part(line, field, 2);
    if (!out.pointer.empty()) out.body = out.body.substr(0, begin - 1);
    return out;
}

/// MSH-n of a first line.
std::string_view header_field(std::string_view header, unsigned n)
{
    return header.size() < 8 ? std::string_view{} : part(header, header[3], n);
}

std::string_view pointer_in(std::string_view header)
{
    const auto pointer = header_field(header, 14);
    return pointer == "\"\"" ? std::string_view{} : pointer;
}

bool fit(std::string_view header, std::string_view other)
{
    const auto marks = [](std::string_view h) { return h.substr(0, h.find(h[3], 4)); };
    return marks(header) == marks(other) && header_field(header, 18) == header_field(other, 18);
}

} // namespace

Continuation continuation(std::string_view message)
{
    const auto p = part_of(message);
    Continuation out{pointer_in(p.header), p.pointer, true};
    if (out.from.empty()) return out;
    const auto body = p.body.substr(std::min(p.body.find_first_not_of("\r\n"), p.body.size()));
    out.begins = body.starts_with("SFT") || body.starts_with("EVN") || body.starts_with("PID");
    return out;
}

std::string whole(std::span<const std::string_view> parts)
{
    if (parts.empty()) return {};
    const auto first = part_of(parts.front());
    if (first.header.size() < 8) return {};
    std::string pointers, ids, body(first.body);
    const char field = first.header[3], repetition = first.header[5];
    const auto end = first.body.starts_with("\r\n") ? first.body.substr(0, 2) : first.body.substr(0, 1);
    auto pointer = first.pointer;
    for (const auto& one : parts.subspan(1)) {
        const auto next = part_of(one);
        if (next.header.size() < 8 || !fit(first.header, next.header) || body.size() + one.size() > whole_bytes_max) return {};
        if (!ids.empty()) {
            pointers += repetition;
            ids += repetition;
        }
        pointers += pointer;
        ids += header_field(next.header, 10);
        body += next.body;
        pointer = next.pointer;
    }
    if (!pointer.empty()) (((body += end) += "DSC") += field) += pointer; // it goes on in a part that is not here
    const std::string f(1, field);
    return std::string(first.header).append(end) + "DSC" + f + pointers + f + 'F' + f + ids + body.append(end);
}

void join_continued(std::vector<std::string_view>& messages, std::deque<std::string>& owned)
{
    std::vector<std::string_view> parts;
    for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
        parts.assign(1, messages[i]);
        for (auto pointer = part_of(messages[i]).pointer; !pointer.empty() && i + parts.size() < messages.size();) {
            const auto next = messages[i + parts.size()];
            if (pointer_in(part_of(next).header) != pointer) break;
            parts.push_back(next);
            pointer = part_of(next).pointer;
        }
        if (parts.size() == 1) continue;
        auto joined = whole(parts);
        if (joined.empty()) continue;
        owned.push_back(std::move(joined));
        messages[i] = owned.back();
        const auto gone = messages.begin() + static_cast<std::ptrdiff_t>(i) + 1;
        messages.erase(gone, gone + static_cast<std::ptrdiff_t>(parts.size()) - 1);
    }
}

} // namespace sluse::hl7v2
