// adapters/letter/outline.cpp — reading an outline's table.
#include "adapters/letter/outline.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluse::letter {
namespace {

std::array<std::string_view, 4> cells_of(std::string_view line)
{
    std::array<std::string_view, 4> cells;
    for (auto& cell : cells) {
        const auto tab = line.find('\t');
        cell = line.substr(0, tab);
        line.remove_prefix(tab == line.npos ? line.size() : tab + 1);
    }
    return cells;
}

std::uint16_t number(std::string_view text)
{
    std::uint16_t out = 0; // "unbounded" reads as 0
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

Content content_of(std::string_view type)
{
    if (type.empty()) return Content::elements;
    return type == "formatted" ? Content::formatted : type == "breakable" ? Content::breakable : Content::text;
}

/// What kind a number is, of whatever kind; what the schema of 2005 leaves open and that of 2007, of the same version, demands; and a whole
/// report's status, which is new in 2014, while its results have had theirs all along.
constexpr std::string_view dispensable[] = {"IdentifierCode", "TelephoneSubscriberCode", "ProducerOfLabResult", "ReportStatusCode"};

bool is_free_text(std::string_view type)
{
    const bool is_time = type.starts_with("/(([0-1]");
    return !is_time && (type.starts_with('/') || (type.find('|') == type.npos && type != "date" && type != "int" && type != "decimal" && type != "positiveInteger"));
}

} // namespace

Result<Outline> Outline::read(std::string_view root, std::string_view table)
{
    Outline out;
    out.elements_.push_back({std::string(root), no_element, 1, 1, Content::elements, {}, {}, 1});
    for (std::size_t number_of_line = 1; !table.empty(); ++number_of_line) {
        const auto end = table.find('\n');
        const auto line = table.substr(0, end);
        table.remove_prefix(end == table.npos ? table.size() : end + 1);
        if (line.empty() || line.starts_with('#')) continue;
        auto cells = cells_of(line);
        const bool beyond = cells[3].starts_with('+');
        if (beyond) cells[3].remove_prefix(1);
        const auto slash = cells[0].rfind('/');
        const auto parent = slash == cells[0].npos ? ElementId{0} : out.find(cells[0].substr(0, slash));
        const auto id = static_cast<ElementId>(out.elements_.size());
        if (parent == no_element || id == no_element || out.elements_[parent].end != id)
            return Fault{Errc::bad_config, std::string(root) + " outline, line " + std::to_string(number_of_line) + ": does not stand below its parent and what is in it"};
        for (auto around = parent; around != no_element; around = out.elements_[around].parent) out.elements_[around].end = static_cast<ElementId>(id + 1);
        out.elements_.push_back({std::string(slash == cells[0].npos ? cells[0] : cells[0].substr(slash + 1)), parent, number(cells[1]), number(cells[2]), content_of(cells[3]),
                                 std::string(cells[3]), {}, static_cast<ElementId>(id + 1), beyond});
        out.elements_[parent].children.push_back(id);
    }
    out.find_needed();
    return out;
}

void Outline::find_needed()
{
    if (elements_[0].name.ends_with("Receipt")) return; // which is understood as far as it goes
    for (auto element = elements_.rbegin(); element != elements_.rend(); ++element) { // what is below it first
        if (!element->min || std::ranges::find(dispensable, element->name) != std::end(dispensable)) continue;
        element->needed = element->children.empty() ? !is_free_text(element->type) : std::ranges::any_of(element->children, [&](ElementId id) { return elements_[id].needed; });
    }
}

ElementId Outline::child(ElementId of, std::string_view name) const
{
    for (const auto id : elements_[of].children)
        if (elements_[id].name == name) return id;
    return no_element;
}

ElementId Outline::find(std::string_view path, ElementId from) const
{
    while (!path.empty() && from != no_element) {
        const auto slash = path.find('/');
        from = child(from, path.substr(0, slash));
        path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
    }
    return from;
}

bool Outline::inside(ElementId id, ElementId ancestor) const
{
    while (id != no_element && id != ancestor) id = elements_[id].parent;
    return id == ancestor;
}

std::string Outline::path(ElementId id) const
{
    std::string out;
    for (; id != no_element && id != 0; id = elements_[id].parent) out = out.empty() ? elements_[id].name : elements_[id].name + '/' + out;
    return out;
}

} // namespace sluse::letter
