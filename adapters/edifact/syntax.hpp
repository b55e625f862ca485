// adapters/edifact/syntax.hpp — EDIFACT (ISO 9735 version 3, as MedCom uses it) as views: interchanges, letters, segments, elements, components.
#pragma once

#include "gateway/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::edifact {

/// The five service characters; UNA names them, without it these are in force.
struct Marks {
    char component{':'}, element{'+'}, decimal{'.'}, release{'?'}, terminator{'\''};
};

/// Stands for a tag that is none; a letter with one is refused.
constexpr std::string_view no_tag = "???";

/// One segment. Elements count from 1 and components from 1, as the standard does; element 0 is the tag itself.
struct Segment {
    std::string_view tag;
    std::uint32_t first{};   ///< of its components in Text::components
    std::uint32_t count{};   ///< how many
    std::uint32_t at{};      ///< byte offset of the tag
    std::uint32_t number{};  ///< within its letter, UNH being 1; 0 outside letters
    std::uint32_t word{};    ///< the tag's three characters as a number
    std::string_view binary; ///< UNO: the payload
};

/// A tag as Segment::word has it.
constexpr std::uint32_t tag_word(const char (&tag)[4])
{
    const auto byte = [&](int i) { return std::uint32_t{static_cast<unsigned char>(tag[i])} << i * 8; };
    return byte(0) | byte(1) | byte(2);
}

/// A component as it stands in the bytes, release characters and line ends included.
struct Component {
    std::uint32_t at{}, size{}, element{};
    bool odd{}; ///< not ASCII that stands for itself: holds a release character, a control character or a byte above
};

/// What is wrong and where. `interchange`: the whole of it is refused, not only a letter.
struct Trouble {
    Severity severity{Severity::error};
    IssueKind kind{IssueKind::sequence};
    bool interchange{};
    std::uint32_t segment{}; ///< its number within the letter, 0: outside
    std::string tag;
    std::uint32_t element{}, component{};
    std::size_t at{}; ///< byte offset in the message
    std::string text; ///< for people; never a value from the letter

    /// "NAD[6]-1.1": tag, number within the letter, element and component, as far as they are known.
    std::string place() const;
    Issue issue() const;
};
using Troubles = std::vector<Trouble>;

/// The segments of some bytes. Views and offsets into them; nothing is copied.
struct Text {
    std::string_view bytes;
    Marks marks;
    bool has_una{};
    std::vector<Segment> segments;
    std::vector<Component> components;

    /// Null when it is absent.
    const Component* component(const Segment& segment, unsigned element, unsigned component = 1) const
    {
        if (element == 0 || element > segment.count) return nullptr;
        const auto* const end = components.data() + segment.first + segment.count;
        const auto* c = components.data() + segment.first + element - 1; // an element has one at least
        while (c != end && c->element < element) ++c;
        return static_cast<std::size_t>(end - c) >= component && c[component - 1].element == element ? c + component - 1 : nullptr;
    }
    /// A component's bytes as they stand; empty when it is absent.
    std::string_view raw(const Segment& segment, unsigned element, unsigned component = 1) const
    {
        if (element == 0) return segment.tag;
        const auto* const found = this->component(segment, element, component);
        return found ? std::string_view{bytes.data() + found->at, found->size} : std::string_view{};
    }
    /// Without release characters and line ends. A view into the bytes when there are none, else into `scratch`.
    std::string_view value(const Segment& segment, unsigned element, unsigned component, std::string& scratch) const;
    std::string_view plain(std::string_view raw, std::string& scratch) const;
    /// How many elements the segment has, and components the element.
    unsigned elements(const Segment& segment) const;
    unsigned components_of(const Segment& segment, unsigned element) const;
    /// Where a component begins, or where it would.
    std::size_t offset(const Segment& segment, unsigned element, unsigned component) const;
    Trouble trouble(const Segment& segment, unsigned element, unsigned component, IssueKind kind, std::string text) const;
};

/// Cuts `bytes` from `from` on into segments until UNZ is read, a second UNB begins, or the bytes end. Returns where it stopped;
/// what is illegal in the syntax goes to `troubles`, and the first fatal one ends the reading.
std::size_t read_segments(std::string_view bytes, std::size_t from, Text& out, Troubles& troubles);

struct Letter {
    std::uint32_t first{}, last{}; ///< segments UNH and UNT
    Troubles troubles;
    bool refused() const;
};

/// One interchange: UNB … UNZ.
struct Interchange {
    Text text;
    std::size_t begin{}, end{}; ///< bytes, UNA included
    std::uint32_t unb{}, unz{}; ///< segments; valid when there is no trouble with the interchange
    bool has_unb{};
    bool letter_unended{}; ///< no UNT ends a letter: the receipt names it
    std::vector<Letter> letters;
    Troubles troubles;    ///< of the interchange as such
    bool refused() const; ///< as a whole
};

/// Reads one interchange from `from` on: counts, references and nesting are checked.
Interchange read_interchange(std::string_view bytes, std::size_t from = 0);

/// Of the segments from `first` to `last`: bytes that ISO 8859-1 does not print or that look like UTF-8 are told once of each kind. A control
/// character in a text is left out and told; elsewhere it refuses the letter, since nobody can tell what stood there.
void check_characters(const Text& text, std::uint32_t first, std::uint32_t last, Troubles& troubles);

/// Blanks and line ends before a segment.
std::size_t skip_blanks(std::string_view bytes, std::size_t at);

/// A number written in digits only, up to 9 of them; false otherwise.
bool read_number(std::string_view digits, std::uint32_t& out);

/// Appends ISO 8859-1 bytes as UTF-8.
void append_utf8(std::string_view latin1, std::string& out);
/// Appends UTF-8 text in ISO 8859-1; characters that it lacks are spelt in ASCII where one can.
void append_latin1(std::string_view utf8, std::string& out);
/// The same with the marks escaped.
void append_escaped(std::string_view utf8, const Marks& marks, std::string& out);

} // namespace sluse::edifact
