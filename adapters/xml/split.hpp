// adapters/xml/split.hpp — where one XML document ends and the next begins, in files that hold several.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace sluse::xml {

/// Bytes up to the end of the first document: the end tag of its root and what comments and instructions follow it. npos when it does not
/// end within `bytes`. Looks at marks only; whether it is well-formed is for the reader to say.
std::size_t end_of_document(std::string_view bytes);

/// The documents in `bytes`, views without blanks around them; of one alone all the bytes. What is after one that does not end belongs to it,
/// up to the next XML declaration at the start of a line; bytes with text after a root are one piece, for the reader to refuse.
std::vector<std::string_view> split_documents(std::string_view bytes);

} // namespace sluse::xml
