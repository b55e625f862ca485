// adapters/edifact/free_text.cpp — both ways of FTX text.
#include "adapters/edifact/free_text.hpp"

#include <algorithm>
#include <array>

namespace sluse::edifact {
namespace {

/// Format codes and the tags around text in them, outermost first. The first row is also what text without tags is written in.
struct Style {
    std::string_view code;
    std::array<std::string_view, 2> tags;
};
constexpr Style styles[] = {
    {"P00", {}},
    {"F00", {"FixedFont"}},
    {"F0H", {"FixedFont", "Right"}},
    {"F0M", {"FixedFont", "Center"}},
    {"FF0", {"FixedFont", "Bold"}},
    {"FU0", {"FixedFont", "Underline"}},
    {"FK0", {"FixedFont", "Italic"}},
    {"P0H", {"Right"}},
    {"P0M", {"Center"}},
    {"PF0", {"Bold"}},
    {"PU0", {"Underline"}},
    {"PK0", {"Italic"}},
};

const Style& style_of(std::string_view code)
{
    const auto* found = std::ranges::find(styles, code, &Style::code);
    return found == std::end(styles) ? styles[1] : *found; // unknown: fixed font, as MedCom reads it
}

constexpr std::size_t component_max = 70, components_max = 5;

std::size_t characters(std::string_view utf8)
{
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Text in one style, up to where the style or the line changes.
struct Run {
    std::string_view code;
    std::string text;
    bool ends_line{};
};

class Runs {
public:
    void read(xml::Element element, std::string_view outer, std::string_view inner)
    {
        element.each_part([&](std::string_view text) { add(text, code_of(outer, inner)); },
                          [&](xml::Element child) {
                              const auto name = child.name();
                              if (name == "Break") end_line(code_of(outer, inner));
                              else if (name == "Space") add(" ", code_of(outer, inner));
                              else if (outer.empty()) read(child, name, {});
                              else read(child, outer, name);
                          });
    }

    std::vector<Run> take() { return std::move(runs_); }

private:
    static std::string_view code_of(std::string_view outer, std::string_view inner)
    {
        if (!inner.empty() && outer != "FixedFont") std::swap(outer, inner);
        for (const auto& style : styles)
            if (style.tags[0] == outer && style.tags[1] == inner) return style.code;
        return inner.empty() ? "P00" : code_of(outer, {});
    }

    void add(std::string_view text, std::string_view code)
    {
        if (runs_.empty() || runs_.back().ends_line || runs_.back().code != code) runs_.push_back({code, {}, false});
        // Line ends in the XML are layout, unless the text is nothing but text.
        for (const char c : text) runs_.back().text += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    }

    void end_line(std::string_view code)
    {
        if (runs_.empty() || runs_.back().ends_line || runs_.back().code != code) runs_.push_back({code, {}, true});
        else runs_.back().ends_line = true;
    }

    std::vector<Run> runs_;
};

/// Where a component of at most `room` characters should end: after a blank when there is one. Bytes.
std::size_t break_at(std::string_view text, std::size_t room)
{
    std::size_t end = 0, good = 0, count = 0;
    for (; end < text.size() && count < room; ++count) {
        ++end;
        while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
        if (text[end - 1] == ' ') good = end;
    }
    return good ? good : end;
}

/// Without those at the end that are written and empty, which say nothing.
unsigned components_said(const Text& text, const Segment& segment, unsigned element)
{
    auto count = text.components_of(segment, element);
    while (count && text.raw(segment, element, count).empty()) --count;
    return count;
}

} // namespace

void append_text(const Text& text, const Segment& segment, unsigned element, unsigned component, std::string_view format, letter::Content content, TextRoom room, std::string& out)
{
    static constexpr std::string_view end_of_line = "<Break/>";
    const auto& style = style_of(format.empty() ? "P00" : format);
    const bool styled = content == letter::Content::formatted, broken = content != letter::Content::text;
    const auto count = components_said(text, segment, element);
    if (styled)
        for (const auto tag : style.tags)
            if (!tag.empty()) ((out += '<') += tag) += '>';
    for (auto n = component; n <= count; ++n) {
        const auto* const stands = text.component(segment, element, n);
        auto value = stands ? text.bytes.substr(stands->at, stands->size) : std::string_view();
        if (stands && stands->odd) value = text.plain(value, room.plain);
        const bool goes_on = value.ends_with('\\');
        if (goes_on) value.remove_suffix(1);
        else if (value == ".") value = {};
        if (stands && stands->odd) {
            room.utf8.clear();
            append_utf8(value, room.utf8);
            value = room.utf8;
        }
        if (broken) xml::append_escaped(out, value);
        else out += value;
        if (broken && !goes_on) out += end_of_line;
    }
    if (styled)
        for (auto tag = style.tags.rbegin(); tag != style.tags.rend(); ++tag)
            if (!tag->empty()) ((out += "</") += *tag) += '>';
}

bool continues(const Text& text, const Segment& segment, unsigned element)
{
    const auto count = components_said(text, segment, element);
    return count && text.raw(segment, element, count).ends_with('\\');
}

std::vector<TextSegment> split_text(xml::Element element, bool whole)
{
    Runs reader;
    reader.read(element, {}, {});
    const auto runs = reader.take();
    std::vector<TextSegment> out;
    const auto put = [&](std::string_view code, std::string text) {
        if (out.empty() || out.back().format != code || out.back().components.size() == components_max) {
            const bool ended = whole && !out.empty() && !out.back().components.back().ends_with('\\');
            if (ended) { // the end of that line begins the new segment
                auto& line = out.back().components.back();
                line = line == "." ? "\\" : line + '\\';
            }
            out.push_back({std::string(code), {}});
            if (ended) out.back().components.push_back(".");
        }
        out.back().components.push_back(std::move(text));
    };
    for (std::size_t i = 0; i < runs.size(); ++i) {
        std::string_view rest = runs[i].text;
        // The line goes on in another style: the last component too must say so.
        const bool goes_on = !runs[i].ends_line && i + 1 < runs.size();
        if (rest.empty() && runs[i].ends_line) {
            put(runs[i].code, ".");
            continue;
        }
        while (characters(rest) > component_max - (goes_on || whole ? 1u : 0u)) {
            const auto end = break_at(rest, component_max - 1);
            put(runs[i].code, std::string(rest.substr(0, end)) + '\\');
            rest.remove_prefix(end);
        }
        if (!rest.empty() || !goes_on) put(runs[i].code, std::string(rest) + (goes_on ? "\\" : ""));
    }
    return out;
}

} // namespace sluse::edifact
