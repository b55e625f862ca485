// adapters/xml/document.cpp — pugixml behind Element and Document; what it would let pass (DTDs, stray entities, several roots) is refused here.
#include "adapters/xml/document.hpp"

#include "gateway/normalise/charset.hpp"

#include <algorithm>
#include <pugixml.hpp>
#include <vector>

namespace sluse::xml {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view local(std::string_view name)
{
    const auto colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

bool declares_namespace(std::string_view attribute)
{
    return attribute == "xmlns" || attribute.starts_with("xmlns:");
}

std::string_view trim(std::string_view text)
{
    const auto from = text.find_first_not_of(blanks);
    return from == text.npos ? std::string_view{} : text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

bool is_text(const pugi::xml_node& node)
{
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

pugi::xml_node element_from(pugi::xml_node node, std::string_view name)
{
    while (node && (node.type() != pugi::node_element || (!name.empty() && local(node.name()) != name))) node = node.next_sibling();
    return node;
}

std::string line_and_column(std::string_view text, std::size_t offset)
{
    const auto before = text.substr(0, std::min(offset, text.size()));
    const auto line = 1 + std::ranges::count(before, '\n');
    const auto start = before.rfind('\n');
    auto column = std::size_t{1};
    for (const char c : before.substr(start == before.npos ? 0 : start + 1)) column += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

Issue refuse(std::string_view text, std::size_t offset, std::string why)
{
    return {Severity::error, IssueKind::sequence, line_and_column(text, offset), std::move(why)};
}

/// The value of encoding="…" in an XML declaration, which is ASCII in every set that has one.
std::string_view declared_charset(std::string_view bytes)
{
    if (!bytes.starts_with("<?xml")) return {};
    const auto head = bytes.substr(0, bytes.find("?>"));
    auto at = head.find("encoding");
    if (at == head.npos) return {};
    at = head.find_first_of("\"'", at);
    if (at == head.npos) return {};
    const auto end = head.find(head[at], at + 1);
    return end == head.npos ? std::string_view{} : head.substr(at + 1, end - at - 1);
}

/// The document as UTF-8 without a byte order mark; false with an issue when its set is unknown or the bytes are not in it.
bool decode(std::string_view bytes, std::string& text, std::string& charset, Issue& issue)
{
    charset = "UTF-8";
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    else if (bytes.starts_with("\xFF\xFE") || bytes.starts_with(std::string_view("<\0", 2))) charset = "UTF-16LE";
    else if (bytes.starts_with("\xFE\xFF") || bytes.starts_with(std::string_view("\0<", 2))) charset = "UTF-16BE";
    else if (const auto declared = declared_charset(bytes); !declared.empty()) {
        charset = canonical_charset(declared);
        if (charset.empty()) {
            issue = {Severity::error, IssueKind::unknown_code, "line 1, column 1", "the declared encoding is not known: send UTF-8 or name a registered character set"};
            return false;
        }
    }
    if (charset == "UTF-8" || plain_ascii(bytes)) {
        if (!valid_utf8(bytes)) {
            const auto bad = std::ranges::find_if(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }) - bytes.begin();
            issue = refuse(bytes, static_cast<std::size_t>(bad), "the text is not valid UTF-8 from about here: declare the encoding that it is in");
            return false;
        }
        text = bytes;
        return true;
    }
    if (charset.starts_with("UTF-16") && (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))) bytes.remove_prefix(2);
    std::size_t lost = 0;
    if (to_utf8(bytes, charset, text, lost) && lost == 0) return true;
    issue = {Severity::error, IssueKind::wrong_type, "line 1, column 1", "the bytes are not in the encoding that the document declares"};
    return false;
}

/// An '&' outside comments and CDATA that begins none of XML's own references: only a DTD could define it.
std::size_t stray_entity(std::string_view text)
{
    for (auto at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
        const auto rest = text.substr(at + 1, 8);
        const auto end = rest.find(';');
        const auto name = rest.substr(0, end == rest.npos ? 0 : end);
        if (name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos") continue;
        if (rest.starts_with('#') && end != rest.npos) continue;
        const auto before = text.substr(0, at);
        const auto inside = [&](std::string_view open, std::string_view close) {
            const auto opened = before.rfind(open);
            return opened != before.npos && before.find(close, opened) == before.npos;
        };
        if (!inside("<![CDATA[", "]]>") && !inside("<!--", "-->")) return at;
    }
    return text.npos;
}

/// The first element deeper than `limit`, found without recursion; null when there is none.
pugi::xml_node too_deep(const pugi::xml_node& root, unsigned limit)
{
    unsigned depth = 1;
    auto node = root;
    while (node) {
        if (depth > limit) return node;
        if (node.first_child()) {
            node = node.first_child();
            ++depth;
            continue;
        }
        while (node != root && !node.next_sibling()) {
            node = node.parent();
            --depth;
        }
        if (node == root) break;
        node = node.next_sibling();
    }
    return {};
}

} // namespace

struct Document::Held {
    std::string text, charset;
    pugi::xml_document tree;
};

std::string_view Element::name() const { return local(pugi::xml_node(node_).name()); }

std::string_view Element::space() const
{
    const std::string_view full = pugi::xml_node(node_).name();
    const auto colon = full.find(':');
    const auto wanted = colon == full.npos ? std::string("xmlns") : "xmlns:" + std::string(full.substr(0, colon));
    for (auto node = pugi::xml_node(node_); node; node = node.parent())
        if (const auto found = node.attribute(wanted.c_str())) return found.value();
    return {};
}

std::string_view Element::text() const
{
    for (const auto& child : pugi::xml_node(node_).children())
        if (is_text(child))
            if (const auto text = trim(child.value()); !text.empty()) return text;
    return {};
}

std::string_view Element::attribute(std::string_view name) const
{
    for (const auto& a : pugi::xml_node(node_).attributes())
        if (!declares_namespace(a.name()) && local(a.name()) == name) return a.value();
    return {};
}

bool Element::has_attribute(std::string_view name) const
{
    const auto all = pugi::xml_node(node_).attributes();
    return std::any_of(all.begin(), all.end(), [&](const auto& a) { return !declares_namespace(a.name()) && local(a.name()) == name; });
}

Element Element::child(std::string_view name) const
{
    return Element(element_from(pugi::xml_node(node_).first_child(), name).internal_object());
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

Element Element::next(std::string_view name) const
{
    return Element(element_from(pugi::xml_node(node_).next_sibling(), name).internal_object());
}

Element Element::parent() const
{
    const auto up = pugi::xml_node(node_).parent();
    return up.type() == pugi::node_element ? Element(up.internal_object()) : Element();
}

std::size_t Element::offset() const
{
    const auto at = pugi::xml_node(node_).offset_debug();
    return at > 0 ? static_cast<std::size_t>(at) - 1 : 0; // pugixml points behind the '<'
}

std::string Element::path() const
{
    std::string text;
    for (auto at = *this; at; at = at.parent()) {
        unsigned before = 0;
        for (auto sibling = pugi::xml_node(at.node_).previous_sibling(); sibling; sibling = sibling.previous_sibling())
            before += sibling.type() == pugi::node_element && local(sibling.name()) == at.name();
        auto step = std::string(at.name());
        if (before || at.next(at.name())) step += '[' + std::to_string(before + 1) + ']';
        text = text.empty() ? step : step + '/' + text;
    }
    return text;
}

std::string Element::xml() const
{
    struct Writer : pugi::xml_writer {
        std::string text;
        void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
    } writer;
    pugi::xml_document copy;
    auto top = copy.append_copy(pugi::xml_node(node_));
    const std::string_view full = top.name();
    const auto colon = full.find(':');
    const auto declaration = colon == full.npos ? std::string("xmlns") : "xmlns:" + std::string(full.substr(0, colon));
    if (const auto in = space(); !in.empty() && !top.attribute(declaration.c_str()))
        top.prepend_attribute(declaration.c_str()).set_value(std::string(in).c_str());
    top.print(writer, "", pugi::format_raw | pugi::format_no_declaration);
    return std::move(writer.text);
}

Element::Attribute Element::attribute_at(void* attribute)
{
    auto a = pugi::xml_attribute(static_cast<pugi::xml_attribute_struct*>(attribute));
    while (a && declares_namespace(a.name())) a = a.next_attribute();
    if (!a) return {};
    return {true, a.internal_object(), local(a.name()), a.value()};
}

Element::Attribute Element::first_attribute() const { return attribute_at(pugi::xml_node(node_).first_attribute().internal_object()); }

Element::Attribute Element::next_attribute(const Attribute& attribute)
{
    return attribute_at(pugi::xml_attribute(static_cast<pugi::xml_attribute_struct*>(attribute.at)).next_attribute().internal_object());
}

Element::Part Element::part_at(pugi::xml_node_struct* from)
{
    auto node = pugi::xml_node(from);
    while (node && node.type() != pugi::node_element && !is_text(node)) node = node.next_sibling();
    if (!node) return {};
    if (is_text(node)) return {node.internal_object(), true, node.value()};
    return {node.internal_object(), false, {}};
}

Element::Part Element::first_part() const { return part_at(pugi::xml_node(node_).first_child().internal_object()); }
Element::Part Element::next_part(const Part& part) { return part_at(pugi::xml_node(part.at).next_sibling().internal_object()); }

Document::Document(std::unique_ptr<Held> held) : held_(std::move(held)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document::Parsed Document::parse(std::string_view bytes, const Limits& limits)
{
    Parsed parsed;
    if (bytes.size() > limits.bytes) {
        parsed.issue = {Severity::error, IssueKind::too_long, "line 1, column 1", "the document is larger than the " + std::to_string(limits.bytes >> 20) + " MiB that are taken"};
        return parsed;
    }
    auto held = std::make_unique<Held>();
    if (!decode(bytes, held->text, held->charset, parsed.issue)) return parsed;
    const std::string_view text = held->text;
    if (const auto zero = text.find('\0'); zero != text.npos) {
        parsed.issue = refuse(text, zero, "a zero byte cannot stand in XML");
        return parsed;
    }
    if (const auto stray = stray_entity(text); stray != text.npos) {
        parsed.issue = refuse(text, stray, "an entity that only a DTD could define, or a bare '&': write &amp; for the character");
        return parsed;
    }
    // Blank runs are kept: in mixed content they part words. The text has its own encoding behind it.
    constexpr auto flags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_wconv_attribute | pugi::parse_eol | pugi::parse_doctype | pugi::parse_ws_pcdata;
    const auto result = held->tree.load_buffer(text.data(), text.size(), flags, pugi::encoding_utf8);
    if (!result) {
        parsed.issue = refuse(text, static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0)), std::string("not well-formed XML: ") + result.description());
        return parsed;
    }
    pugi::xml_node root;
    for (const auto& node : held->tree.children()) {
        const auto at = static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0));
        if (node.type() == pugi::node_doctype) parsed.issue = refuse(text, at, "a document type declaration is not allowed: leave it out");
        else if (is_text(node) && !trim(node.value()).empty()) parsed.issue = refuse(text, at, "text outside the root element");
        else if (node.type() == pugi::node_element && root) parsed.issue = refuse(text, at, "a second root element: send one document at a time");
        else if (node.type() == pugi::node_element) root = node;
        if (!parsed.issue.text.empty()) return parsed;
    }
    if (const auto deep = too_deep(root, limits.depth)) {
        parsed.issue = refuse(text, static_cast<std::size_t>(std::max<std::ptrdiff_t>(deep.offset_debug(), 0)), "elements nested more than " + std::to_string(limits.depth) + " deep");
        return parsed;
    }
    parsed.document = std::unique_ptr<Document>(new Document(std::move(held)));
    return parsed;
}

Element Document::root() const { return Element(held_->tree.document_element().internal_object()); }
std::string Document::place(std::size_t offset) const { return line_and_column(held_->text, offset); }
const std::string& Document::charset() const { return held_->charset; }

void append_escaped(std::string& out, std::string_view text)
{
    const auto special = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == '&' || c == '<' || c == '>' || c == '"'; };
    for (;;) { // runs of plain text go as a whole
        const auto plain = static_cast<std::size_t>(std::ranges::find_if(text, special) - text.begin());
        out.append(text.substr(0, plain));
        if (plain == text.size()) return;
        switch (text[plain]) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: break; // XML 1.0 has no place for it
        }
        text.remove_prefix(plain + 1);
    }
}

bool looks_like_xml(std::string_view bytes)
{
    for (const std::string_view mark : {std::string_view("\xEF\xBB\xBF"), std::string_view("\xFF\xFE"), std::string_view("\xFE\xFF")})
        if (bytes.starts_with(mark)) bytes.remove_prefix(mark.size());
    const auto at = bytes.find_first_not_of(std::string_view(" \t\r\n\0", 5));
    return at != bytes.npos && bytes[at] == '<';
}

RootName peek_root(std::string_view bytes)
{
    bytes = bytes.substr(0, 16384);
    std::string narrow; // UTF-16's ASCII half is enough for names
    if (bytes.substr(0, 4).find('\0') != bytes.npos || bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        std::ranges::copy_if(bytes, std::back_inserter(narrow), [](char c) { return c > 0; });
        bytes = narrow;
    }
    std::size_t at = 0;
    while ((at = bytes.find('<', at)) != bytes.npos) {
        const auto rest = bytes.substr(at);
        if (rest.starts_with("<!--")) at = bytes.find("-->", at);
        else if (rest.starts_with("<?") || rest.starts_with("<!")) at = bytes.find('>', at);
        else break;
        if (at == bytes.npos) return {};
    }
    if (at == bytes.npos) return {};
    const auto tag = bytes.substr(at + 1, bytes.find('>', at) - at - 1);
    const auto full = tag.substr(0, tag.find_first_of(" \t\r\n/"));
    const auto colon = full.find(':');
    const auto wanted = colon == full.npos ? std::string("xmlns") : "xmlns:" + std::string(full.substr(0, colon));
    RootName root{std::string(local(full)), {}};
    for (auto from = tag.find(wanted); from != tag.npos; from = tag.find(wanted, from + 1)) {
        const auto equals = tag.find_first_not_of(blanks, from + wanted.size());
        if (equals == tag.npos || tag[equals] != '=') continue;
        const auto quote = tag.find_first_of("\"'", equals);
        if (quote == tag.npos) break;
        root.space = tag.substr(quote + 1, tag.find(tag[quote], quote + 1) - quote - 1);
        break;
    }
    return root;
}

} // namespace sluse::xml
