// adapters/fhir/json.cpp — the parser, without recursion, so that nesting costs no stack.
#include "adapters/fhir/json.hpp"

#include <algorithm>
#include <array>
#include <bit>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluse::fhir {
namespace {

bool digit(char c)
{
    return c >= '0' && c <= '9';
}

int hex_digit(char c)
{
    return digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Length of the valid UTF-8 sequence at the front, 0 when there is none.
std::size_t utf8_length(std::string_view text)
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = at(0);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (length == 0 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((at(i) & 0xc0) != 0x80) return 0;
    if ((lead == 0xe0 && at(1) < 0xa0) || (lead == 0xed && at(1) > 0x9f) || (lead == 0xf0 && at(1) < 0x90) || (lead == 0xf4 && at(1) > 0x8f)) return 0;
    return length;
}

/// The first character of a string that is no plain ASCII: its end, an escape, a control character, or part of a longer sequence.
std::size_t next_special(std::string_view text, std::size_t at)
{
#if defined(__SSE2__)
    const auto quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(' ');
    for (; at + 16 <= text.size(); at += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        // Signed: what is below a blank is a control character, or 0x80 and above.
        const auto hit = _mm_or_si128(_mm_cmplt_epi8(block, blank), _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit))) return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    const auto special = [](char c) { return c == '"' || c == '\\' || static_cast<signed char>(c) < ' '; };
    while (at < text.size() && !special(text[at])) ++at;
    return at;
}

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

std::uint32_t hex4(std::string_view text)
{
    std::uint32_t value = 0;
    for (const char c : text.substr(0, 4)) value = value << 4 | static_cast<std::uint32_t>(hex_digit(c));
    return value;
}

} // namespace

class JsonParser {
public:
    explicit JsonParser(std::string_view text) : text_(text) { json_.nodes_.reserve(text.size() / 24 + 8); }

    Result<Json> run()
    {
        if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
        value({});
        while (!error_ && depth_ > 0) step();
        blanks();
        if (!error_ && at_ < text_.size()) fail("text follows the end of the value");
        if (error_) return fault();
        return std::move(json_);
    }

private:
    struct Open {
        std::uint32_t node;
        bool object;
    };

    void fail(const char* what)
    {
        if (error_) return;
        error_ = what;
        error_at_ = std::min(at_, text_.size());
    }

    Fault fault() const
    {
        const auto before = text_.substr(0, error_at_);
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        const auto column = before.size() - (before.rfind('\n') + 1) + 1; // npos + 1 is 0
        return {Errc::bad_message, "line " + std::to_string(line) + " column " + std::to_string(column) + ": " + error_};
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void blanks()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
    }

    /// Between two values of the innermost open array or object.
    void step()
    {
        const auto [node, object] = open_[depth_ - 1];
        const bool first = json_.nodes_.size() == node + 1u;
        blanks();
        if (peek() == (object ? '}' : ']')) {
            ++at_;
            close(node);
            return;
        }
        if (!first) {
            if (peek() != ',') return fail(object ? "expected a comma or }" : "expected a comma or ]");
            ++at_;
            blanks();
        }
        if (!object) return value({});
        bool escaped = false;
        const auto name = string(escaped);
        blanks();
        if (!error_ && escaped) fail("an escape in a member's name"); // FHIR's names need none; readers would differ on what it is
        if (!error_ && peek() != ':') fail("expected a colon after the member's name");
        ++at_;
        if (!error_) value(name);
    }

    void close(std::uint32_t node)
    {
        auto& one = json_.nodes_[node];
        one.next = static_cast<std::uint32_t>(json_.nodes_.size());
        one.text = text_.substr(starts_[depth_ - 1], at_ - starts_[depth_ - 1]);
        --depth_;
        if (one.kind == JsonKind::object) no_member_twice(node);
    }

    /// Readers differ in which of two equal members they believe; a message must not mean two things.
    void no_member_twice(std::uint32_t node)
    {
        names_.clear();
        for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child)) names_.push_back(json_[child].name);
        if (names_.size() <= 12) {
            for (std::size_t i = 0; i < names_.size(); ++i)
                for (std::size_t k = i + 1; k < names_.size(); ++k)
                    if (names_[i] == names_[k]) return fail("a member stands twice in this object");
            return;
        }
        std::ranges::sort(names_);
        if (std::ranges::adjacent_find(names_) != names_.end()) fail("a member stands twice in this object");
    }

    void value(std::string_view name)
    {
        blanks();
        if (json_.nodes_.size() == JsonLimits::nodes_max) return fail("more than 1000000 values");
        const auto node = static_cast<std::uint32_t>(json_.nodes_.size());
        const auto start = at_;
        JsonNode one{name, {}, node + 1, JsonKind::null, false};
        const char c = peek();
        if (c == '{' || c == '[') {
            if (depth_ == JsonLimits::depth_max) return fail("nested deeper than 64 levels");
            one.kind = c == '{' ? JsonKind::object : JsonKind::array;
            json_.nodes_.push_back(one);
            starts_[depth_] = at_++;
            open_[depth_++] = {node, c == '{'};
            return;
        }
        if (c == '"') {
            one.kind = JsonKind::string;
            one.text = string(one.escaped);
        } else if (c == '-' || digit(c)) {
            one.kind = JsonKind::number;
            number();
        } else if (!literal("true") && !literal("false") && !literal("null")) {
            return fail(at_ < text_.size() ? "expected a value" : "the text ends too early");
        } else {
            one.kind = text_[start] == 'n' ? JsonKind::null : JsonKind::boolean;
        }
        if (one.kind != JsonKind::string) one.text = text_.substr(start, at_ - start);
        json_.nodes_.push_back(one);
    }

    bool literal(std::string_view word)
    {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    void number()
    {
        if (peek() == '-') ++at_;
        if (peek() == '0') ++at_;
        else if (!digits()) return fail("a number without digits");
        if (peek() == '.') {
            ++at_;
            if (!digits()) return fail("a number without digits after its point");
        }
        if (peek() != 'e' && peek() != 'E') return;
        ++at_;
        if (peek() == '+' || peek() == '-') ++at_;
        if (!digits()) fail("a number without digits in its exponent");
    }

    bool digits()
    {
        const auto start = at_;
        while (digit(peek())) ++at_;
        return at_ > start;
    }

    std::string_view string(bool& escaped)
    {
        if (peek() != '"') return fail(at_ < text_.size() ? "expected a string" : "the text ends too early"), std::string_view();
        const auto start = ++at_;
        while ((at_ = next_special(text_, at_)) < text_.size()) {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') return text_.substr(start, at_++ - start);
            if (c == '\\') {
                escaped = true;
                if (!escape()) return fail("an escape that JSON does not know"), std::string_view();
            } else if (c < 0x20) {
                return fail("a control character in a string"), std::string_view();
            } else {
                const auto length = utf8_length(text_.substr(at_));
                if (length == 0) return fail("bytes that are not UTF-8"), std::string_view();
                at_ += length;
            }
        }
        fail("a string that does not end");
        return {};
    }

    bool hex_at(std::size_t from) const
    {
        if (from + 4 > text_.size()) return false;
        return std::ranges::all_of(text_.substr(from, 4), [](char c) { return hex_digit(c) >= 0; });
    }

    bool escape()
    {
        const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (c != 'u') {
            at_ += 2;
            return c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
        }
        if (!hex_at(at_ + 2)) return false;
        const auto unit = hex4(text_.substr(at_ + 2));
        at_ += 6;
        if (unit < 0xd800 || unit > 0xdfff) return true;
        // A surrogate stands for half a character; alone it stands for nothing.
        if (unit > 0xdbff || !text_.substr(at_).starts_with("\\u") || !hex_at(at_ + 2)) return false;
        const auto low = hex4(text_.substr(at_ + 2));
        at_ += 6;
        return low >= 0xdc00 && low <= 0xdfff;
    }

    std::string_view text_;
    std::size_t at_{};
    const char* error_{};
    std::size_t error_at_{};
    Json json_;
    std::size_t depth_{};
    std::array<Open, JsonLimits::depth_max> open_{};
    std::array<std::size_t, JsonLimits::depth_max> starts_{};
    std::vector<std::string_view> names_;
};

Result<Json> Json::parse(std::string_view text)
{
    return JsonParser(text).run();
}

std::uint32_t Json::find(std::uint32_t object, std::string_view name) const
{
    if (object == none || nodes_[object].kind != JsonKind::object || name.empty()) return none;
    const auto* const all = nodes_.data();
    for (auto child = object + 1; child < all[object].next; child = all[child].next)
        if (const auto& other = all[child].name; other.size() == name.size() && other.front() == name.front() && other == name) return child;
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

void append_without_blanks(std::string_view text, std::string& out)
{
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == '"') {
            i = next_special(text, i + 1);
            while (i < text.size() && text[i] != '"') i = next_special(text, i + (text[i] == '\\' ? 2 : 1));
            ++i;
        } else if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            out.append(text.substr(start, i - start));
            while (i < text.size() && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t')) ++i;
            start = i;
        } else {
            ++i;
        }
    }
    if (start < text.size()) out.append(text.substr(start));
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
