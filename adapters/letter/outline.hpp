// adapters/letter/outline.hpp — a letter's elements in the order of its OIOXML schema, as the tables under schemas/maps/letter/outline/ list them.
#pragma once

#include "gateway/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::letter {

/// What an element holds.
enum class Content : std::uint8_t { elements, text, breakable, formatted };

/// An element's number is its place in schema order, so that siblings sort by it. 0 is the letter itself.
using ElementId = std::uint16_t;
constexpr ElementId no_element = 0xffff;

struct OutlineElement {
    std::string name;
    ElementId parent{};
    std::uint16_t min{}, max{1}; ///< max 0: any number
    Content content{Content::elements};
    std::string type; ///< "string..35", "date", "nytbrev|rettetbrev", as the table says
    std::vector<ElementId> children;
    ElementId end{}; ///< the first number after it and all below it
    bool beyond{}; ///< EDIFACT's alone: the schema has no such element
    /// The schema demands it, and nobody can do without: a day, a code, a number, or a group that must hold one. Texts are not: real
    /// letters lack names, addresses and comments.
    bool needed{};
};

class Outline {
public:
    /// Lines "path<tab>min<tab>max<tab>type" in schema order, '+' before the type of what only EDIFACT has; '#' begins a comment.
    static Result<Outline> read(std::string_view root, std::string_view table);

    const OutlineElement& operator[](ElementId id) const { return elements_.data()[id]; }
    std::size_t size() const { return elements_.size(); }
    /// "Letter/Identifier" below `from`; no_element when the schema has none.
    ElementId find(std::string_view path, ElementId from = 0) const;
    /// A child by name.
    ElementId child(ElementId of, std::string_view name) const;
    bool inside(ElementId id, ElementId ancestor) const;
    std::string path(ElementId id) const;

private:
    void find_needed();

    std::vector<OutlineElement> elements_;
};

} // namespace sluse::letter
