// adapters/letter/identity.cpp — a letter's content in one canonical text, whichever syntax it came in.
#include "adapters/letter/letter.hpp"

namespace sluse::letter {
namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Runs of blanks count as one, and none at the ends: the syntaxes break their lines differently.
void append_words(std::string_view text, std::string& out)
{
    bool apart = false, any = false;
    for (const char c : text) {
        if (is_blank(c)) {
            apart = any;
            continue;
        }
        if (apart) out += ' ';
        if (!any) out += '"';
        out += c;
        apart = false;
        any = true;
    }
}

/// Elements that say something by being there.
bool speaks_empty(std::string_view name)
{
    return name == "Break" || name == "Space";
}

/// Base64, which XML may break anywhere and EDIFACT does not know.
void append_object(std::string_view text, std::string& out)
{
    for (const char c : text)
        if (!is_blank(c)) out += c;
}

void append_content(xml::Element element, std::string& out)
{
    const auto start = out.size();
    (out += '<') += element.name();
    const auto inside = out.size();
    auto end = inside; // what a text ends with but its last line's break
    element.each_part(
        [&](std::string_view text) {
            const auto before = out.size();
            if (element.name() == "Object_Base64Encoded") append_object(text, out);
            else append_words(text, out);
            if (out.size() > before) end = out.size();
        },
        [&](xml::Element inner) {
            const auto before = out.size();
            append_content(inner, out);
            if (out.size() > before && inner.name() != "Break") end = out.size();
        });
    out.resize(end);
    if (out.size() == inside && !speaks_empty(element.name())) out.resize(start);
    else out += '>';
}

} // namespace

std::string identity(std::string_view message, const Checked& checked)
{
    const auto* decoded = dynamic_cast<const Letter*>(checked.decoded.get());
    std::string out;
    if (decoded) out.reserve(message.size());
    if (decoded)
        for (auto letter = decoded->letter(); letter; letter = Letter::after(letter)) append_content(letter, out);
    return out.empty() ? std::string(message) : out;
}

} // namespace sluse::letter
