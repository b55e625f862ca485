// adapters/xml/parse.cpp — the parser: tags by a table of name characters, text found 16 bytes at a time, references resolved where there are any.
#include "adapters/xml/parse.hpp"

#include "adapters/xml/names.hpp"
#include "gateway/base/equal.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluse::xml {
namespace {

constexpr std::size_t attributes_max = 256; ///< of one element; duplicates are looked for one by one

/// The end of a quoted value, or what in it is not to be taken as it stands: '<', '&', a control character.
std::size_t find_in_value(std::string_view text, std::size_t at, char quote)
{
#if defined(__SSE2__)
    const auto x = _mm_set1_epi8(quote), y = _mm_set1_epi8('<'), z = _mm_set1_epi8('&'), control = _mm_set1_epi8(0x1f);
    for (; at + 16 <= text.size(); at += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const auto marks = _mm_or_si128(_mm_cmpeq_epi8(block, x), _mm_or_si128(_mm_cmpeq_epi8(block, y), _mm_cmpeq_epi8(block, z)));
        const auto hit = _mm_or_si128(marks, _mm_cmpeq_epi8(_mm_min_epu8(block, control), block));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit))) return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    const auto special = [quote](char c) { return c == quote || c == '<' || c == '&' || static_cast<unsigned char>(c) < ' '; };
    while (at < text.size() && !special(text.data()[at])) ++at;
    return at;
}

/// The first of `a`, `b` and `c`, or the end.
std::size_t find_any(std::string_view text, std::size_t at, char a, char b, char c)
{
#if defined(__SSE2__)
    const auto x = _mm_set1_epi8(a), y = _mm_set1_epi8(b), z = _mm_set1_epi8(c);
    for (; at + 16 <= text.size(); at += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const auto hit = _mm_or_si128(_mm_cmpeq_epi8(block, x), _mm_or_si128(_mm_cmpeq_epi8(block, y), _mm_cmpeq_epi8(block, z)));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit))) return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    while (at < text.size() && text[at] != a && text[at] != b && text[at] != c) ++at;
    return at;
}

bool xml_character(std::uint32_t c)
{
    return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

char* put_utf8(std::uint32_t c, char* to)
{
    const auto put = [&](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
    if (c < 0x80) return put(c), to;
    if (c < 0x800) {
        put(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) put(0xe0 | c >> 12);
        else put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 63));
        put(0x80 | (c >> 6 & 63));
    }
    put(0x80 | (c & 63));
    return to;
}

class Parser {
public:
    Parser(std::string_view text, const ParseLimits& limits, Arena& arena, Cursor& cursor, ParseFault& fault)
        : text_(text), limits_(limits), arena_(arena), cursor_(cursor), fault_(fault), outside_(cursor.within)
    {
    }

    bool run()
    {
        while (at_ < text_.size())
            if (!(text_[at_] == '<' ? markup() : characters())) return false;
        return cursor_.within == outside_ || fail(at_, "not well-formed XML: the text ends before the end tag of an element");
    }

    Node* root() const { return root_; }

private:
    // What refuses a document is kept out of the way of what reads it.
    [[gnu::cold, gnu::noinline]] bool fail(std::size_t at, std::string text)
    {
        fault_ = {at, std::move(text)};
        return false;
    }
    [[gnu::cold, gnu::noinline]] bool broken(std::size_t at, const char* what) { return fail(at, std::string("not well-formed XML: ") + what); }
    [[gnu::cold, gnu::noinline]] bool beyond(std::size_t at, const char* what, std::size_t most, const char* unit)
    {
        return fail(at, what + std::to_string(most) + unit);
    }

    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_.data()[at_ + ahead] : '\0'; }
    bool follows(std::string_view word) const { return text_.substr(at_, word.size()) == word; }
    void blanks()
    {
        while (is(peek(), white)) ++at_;
    }

    bool characters()
    {
        const auto start = at_;
        at_ = find_any(text_, at_, '<', '&', '\r');
        auto run = text_.substr(start, at_ - start);
        if (at_ < text_.size() && text_[at_] != '<') {
            at_ = std::min(text_.find('<', at_), text_.size());
            if (!decoded(start, at_, false, run)) return false;
        }
        if (!cursor_.within) return outside(start, run);
        if (!run.empty()) cursor_.text(run, arena_);
        return room();
    }

    bool outside(std::size_t start, std::string_view run)
    {
        return std::ranges::all_of(run, [](char c) { return is(c, white); }) || fail(start, "text outside the root element");
    }

    bool room() { return arena_.nodes() <= limits_.nodes || beyond(at_, "more than ", limits_.nodes, " elements"); }

    /// Line ends as one LF (in an attribute every blank as a space) and references as what they stand for; never longer than what stands there.
    bool decoded(std::size_t from, std::size_t to, bool attribute, std::string_view& out)
    {
        char* const begin = arena_.text(to - from);
        char* end = begin;
        while (from < to) {
            const char c = text_[from++];
            if (c == '&') {
                if (!reference(from, to, end)) return false;
            } else if (c == '\r') {
                if (from < to && text_[from] == '\n') ++from;
                *end++ = attribute ? ' ' : '\n';
            } else {
                *end++ = attribute && (c == '\t' || c == '\n') ? ' ' : c;
            }
        }
        out = {begin, static_cast<std::size_t>(end - begin)};
        return true;
    }

    /// Behind an '&'.
    bool reference(std::size_t& from, std::size_t to, char*& out)
    {
        const auto rest = text_.substr(from, std::min<std::size_t>(to - from, 16));
        const auto name = rest.substr(0, std::min(rest.find(';'), rest.size()));
        static constexpr std::pair<std::string_view, char> known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
        const auto* found = name.size() < rest.size() ? std::ranges::find(known, name, &std::pair<std::string_view, char>::first) : std::end(known);
        std::uint32_t character = 0;
        if (found != std::end(known)) *out++ = found->second;
        else if (!name.starts_with('#')) return fail(from - 1, "an entity that only a DTD could define, or a bare '&': write &amp; for the character");
        else if (name.size() == rest.size() || !number(name.substr(1), character)) return broken(from - 1, "a reference to a character that XML does not have");
        else out = put_utf8(character, out);
        from += name.size() + 1;
        return true;
    }

    static bool number(std::string_view digits, std::uint32_t& out)
    {
        const bool hex = digits.starts_with('x');
        if (hex) digits.remove_prefix(1);
        out = 0;
        for (const char c : digits) {
            const bool decimal = c >= '0' && c <= '9', letter = hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
            if ((!decimal && !letter) || out > 0x10ffff) return false;
            out = out * (hex ? 16 : 10) + static_cast<std::uint32_t>(decimal ? c - '0' : (c | 32) - 'a' + 10);
        }
        return !digits.empty() && xml_character(out);
    }

    bool markup()
    {
        switch (peek(1)) {
        case '/': return end_tag();
        case '?': return instruction();
        case '!': return declaration();
        default: return start_tag();
        }
    }

    bool declaration()
    {
        if (follows("<!--")) return skip("<!--", "-->");
        if (follows("<![CDATA[") && cursor_.within) return character_data();
        if (follows("<!DOCTYPE")) return fail(at_, "a document type declaration is not allowed: leave it out");
        return broken(at_, "a declaration that has no place here");
    }

    bool instruction()
    {
        return is(peek(2), name_start) ? skip("<?", "?>") : broken(at_, "an instruction without a name");
    }

    bool skip(std::string_view open, std::string_view close)
    {
        const auto end = text_.find(close, at_ + open.size());
        if (end == text_.npos) return broken(at_, "a comment or instruction does not end");
        at_ = end + close.size();
        return true;
    }

    bool character_data()
    {
        const auto start = at_ + std::string_view("<![CDATA[").size();
        const auto end = text_.find("]]>", start);
        if (end == text_.npos) return broken(at_, "a CDATA section does not end");
        auto run = text_.substr(start, end - start);
        at_ = end + 3;
        if (run.find('\r') != run.npos) run = without_returns(run);
        if (!run.empty()) cursor_.text(run, arena_);
        return room();
    }

    std::string_view without_returns(std::string_view run)
    {
        char* const begin = arena_.text(run.size());
        char* end = begin;
        for (std::size_t i = 0; i < run.size(); ++i) {
            if (run[i] == '\r' && i + 1 < run.size() && run[i + 1] == '\n') continue;
            *end++ = run[i] == '\r' ? '\n' : run[i];
        }
        return {begin, static_cast<std::size_t>(end - begin)};
    }

    bool end_tag()
    {
        const auto start = at_ + 2;
        if (cursor_.within == outside_) return broken(start, "an end tag without its start tag");
        const auto name = cursor_.within->name;
        if (!equal_short(text_.substr(start, name.size()), name)) return broken(start, "the end tag is not the one of the element that is open");
        at_ = start + name.size();
        if (peek() != '>') blanks();
        if (peek() != '>') return broken(start, "the end tag is not the one of the element that is open");
        ++at_;
        cursor_.close();
        --depth_;
        return true;
    }

    /// The name here; `prefix`: how much of it is a prefix and its colon.
    std::string_view name(std::uint32_t& prefix)
    {
        const auto start = at_;
        if (is(peek(), name_start)) at_ = find_name_end(text_, start, prefix);
        return {text_.data() + start, at_ - start};
    }

    bool start_tag()
    {
        const auto start = at_++;
        std::uint32_t prefix = 0;
        const auto tag = name(prefix);
        if (tag.empty()) return broken(at_, "a '<' that begins no tag: write &lt; for the character");
        if (!cursor_.within && root_) return fail(start, "a second root element: send one document at a time");
        if (++depth_ > limits_.depth) return beyond(start, "elements nested more than ", limits_.depth, " deep");
        auto& node = cursor_.open(tag, arena_);
        node.prefix = prefix;
        if (node.local().empty()) return broken(start, "a tag without a name");
        if (!node.parent && !root_) root_ = &node;
        if (peek() != '>' && peek() != '/' && !attributes(node)) return false;
        const bool empty = peek() == '/';
        at_ += empty;
        if (peek() != '>') return broken(at_, "a start tag does not end");
        ++at_;
        if (empty) {
            cursor_.close();
            --depth_;
        }
        return room();
    }

    bool attributes(Node& node)
    {
        found_.clear();
        std::uint32_t prefix = 0; // asked for where it matters
        for (;;) {
            const auto before = at_;
            blanks();
            if (peek() == '>' || peek() == '/') break;
            Attribute one;
            one.name = name(prefix);
            if (one.name.empty() || at_ == before || before + one.name.size() == at_) return broken(at_, "a start tag with something in it that is no attribute");
            blanks();
            if (peek() != '=') return broken(at_, "an attribute without a value");
            ++at_;
            blanks();
            if (!quoted(one.value)) return false;
            if (std::ranges::find(found_, one.name, &Attribute::name) != found_.end()) return broken(before, "an attribute stands twice in one tag");
            if (found_.size() == attributes_max) return beyond(before, "more than ", attributes_max, " attributes in one tag");
            found_.push_back(one);
        }
        arena_.attributes(node, found_);
        return true;
    }

    bool quoted(std::string_view& out)
    {
        const char quote = peek();
        if (quote != '"' && quote != '\'') return broken(at_, "an attribute's value stands in no quotes");
        const auto start = ++at_;
        bool plain = true;
        for (auto end = find_in_value(text_, start, quote); end < text_.size(); end = find_in_value(text_, end + 1, quote)) {
            const char c = text_[end];
            if (c == '<') return broken(start, "a '<' in an attribute: write &lt; for the character");
            if (c == quote) {
                at_ = end + 1;
                out = text_.substr(start, end - start);
                return plain || decoded(start, end, true, out);
            }
            plain = plain && c != '&' && c != '\t' && c != '\n' && c != '\r';
        }
        return broken(start, "an attribute's value does not end");
    }

    std::string_view text_;
    const ParseLimits& limits_;
    Arena& arena_;
    Cursor& cursor_;
    ParseFault& fault_;
    Node* outside_;
    Node* root_{};
    std::size_t at_{};
    unsigned depth_{};
    std::vector<Attribute> found_;
};

} // namespace

void* Arena::in_new_block(std::size_t size)
{
    constexpr std::size_t block_min = 4'096, block_max = 1 << 20;
    const auto block = std::max(size, std::clamp(expected_, block_min, block_max));
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block)); // aligned for all that is made
    expected_ = block * 2;
    char* const out = blocks_.back().get();
    // A long text has its block to itself; what was begun goes on.
    if (block - size >= static_cast<std::size_t>(end_ - at_)) {
        at_ = out + size;
        end_ = out + block;
    }
    return out;
}

void Arena::attributes(Node& node, std::span<const Attribute> all)
{
    if (all.empty()) return;
    auto* const copies = static_cast<Attribute*>(allocate(all.size_bytes(), alignof(Attribute)));
    std::uninitialized_copy(all.begin(), all.end(), copies);
    node.attributes = copies;
    node.attribute_count = static_cast<std::uint32_t>(all.size());
}

Node* parse(std::string_view text, const ParseLimits& limits, Arena& arena, ParseFault& fault)
{
    Cursor cursor;
    Parser parser(text, limits, arena, cursor, fault);
    if (!parser.run()) return nullptr;
    if (!parser.root()) fault = {text.size(), "not well-formed XML: there is no element in it"};
    return parser.root();
}

bool parse_content(std::string_view text, const ParseLimits& limits, Arena& arena, Cursor& cursor)
{
    ParseFault fault;
    return Parser(text, limits, arena, cursor, fault).run();
}

} // namespace sluse::xml
