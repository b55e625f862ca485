// adapters/xml/fragments.hpp — a document too large to hold: those of its elements that matter, one at a time.
#pragma once

#include "adapters/xml/document.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluse::xml {

/// What is wrong with a large document, and where.
struct FragmentFault {
    std::size_t line{};
    std::string text;
};

/// Walks the tags of `bytes` (mapped, so that memory does not grow with it) and reads each element with one of these local names, which hold
/// no other of its name, by Document's rules: use(element, how many elements are open around it, its line). No document type, at most 1 MB
/// an element. Stops at the first fault; empty: the document is whole.
std::optional<FragmentFault> each_fragment(std::string_view bytes, std::span<const std::string> names, const std::function<void(Element, std::size_t depth, std::size_t line)>& use);

/// The same for who knows nothing of elements: `at` gives the text at a path of local names (Registers::load).
std::optional<std::pair<std::size_t, std::string>> each_unit(std::string_view bytes, const std::vector<std::string>& names,
                                                             const std::function<void(const std::function<std::string_view(std::string_view)>& at, std::size_t depth, std::size_t line)>& use);

} // namespace sluse::xml
