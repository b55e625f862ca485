// adapters/xml/document.cpp — bytes to a document: character sets, limits, and where in the text a refusal points.
#include "adapters/xml/document.hpp"

#include "adapters/xml/held.hpp"
#include "adapters/xml/parse.hpp"
#include "gateway/base/scan.hpp"
#include "gateway/normalise/charset.hpp"

#include <algorithm>
#include <bit>

namespace sluse::xml {
namespace {

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

} // namespace

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
    held->arena.emplace(text.size() * 3); // a laboratory report's nodes are three times its text
    ParseFault fault;
    held->root = xml::parse(text, {limits.depth, limits.nodes}, *held->arena, fault);
    if (!held->root) {
        parsed.issue = refuse(text, fault.at, std::move(fault.text));
        return parsed;
    }
    parsed.document = std::unique_ptr<Document>(new Document(std::move(held)));
    return parsed;
}

/// Below `parent`, whose own namespace is ours.
static void take_out_below(Node& parent, std::span<const std::string_view> ours, std::vector<Document::Foreign>& out)
{
    for (Node** link = &parent.first; *link;) {
        auto& node = **link;
        const Element element(&node);
        if (!node.is_run() && !element.shares_space() && std::ranges::find(ours, element.space()) == ours.end()) {
            out.push_back({element.path(), std::string(element.space())});
            *link = node.next;
            continue;
        }
        take_out_below(node, ours, out); // no deeper than documents are
        link = &node.next;
    }
}

std::vector<Document::Foreign> Document::take_out(std::span<const std::string_view> ours)
{
    std::vector<Foreign> out;
    take_out_below(*held_->root, ours, out);
    return out;
}

Element Document::root() const { return Element(held_->root); }

std::string Document::place(Element element) const
{
    const auto* name = element.node_ ? element.node_->name.data() : nullptr;
    const auto* begin = held_->text.data();
    const bool read = name && std::less<>()(begin, name) && std::less<>()(name, begin + held_->text.size());
    return line_and_column(held_->text, read ? static_cast<std::size_t>(name - begin) - 1 : 0);
}

const std::string& Document::charset() const { return held_->charset; }

/// The first of what is written otherwise, and of all control characters; the text's size when there is none.
static std::size_t find_special(std::string_view text)
{
#if defined(__SSE2__)
    auto found = text.size();
    const auto marked = [](__m128i block) {
        const auto is = [&](char c) { return _mm_cmpeq_epi8(block, _mm_set1_epi8(c)); };
        const auto last_control = _mm_set1_epi8(0x1f), control = _mm_cmpeq_epi8(_mm_max_epu8(block, last_control), last_control);
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(is('&'), is('<')), _mm_or_si128(_mm_or_si128(is('>'), is('"')), control))));
    };
    each_block(text, 0, marked, [&](unsigned bits, std::size_t at) {
        found = at + static_cast<std::size_t>(std::countr_zero(bits));
        return false;
    });
    return found;
#else
    const auto special = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '&' || c == '<' || c == '>' || c == '"'; };
    return static_cast<std::size_t>(std::ranges::find_if(text, special) - text.begin());
#endif
}

void append_escaped(std::string& out, std::string_view text)
{
    for (;;) { // runs of plain text go as a whole
        const auto plain = find_special(text);
        out.append(text.substr(0, plain));
        if (plain == text.size()) return;
        switch (text[plain]) {
        case '\t':
        case '\n':
        case '\r': out += text[plain]; break;
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
    RootName root{std::string(colon == full.npos ? full : full.substr(colon + 1)), {}};
    for (auto from = tag.find(wanted); from != tag.npos; from = tag.find(wanted, from + 1)) {
        const auto equals = tag.find_first_not_of(" \t\r\n", from + wanted.size());
        if (equals == tag.npos || tag[equals] != '=') continue;
        const auto quote = tag.find_first_of("\"'", equals);
        if (quote == tag.npos) break;
        root.space = tag.substr(quote + 1, tag.find(tag[quote], quote + 1) - quote - 1);
        break;
    }
    return root;
}

} // namespace sluse::xml
