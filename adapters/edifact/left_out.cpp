// adapters/edifact/left_out.cpp — what a letter in XML says that its EDIFACT does not, found by reading it back.
#include "adapters/edifact/letter_text.hpp"

#include <algorithm>
#include <map>

namespace sluse::edifact {
namespace {

constexpr std::size_t issues_max = 100;

bool is_markup(std::string_view name)
{
    static constexpr std::string_view names[] = {"Break", "Space", "Bold", "Italic", "Underline", "Center", "Right", "FixedFont"};
    return std::ranges::find(names, name) != std::end(names);
}

void append_words(xml::Element element, std::string& out)
{
    element.each_part([&](std::string_view text) { out += text; }, [&](xml::Element inner) { append_words(inner, out); });
}

/// As both forms keep a text: in ISO 8859-1, without blanks, and without the hyphens that dates and object numbers have in XML only.
std::string comparable(xml::Element element)
{
    std::string words, out;
    append_words(element, words);
    append_latin1(words, out);
    std::erase_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '-'; });
    return out == "_" ? std::string() : out;
}

/// Calls use(element, names on the way) with every element that holds a text and no other elements.
template <class Use> void each_text(xml::Element element, const std::string& way, Use&& use)
{
    const auto here = way + '/' + std::string(element.name());
    if (std::ranges::all_of(element, [](xml::Element child) { return is_markup(child.name()); })) return use(element, here);
    for (const auto child : element) each_text(child, here, use);
}

} // namespace

void find_left_out(xml::Element letter, xml::Element back, Issues& issues)
{
    std::map<std::pair<std::string, std::string>, unsigned> kept;
    each_text(back, {}, [&](xml::Element element, const std::string& way) { ++kept[{way, comparable(element)}]; });
    each_text(letter, {}, [&](xml::Element element, const std::string& way) {
        auto text = comparable(element);
        if (text.empty() || issues.size() >= issues_max) return;
        const auto found = kept.find({way, std::move(text)});
        if (found != kept.end() && found->second) --found->second;
        else issues.push_back({Severity::warning, IssueKind::unmapped, element.path(), "has no place in this letter's EDIFACT; it is left out"});
    });
}

} // namespace sluse::edifact
