// adapters/fhir/json_parse.cpp — the parser, without recursion, so that nesting costs no stack.
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/json_scan.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/equal.hpp"

#include <algorithm>
#include <array>

namespace sluse::fhir {
namespace {

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

    char peek() const { return at_ < text_.size() ? text_.data()[at_] : '\0'; }
    void blanks()
    {
        const auto* at = text_.data() + at_;
        const auto* const end = text_.data() + text_.size();
        while (at < end && static_cast<unsigned char>(*at) <= ' ' && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
        at_ = static_cast<std::size_t>(at - text_.data());
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
        std::uint64_t seen = 0;
        bool alike = false;
        for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child)) {
            const auto name = json_[child].name;
            names_.push_back(name);
            const auto mark = name.empty() ? 0u : (name.size() * 11 + static_cast<unsigned char>(name.front()) * 5u + static_cast<unsigned char>(name.back())) & 63;
            alike = alike || (seen >> mark & 1);
            seen |= std::uint64_t{1} << mark;
        }
        if (!alike) return; // each has a mark of its own
        if (names_.size() <= 12) {
            for (std::size_t i = 0; i < names_.size(); ++i)
                for (std::size_t k = i + 1; k < names_.size(); ++k)
                    if (equal_short(names_[i], names_[k])) return fail("a member stands twice in this object");
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
        } else if (c == '-' || is_digit(c)) {
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
        while (is_digit(peek())) ++at_;
        return at_ > start;
    }

    std::string_view string(bool& escaped)
    {
        if (peek() != '"') return fail(at_ < text_.size() ? "expected a string" : "the text ends too early"), std::string_view();
        const auto start = ++at_;
        while ((at_ = next_special(text_, at_)) < text_.size()) {
            const auto c = static_cast<unsigned char>(text_.data()[at_]);
            if (c == '"') return {text_.data() + start, at_++ - start};
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
        return std::ranges::all_of(text_.substr(from, 4), [](char c) { return hex_value(c) >= 0; });
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

} // namespace sluse::fhir
