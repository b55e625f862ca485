// gateway/normalise/source.hpp — what the map interpreter sees of a message: segments, fields, and the characters that divide them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sluse {

/// One segment; field n is fields[n-1], undivided. Views into the decoded message.
struct SourceSegment {
    std::string_view id;
    std::span<const std::string_view> fields;
    std::string_view field(unsigned n) const { return n >= 1 && n <= fields.size() ? fields[n - 1] : std::string_view{}; }
};

/// A decoded message of any format that has segments, repeated fields, components and sub-components (HL7 v2, EDIFACT). Nothing is
/// owned; the decoded message must outlive it. '\0' as a dividing character: not in use.
struct SourceMessage {
    std::span<const SourceSegment> segments;
    char repetition{'~'}, component{'^'}, subcomponent{'&'}, escape{'\\'};
    /// Appends text with the format's escapes undone.
    void (*unescape)(const void* self, std::string_view text, std::string& out){};
    const void* self{};
    std::string_view type;       ///< "ADT^A01": chooses the message map
    std::string_view event;      ///< "A01": `event=` in conditions
    std::string_view sender;     ///< Checked::system
    // Trees as segments (shape.hpp) have named fields and places of their own; else fields are told by number.
    std::span<const std::int32_t> parents{}; ///< by segment, the one it stands in, -1: none; empty: groups go by the order alone
    std::span<const std::uint8_t> repeats{}; ///< by segment, 1: a field of it repeats; given when a segment's fields are no slices of one text
    /// Appends the place of a segment (field 0) or field in the format's own terms.
    void (*place)(const void* self, std::size_t segment, unsigned field, std::string& out){};
    std::string_view (*field_name)(const void* self, std::size_t segment, unsigned field){};
};

} // namespace sluse
