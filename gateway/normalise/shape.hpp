// gateway/normalise/shape.hpp — how a tree (XML) becomes segments with named fields, so that the same maps serve it: segments.tsv compiled.
#pragma once

#include "gateway/base/equal.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// How a field's text is read from its element.
enum class FieldKind : std::uint8_t {
    text,    ///< the element's text; of mixed content all of it, line breaks and paragraphs as line ends
    narrative, ///< the same, runs of blanks as one
    time,    ///< Date and Time below it, or an XML dateTime or date, as YYYYMMDD[HHMM[SS]][+ZZZZ]
    flag,    ///< XML boolean as Y or N
    decimal, ///< a decimal comma as a point
    data,    ///< base64 without blanks
    uuid,    ///< 32 hex digits get their hyphens; lower case
};

/// Compiled segments.tsv. Elements that open no segment and are no field are looked through.
struct SourceShape {
    struct Field {
        std::string name, path; ///< path below the segment's element, for issues: "Signed/Date"
        FieldKind kind{};
    };
    /// One element (or "@attribute") on the way to fields.
    struct Step {
        std::string name;
        std::vector<std::uint16_t> children;
        std::uint8_t field{}; ///< 0: none
        FieldKind kind{};
    };
    /// A field copied from another segment, which a key field names by its number, or else by its place among its kind.
    struct Lookup {
        std::uint8_t field{}, key{};
        std::uint16_t segment{};          ///< looked up among those whose element stands in an element around this one
        std::uint8_t source{}, number{};  ///< number 0: by place only
    };
    /// A set of fields that one or more segments have.
    struct Fields {
        std::string name;
        std::vector<Field> fields; ///< field n is fields[n-1]
        std::vector<Lookup> lookups;
        std::vector<Step> steps;   ///< [0] is the segment's element itself
        /// Number of a field; 0: there is none of that name.
        std::uint8_t number(std::string_view field) const;
        const Step* child(const Step& step, std::string_view name) const
        {
            std::size_t after = 0;
            return child(step, name, after);
        }
        /// Asked first whether it is the one `after` says, which is then the one behind it: elements mostly come in their order.
        const Step* child(const Step& step, std::string_view name, std::size_t& after) const;
    };
    struct Segment {
        std::string name;
        std::uint16_t fields{};
    };
    /// An element name that opens a segment where it stands below `above` (innermost first).
    struct Opener {
        std::vector<std::string> above;
        std::uint16_t segment{};
    };
    std::vector<Fields> field_sets;
    std::vector<Segment> segments;
    /// All of one element name, longest way first.
    struct Openers {
        std::string name;
        std::vector<Opener> all;
    };
    std::array<std::vector<Openers>, 256> openers; ///< by mark of their name: most elements open nothing
    std::vector<std::string> fillers;              ///< texts that stand for nothing ("_")
    std::size_t filler_max{};                      ///< the longest one's size

    static std::size_t mark(std::string_view name)
    {
        return name.empty() ? 0 : (name.size() * 7 + static_cast<unsigned char>(name.front()) * 31u + static_cast<unsigned char>(name.back())) & 255;
    }
    const std::vector<Opener>* openers_of(std::string_view name) const
    {
        for (const auto& one : openers[mark(name)])
            if (equal_short(one.name, name)) return &one.all;
        return nullptr;
    }
    bool is_filler(std::string_view text) const
    {
        if (text.size() > filler_max) return false;
        for (const auto& filler : fillers)
            if (text == filler) return true;
        return false;
    }

    const Segment* segment(std::string_view name) const;
    int field_set(std::string_view name) const; ///< -1: none
};

inline const SourceShape::Step* SourceShape::Fields::child(const Step& step, std::string_view name, std::size_t& after) const
{
    const auto count = step.children.size();
    const auto* const children = step.children.data();
    const auto* const all = steps.data();
    if (after >= count) after = 0;
    for (auto i = after; count > 0;) {
        const auto& found = all[children[i]];
        if (equal_short(found.name, name)) {
            after = i + 1;
            return &found;
        }
        if (++i == count) i = 0;
        if (i == after) return nullptr;
    }
    return nullptr;
}

} // namespace sluse
