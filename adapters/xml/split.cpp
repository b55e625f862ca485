// adapters/xml/split.cpp — where one XML document ends and the next begins, in files that hold several.
#include "adapters/xml/split.hpp"

#include <algorithm>

namespace sluse::xml {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view declaration = "<?xml";

bool declares(std::string_view text)
{
    return text.starts_with(declaration) && text.size() > declaration.size() && blanks.find(text[declaration.size()]) != blanks.npos;
}

/// After `mark`, or npos.
std::size_t after(std::string_view bytes, std::size_t from, std::string_view mark)
{
    const auto found = bytes.find(mark, from);
    return found == bytes.npos ? found : found + mark.size();
}

/// After the '>' of the tag that begins at `at`; one within quotes is none.
std::size_t end_of_tag(std::string_view bytes, std::size_t at)
{
    for (char quote = 0; at < bytes.size(); ++at) {
        const char c = bytes[at];
        if (quote != 0) quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'') quote = c;
        else if (c == '>') return at + 1;
    }
    return bytes.npos;
}

/// After a comment, an instruction or a declaration that begins at `at`; `at` itself when it is an element's tag.
std::size_t past_other(std::string_view bytes, std::size_t at)
{
    const auto rest = bytes.substr(at);
    if (rest.starts_with("<!--")) return after(bytes, at + 4, "-->");
    if (rest.starts_with("<![CDATA[")) return after(bytes, at + 9, "]]>");
    if (rest.starts_with("<?")) return after(bytes, at + 2, "?>");
    if (rest.starts_with("<!")) return end_of_tag(bytes, at);
    return at;
}

/// What may follow the root and still be of its document.
std::size_t with_trailer(std::string_view bytes, std::size_t end)
{
    for (;;) {
        const auto next = bytes.find_first_not_of(blanks, end);
        if (next == bytes.npos) return end;
        const auto rest = bytes.substr(next);
        if (!rest.starts_with("<!--") && (!rest.starts_with("<?") || declares(rest))) return end;
        const auto past = past_other(bytes, next);
        if (past == bytes.npos) return end;
        end = past;
    }
}

std::size_t next_declaration(std::string_view bytes)
{
    for (auto at = bytes.find(declaration, 1); at != bytes.npos; at = bytes.find(declaration, at + 1))
        if ((bytes[at - 1] == '\n' || bytes[at - 1] == '\r') && declares(bytes.substr(at))) return at;
    return bytes.size();
}

} // namespace

std::size_t end_of_document(std::string_view bytes)
{
    std::size_t depth = 0;
    for (auto at = bytes.find('<'); at != bytes.npos; at = bytes.find('<', at)) {
        if (const auto past = past_other(bytes, at); past != at) {
            if (past == bytes.npos) return past;
            at = past;
            continue;
        }
        const auto end = end_of_tag(bytes, at);
        if (end == bytes.npos) return end;
        const bool closes = bytes[at + 1] == '/', empty = bytes[end - 2] == '/';
        if (closes && depth <= 1) return with_trailer(bytes, end);
        if (empty && depth == 0) return with_trailer(bytes, end);
        if (closes) --depth;
        else if (!empty) ++depth;
        at = end;
    }
    return bytes.npos;
}

std::vector<std::string_view> split_documents(std::string_view bytes)
{
    std::vector<std::string_view> out;
    for (auto rest = bytes; !rest.empty();) {
        auto end = end_of_document(rest);
        if (end == rest.npos) end = next_declaration(rest);
        auto one = rest.substr(0, end);
        rest.remove_prefix(end);
        const auto first = one.find_first_not_of(blanks);
        if (first == one.npos) continue;
        one.remove_prefix(first);
        if (!out.empty() && one[0] != '<') return {bytes};
        out.push_back(one.substr(0, one.find_last_not_of(blanks) + 1));
    }
    if (out.size() < 2) return {bytes};
    return out;
}

} // namespace sluse::xml
