// adapters/fhir/json.cpp — questions to the table, and the texts of strings.
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/json_scan.hpp"
#include "gateway/base/equal.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

void put_utf8(std::uint32_t c, std::string& out)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    if (c >= 0x10000) {
        out += static_cast<char>(0xf0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 63));
    } else if (c >= 0x800) {
        out += static_cast<char>(0xe0 | c >> 12);
    } else {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 63));
        return;
    }
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
}

} // namespace

std::uint32_t Json::find(std::uint32_t object, std::string_view name) const
{
    const auto* const all = nodes_.data();
    if (object == none || all[object].kind != JsonKind::object || name.empty()) return none;
    const auto end = all[object].next;
    for (auto child = object + 1; child < end; child = all[child].next)
        if (equal_short(all[child].name, name)) return child;
    return none;
}

std::string_view Json::view(std::uint32_t node, std::string& scratch) const
{
    if (node == none || nodes_[node].kind != JsonKind::string) return {};
    if (!nodes_[node].escaped) return nodes_[node].text;
    scratch.clear();
    unescape_json(nodes_[node].text, scratch);
    return scratch;
}

std::string Json::text(std::uint32_t object, std::string_view name) const
{
    return text(find(object, name));
}

std::string Json::text(std::uint32_t node) const
{
    if (node == none || nodes_[node].kind != JsonKind::string) return {};
    if (!nodes_[node].escaped) return std::string(nodes_[node].text);
    std::string out;
    unescape_json(nodes_[node].text, out);
    return out;
}

std::string Json::path(std::uint32_t node, std::string_view root) const
{
    std::string out(root);
    for (std::uint32_t parent = 0; parent != node;) {
        std::uint32_t child = first_child(parent), index = 0;
        while (child != none && nodes_[child].next <= node) {
            child = next_child(parent, child);
            ++index;
        }
        if (child == none) break;
        if (nodes_[parent].kind == JsonKind::array) out += '[' + std::to_string(index) + ']';
        else (out += '.') += nodes_[child].name;
        parent = child;
    }
    return out;
}

void unescape_json(std::string_view raw, std::string& out)
{
    for (;;) {
        const auto open = raw.find('\\');
        out += raw.substr(0, open);
        if (open == raw.npos || open + 1 >= raw.size()) return;
        const char c = raw[open + 1];
        raw.remove_prefix(open + 2);
        if (c != 'u') {
            out += c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
            continue;
        }
        auto code = hex4(raw);
        raw.remove_prefix(4);
        if (code >= 0xd800 && code <= 0xdbff && raw.size() >= 6) {
            code = 0x10000 + ((code - 0xd800) << 10) + (hex4(raw.substr(2)) - 0xdc00);
            raw.remove_prefix(6);
        }
        put_utf8(code, out);
    }
}

void append_json_string(std::string_view text, std::string& out)
{
    const auto special = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; };
    out += '"';
    for (;;) { // runs of plain text go as a whole
        const auto plain = static_cast<std::size_t>(std::ranges::find_if(text, special) - text.begin());
        out.append(text.substr(0, plain));
        if (plain == text.size()) break;
        const char c = text[plain];
        if (c == '"' || c == '\\') (out += '\\') += c;
        else if (c == '\n') out += "\\n";
        else if (c == '\r') out += "\\r";
        else if (c == '\t') out += "\\t";
        text.remove_prefix(plain + 1);
    }
    out += '"';
}

std::size_t end_of_value(std::string_view text)
{
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            else if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && depth > 0 && --depth == 0) {
            return i + 1;
        }
    }
    return text.npos;
}

} // namespace sluse::fhir
