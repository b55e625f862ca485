// tests/fuzz/xml.cpp — any text through the XML reader and through pugixml: what the reader takes, pugixml takes too, and reads the same in it.
#include "adapters/xml/document.hpp"
#include "adapters/xml/fragments.hpp"
#include "adapters/xml/parse.hpp"
#include "gateway/normalise/charset.hpp"

#include <cstdlib>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

// Elements, attributes and text in order; where one run of text ends and the next begins is left out.
void dump(const sluse::xml::Node& node, std::string& out)
{
    (out += '<') += node.name;
    for (const auto& attribute : node.all_attributes()) (((out += ' ') += attribute.name) += '=') += attribute.value;
    (out += '>') += node.text;
    for (const auto* child = node.first; child; child = child->next) {
        require(child->parent == &node);
        if (child->is_run()) out += child->text;
        else dump(*child, out);
        out += child->tail;
    }
    out += "</>";
}

void dump(const pugi::xml_node& node, std::string& out)
{
    (out += '<') += node.name();
    for (const auto& attribute : node.attributes()) (((out += ' ') += attribute.name()) += '=') += attribute.value();
    out += '>';
    for (const auto& child : node.children()) {
        if (child.type() == pugi::node_element) dump(child, out);
        else out += child.value();
    }
    out += "</>";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace sluse;
    const std::string text(reinterpret_cast<const char*>(data), size);
    // The walk through a large document only sees what the reader takes, and ends.
    static const std::string names[] = {"a", "Unit"};
    const auto whole = [](xml::Element element, std::size_t depth, std::size_t line) { require(element && depth > 0 && line > 0); };
    xml::each_fragment(text, names, whole);
    const auto document = xml::Document::parse(text);
    require(document ? document.issue.text.empty() : !document.issue.path.empty());
    if (document) {
        // Written and read again it is the same, once control characters are gone.
        const auto again = xml::Document::parse(document.document->root().xml());
        require(static_cast<bool>(again));
        const auto written = again.document->root().xml();
        const auto third = xml::Document::parse(written);
        require(third && third.document->root().xml() == written);
    }
    if (!valid_utf8(text) || text.find('\0') != text.npos) return 0;
    xml::Arena arena(text.size());
    xml::ParseFault fault;
    const auto* root = xml::parse(text, {.depth = 200, .nodes = 100'000}, arena, fault);
    require(root || (fault.at <= text.size() && !fault.text.empty()));
    if (!root) return 0;
    pugi::xml_document reference;
    constexpr auto flags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_wconv_attribute | pugi::parse_eol | pugi::parse_doctype | pugi::parse_ws_pcdata;
    require(reference.load_buffer(text.data(), text.size(), flags, pugi::encoding_utf8));
    std::string ours, theirs;
    dump(*root, ours);
    dump(reference.document_element(), theirs);
    require(ours == theirs);
    return 0;
}
