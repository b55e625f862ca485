// adapters/hl7v2/message.hpp — a decoded HL7 v2 message as views into its (UTF-8) text. HL7 v2.9 chapter 2.
#pragma once

#include "adapters/adapter.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::hl7v2 {

struct Delimiters {
    char field{'|'}, component{'^'}, repetition{'~'}, escape{'\\'}, subcomponent{'&'}, truncation{'\0'}; ///< '\0': not in use
};

/// One segment. field(1) is the first field after the name, except in MSH (FHS, BHS), where field(1) is the separator itself and
/// field(2) the encoding characters, as the standard counts.
struct Segment {
    std::string_view id;   ///< "PID"
    std::string_view text; ///< whole segment, without terminator
    std::uint32_t first{}; ///< index of its first field in the message's field table
    std::uint32_t count{}; ///< fields present
};

/// True for a line that begins a segment: a capital, two capitals or digits, then the separator or the end.
bool starts_segment(std::string_view line, char field_separator);

/// The n-th part (from 1) of `text` split at `separator`; empty when there is none. '\0' does not split.
std::string_view part(std::string_view text, char separator, unsigned n);

/// Result of one pass over the text: two flat tables, no allocation per field. The text is owned when it had to be transcoded,
/// else viewed. Movable.
struct Message : Decoded {
    Message() = default;
    Message(Message&&) = default; // `owned` lives on the heap, so that the views survive a move; a copy would view the original
    Message& operator=(Message&&) = default;

    std::string_view text;           ///< UTF-8
    std::string owned;               ///< holds text when transcoded
    Delimiters delimiters;
    std::vector<Segment> segments;   ///< as sent; [0] is MSH
    std::vector<std::string_view> fields; ///< all segments' fields one after another
    std::string charset;             ///< what it was decoded from
    bool mojibake{};                 ///< Danish letters look read in the wrong set
    std::uint32_t skipped{};         ///< segment lines that were no segments
    std::uint32_t first_skipped{};   ///< which line of the message the first of them is
    Issues issues;                   ///< what decoding had to forgive; warnings

    /// Raw field with repetitions, undivided; empty when absent.
    std::string_view field(const Segment& segment, unsigned n) const
    {
        return n >= 1 && n <= segment.count ? fields[segment.first + n - 1] : std::string_view{};
    }
    const Segment* find(std::string_view id) const; ///< first of that name
    /// The set that bytes written as \X..\ are in: what the text was decoded from, or what MSH-18 says of a text that is all ASCII.
    std::string escape_charset() const;
    /// Convenience for headers: "MSH-9.1" style access, first repetition, not unescaped.
    std::string_view value(std::string_view id, unsigned field, unsigned component = 1, unsigned subcomponent = 1) const;
};

/// What one message may hold; beyond it decode() faults, so that 16 bytes a field cannot become gigabytes.
struct Limits {
    static constexpr std::size_t segments_max = 50'000, fields_max = 500'000, segment_fields_max = 4'000, repetitions_max = 50'000;
};

/// Splits after finding the delimiters; `bytes` must outlive the message. Fault::where reads "MSH-2: what is wrong".
Result<Message> decode(std::string_view bytes, const SystemSettings& system);
/// The same into a used message, whose tables keep their room.
Result<void> decode(std::string_view bytes, const SystemSettings& system, Message& out);

/// Undoes \F\ \S\ \T\ \R\ \E\ \P\ \X..\ \.br\ and the rest (HL7 v2.9 §2.7) onto `out`; text without the escape character is appended
/// as it is. \X..\ are bytes of the message's character set; \M..\ changes to a multi-byte set up to the next change. Unknown or open
/// escapes stay verbatim; highlighting, single-byte changes of set and local (\Z) escapes vanish. Call it once, on a leaf.
void unescape(std::string_view text, const Message& message, std::string& out);
/// The same without a message: \X..\ is read as UTF-8 where it is that, else as windows-1252.
void unescape(std::string_view text, const Delimiters& delimiters, std::string& out);

} // namespace sluse::hl7v2
