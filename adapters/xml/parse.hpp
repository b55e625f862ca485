// adapters/xml/parse.hpp — XML 1.0 without document types: text to nodes, in one pass and without recursion.
#pragma once

#include "adapters/xml/node.hpp"

#include <string>
#include <string_view>

namespace sluse::xml {

/// Why a text is no document, and at which byte.
struct ParseFault {
    std::size_t at{};
    std::string text;
};

struct ParseLimits {
    unsigned depth{};
    std::size_t nodes{};
};

/// The root element of valid UTF-8 `text`; null, and `fault` says why, when it is not well-formed, has a DTD, or is beyond the limits.
/// Nodes view `text`, which must outlive them.
Node* parse(std::string_view text, const ParseLimits& limits, Arena& arena, ParseFault& fault);

/// Mixed content without a root into where `cursor` is; false when it is not well-formed.
bool parse_content(std::string_view text, const ParseLimits& limits, Arena& arena, Cursor& cursor);

} // namespace sluse::xml
