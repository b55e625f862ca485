// adapters/edifact/free_text.hpp — FTX text (five components of 70 characters, '\' continues a line) and OIOXML's Break, Bold and the like.
#pragma once

#include "adapters/edifact/syntax.hpp"
#include "adapters/letter/outline.hpp"
#include "adapters/xml/document.hpp"

namespace sluse::edifact {

/// Room for one component at a time.
struct TextRoom {
    std::string &plain, &utf8;
};
/// Appends an FTX segment's text from `component` of `element` on as XML content. `format` is its format code ("P00", "FF0").
void append_text(const Text& text, const Segment& segment, unsigned element, unsigned component, std::string_view format, letter::Content content, TextRoom room, std::string& out);

/// Does the segment's text go on in the next one (its last component ends in '\')?
bool continues(const Text& text, const Segment& segment, unsigned element);

/// One FTX segment to write: its format code and up to five components, in UTF-8.
struct TextSegment {
    std::string format;
    std::vector<std::string> components;
};
/// An element's content as FTX segments. `whole`: each but the last ends within a line, since the next segment after the end of one would be another text.
std::vector<TextSegment> split_text(xml::Element element, bool whole);

} // namespace sluse::edifact
