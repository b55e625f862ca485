// gateway/normalise/functions_content.cpp — texts, documents and attachments, telephone numbers, and references that another field names.
#include "gateway/normalise/functions_hl7.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/base64.hpp"
#include "gateway/normalise/json_text.hpp"

#include <algorithm>

namespace sluse {

// A field's whole repetition as it stands, with escapes undone: free text may hold separators by mistake.
Emitted verbatim(Call& call)
{
    return call.write_string(call.renderer.text(call.value));
}

// All values of the source (every repetition, every such segment) as lines of one text.
Emitted join(Call& call)
{
    auto& out = call.out;
    const auto mark = out.size();
    bool any = false;
    out += '"';
    call.renderer.for_each(call.row.from, call.frame, [&](const Value& value) {
        if (value.text == "\"\"") return;
        if (any) out += "\\n";
        append_json(out, call.renderer.text(value));
        any = true;
    });
    out += '"';
    if (any && out.size() > mark + 2) return Emitted::content;
    out.cut(mark);
    return Emitted::nothing;
}

// Components in words: the value column says what stands between them, a blank if nothing.
Emitted words(Call& call)
{
    auto& out = call.out;
    const auto mark = out.size();
    const char separator = call.renderer.message().component;
    bool any = false;
    out += '"';
    auto rest = call.value.text;
    while (!rest.empty()) {
        const auto end = separator ? rest.find(separator) : rest.npos;
        Value part = call.value;
        part.level = 1;
        part.text = rest.substr(0, end);
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        const auto text = call.renderer.text(part);
        if (text.empty()) continue;
        if (any) append_json(out, call.row.argument.empty() ? std::string_view(" ") : call.row.argument);
        append_json(out, text);
        any = true;
    }
    out += '"';
    if (any) return Emitted::content;
    out.cut(mark);
    return Emitted::nothing;
}

bool is_base64(std::string_view text)
{
    if (text.empty() || text.size() % 4) return false;
    while (text.ends_with('=')) text.remove_suffix(1);
    return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '+' || c == '/'; });
}

Emitted base64(Call& call) // already encoded by the sender
{
    auto text = call.renderer.text(call.value);
    if (!is_base64(text)) {
        call.renderer.issue(call.value, IssueKind::wrong_type, "is no Base64 data");
        return Emitted::nothing;
    }
    return call.write_string(text);
}

// "FFD8 FFE0", blanks and line ends left out, in Base64.
Emitted hex_to_base64(Call& call)
{
    std::string bytes;
    int high = -1;
    bool hex = true;
    for (const char c : call.renderer.text(call.value)) {
        if (c == ' ' || c == '\r' || c == '\n') continue;
        const int digit = hex_value(c);
        if (digit < 0) hex = false;
        if (high >= 0) bytes += static_cast<char>(high * 16 + digit);
        high = high >= 0 ? -1 : digit;
        if (!hex) break;
    }
    if (!hex || high >= 0) {
        call.renderer.issue(call.value, IssueKind::wrong_type, "is no hexadecimal data");
        return Emitted::nothing;
    }
    return bytes.empty() ? Emitted::nothing : call.write_string(sluse::to_base64(bytes));
}

Emitted to_base64(Call& call)
{
    const auto text = call.renderer.text(call.value);
    if (text.empty()) return Emitted::nothing;
    call.out += '"';
    call.out += sluse::to_base64(text);
    call.out += '"';
    return Emitted::content;
}

// ED.2/ED.3 as a media type: "application" + "pdf"; the older "TX"/"AP" forms by their meaning.
Emitted media_type(Call& call)
{
    auto& r = call.renderer;
    const unsigned at = call.row.argument == "3" ? 3 : 2; // RP has them one place later
    std::string type(trimmed(r.part(call.value, at).text)), subtype(trimmed(r.part(call.value, at + 1).text));
    std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::ranges::transform(subtype, subtype.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (type.find('/') != type.npos) return call.write_string(type);
    if (type == "ap") type = "application";
    if (type == "im") type = "image";
    if (type == "text" || type == "tx" || type == "ft") type = "text", subtype = subtype.empty() ? "plain" : subtype;
    if (type == "application" && subtype.empty()) subtype = "octet-stream";
    if (type.empty() || subtype.empty() || type.find(' ') != type.npos || subtype.find(' ') != subtype.npos) return Emitted::nothing;
    return call.write_string(type + '/' + subtype);
}

// Telephone: the number as the sender formed it, else "+45 62 525252".
Emitted phone(Call& call)
{
    auto& r = call.renderer;
    const auto whole = r.text(r.part(call.value, 12));
    if (!whole.empty()) return call.write_string(whole);
    std::string out;
    for (const unsigned n : {5u, 6u, 7u, 8u}) {
        const auto part = r.text(r.part(call.value, n));
        if (part.empty()) continue;
        if (!out.empty()) out += n == 8 ? " X" : " ";
        if (n == 5 && !part.starts_with('+')) out += '+';
        out += part;
    }
    if (!out.empty()) return call.write_string(out);
    return call.write_string(r.text(r.part(call.value, 1)));
}

// A street's name and number (SAD.2, SAD.3) as a line of their own, unless the address's first line (SAD.1) says them.
Emitted street(Call& call)
{
    auto& r = call.renderer;
    const std::string first(r.text(r.part(call.value, 1)));
    std::string out;
    for (const unsigned n : {2u, 3u}) {
        const auto part = r.text(r.part(call.value, n));
        if (part.empty() || first.find(part) != first.npos) continue;
        if (!out.empty()) out += ' ';
        out += part;
    }
    return out.empty() ? Emitted::nothing : call.write_string(out);
}

// Codes that senders write in any case.
Emitted upper(Call& call)
{
    std::string text(call.renderer.text(call.value));
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return call.write_string(text);
}

// OBR-26 names the result that led to this order (its code and sub-id): found among the results of this message.
Emitted parent_result(Call& call)
{
    auto& r = call.renderer;
    const std::string code(trimmed(r.part(r.part(call.value, 1), 1).text)), sub_id(trimmed(r.part(call.value, 2).text));
    const auto obx = r.plan().slot("OBX");
    if (code.empty() || obx == no_slot) return Emitted::nothing;
    return r.refer("Observation", [&](const Instance&, const GroupInstance& group) {
        const auto index = group.slot[obx];
        if (index < 0) return false;
        const auto& segment = r.message().segments[static_cast<std::size_t>(index)];
        return trimmed(r.part({segment.field(3), 0, index, 3}, 1).text) == code && (sub_id.empty() || trimmed(segment.field(4)) == sub_id);
    });
}

// The other patient of a message about two (link, swap).
Emitted other_patient(Call& call)
{
    return call.renderer.refer("Patient", [](const Instance&, const GroupInstance&) { return true; });
}

// A FHIR id: letters, digits, '-' and '.', at most 64.
Emitted fhir_id(Call& call)
{
    std::string text(call.renderer.text(call.value));
    if (text.size() > 64) text.resize(64);
    for (auto& c : text)
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.') c = '-';
    return call.write_string(text);
}

// The lines of a document that came as one OBX a line (TX, FT, ST), as one text in Base64.
Emitted document_text(Call& call)
{
    thread_local Bytes lines;
    lines.clear();
    auto& r = call.renderer;
    const auto& group = *call.frame.group;
    for (auto i = group.first_segment; i <= group.last_segment; ++i) {
        const auto& segment = r.message().segments[i];
        const auto type = trimmed(segment.field(2));
        if (segment.id != "OBX" || (type != "TX" && type != "FT" && type != "ST")) continue;
        if (const auto state = trimmed(segment.field(11)); state == "D" || state == "W") continue; // taken back
        auto rest = segment.field(5);
        do {
            const auto end = r.message().repetition ? rest.find(r.message().repetition) : rest.npos;
            const Value line{rest.substr(0, end), 0, static_cast<std::int32_t>(i), 5};
            r.touched(line);
            if (!lines.view().empty()) lines += '\n';
            lines += r.text(line);
            rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        } while (!rest.empty());
    }
    if (trimmed(lines.view()).empty()) return Emitted::nothing;
    call.out += '"';
    call.out += sluse::to_base64(lines.view());
    call.out += '"';
    return Emitted::content;
}

} // namespace sluse
