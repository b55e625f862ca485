// adapters/xml/element.cpp — what is asked of an element beyond its neighbours: namespace, path, and its XML.
#include "adapters/xml/document.hpp"

#include <algorithm>

namespace sluse::xml {
namespace {

std::string_view trim(std::string_view text)
{
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// "xmlns" or "xmlns:e" for what this name's prefix stands for.
std::string declaration_of(const Node& node)
{
    return node.prefix ? "xmlns:" + std::string(node.name.substr(0, node.prefix - 1)) : std::string("xmlns");
}

bool declares(const Attribute& attribute, const Node& node)
{
    const auto name = attribute.name;
    if (!name.starts_with("xmlns")) return false;
    if (node.prefix == 0) return name.size() == 5;
    return name.size() == 5 + node.prefix && name[5] == ':' && name.substr(6) == node.name.substr(0, node.prefix - 1);
}

/// Blanks that a reader would change go as references; control characters that XML has no place for are left out.
void write_escaped(std::string_view text, bool attribute, std::string& out)
{
    const auto special = [](char c) { return static_cast<unsigned char>(c) < 32 || c == '&' || c == '<' || c == '>' || c == '"'; };
    for (;;) { // runs of plain text go as a whole
        const auto plain = static_cast<std::size_t>(std::ranges::find_if(text, special) - text.begin());
        out.append(text.substr(0, plain));
        if (plain == text.size()) return;
        const char c = text[plain];
        if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>' && !attribute) out += "&gt;";
        else if (c == '"' && attribute) out += "&quot;";
        else if (c == '\r') out += "&#13;";
        else if (attribute && (c == '\t' || c == '\n')) out += c == '\t' ? "&#9;" : "&#10;";
        else if (static_cast<unsigned char>(c) >= 32 || c == '\t' || c == '\n') out += c;
        text.remove_prefix(plain + 1);
    }
}

void write_attribute(std::string_view name, std::string_view value, std::string& out)
{
    ((out += ' ') += name) += "=\"";
    write_escaped(value, true, out);
    out += '"';
}

void write(const Node& node, std::string_view space, std::string& out)
{
    (out += '<') += node.name;
    if (!space.empty()) write_attribute(declaration_of(node), space, out);
    for (const auto& attribute : node.all_attributes()) write_attribute(attribute.name, attribute.value, out);
    if (node.text.empty() && !node.first) {
        out += "/>";
        return;
    }
    out += '>';
    write_escaped(node.text, false, out);
    for (const auto* child = node.first; child; child = child->next) { // no deeper than documents are
        if (child->is_run()) write_escaped(child->text, false, out);
        else write(*child, {}, out);
        write_escaped(child->tail, false, out);
    }
    ((out += "</") += node.name) += '>';
}

} // namespace

std::string_view Element::space() const
{
    if (!node_) return {};
    for (const auto* at = node_; at; at = at->parent)
        for (const auto& attribute : at->all_attributes())
            if (declares(attribute, *node_)) return attribute.value;
    return {};
}

bool Element::declares_default() const
{
    return std::ranges::find(node_->all_attributes(), "xmlns", &Attribute::name) != node_->all_attributes().end();
}

std::string_view Element::text() const
{
    if (!node_) return {};
    if (const auto first = trim(node_->text); !first.empty()) return first;
    for (const auto* child = node_->first; child; child = child->next) {
        if (child->is_run())
            if (const auto run = trim(child->text); !run.empty()) return run;
        if (const auto tail = trim(child->tail); !tail.empty()) return tail;
    }
    return {};
}

Element Element::at(std::string_view path) const
{
    auto found = *this;
    while (found && !path.empty()) {
        const auto slash = path.find('/');
        found = found.child(path.substr(0, slash));
        path = slash == path.npos ? std::string_view{} : path.substr(slash + 1);
    }
    return found;
}

std::string Element::path() const
{
    std::string text;
    const auto step = [&](auto&& self, Element at) -> void { // no deeper than documents are
        if (const auto above = at.parent()) {
            self(self, above);
            text += '/';
        }
        unsigned before = 0;
        for (auto sibling = at.parent().child(at.name()); sibling && sibling != at; sibling = sibling.next(at.name())) ++before;
        text += at.name();
        if (before || at.next(at.name())) ((text += '[') += std::to_string(before + 1)) += ']';
    };
    if (node_) step(step, *this);
    return text;
}

std::string Element::xml(std::string_view otherwise) const
{
    std::string out;
    if (!node_) return out;
    bool declared = false;
    for (const auto& attribute : node_->all_attributes()) declared = declared || declares(attribute, *node_);
    const auto in = declared ? std::string_view() : space();
    write(*node_, declared || !in.empty() ? in : otherwise, out);
    return out;
}

} // namespace sluse::xml
