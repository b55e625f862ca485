// gateway/tools/bundle_elements.hpp — a bundle as a list of its elements' values, and what two bundles differ in.
#pragma once

#include "gateway/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// One simple value of one resource.
struct BundleElement {
    std::string resource; ///< "Patient/ID"; "Bundle" for what is beside the entries
    std::string path;     ///< below the resource: "name[0].family"
    std::string value;    ///< without quotes and escapes
    std::size_t start{};  ///< where its JSON begins in the bundle's text (of a string: after the quote)
};

/// In the order of the text. Left out is what only repeats another element: resourceType, fullUrl, request.
/// Fault: no JSON, with line and column.
Result<std::vector<BundleElement>> elements_of(std::string_view bundle);

/// Empty `before` or `after`: the element is not there.
struct Difference {
    std::string resource, path, before, after;
};
/// Resources are paired by id; those whose id is in one bundle only, by type and order.
std::vector<Difference> differences(const std::vector<BundleElement>& before, const std::vector<BundleElement>& after);

/// What the two sides of a comparison are called.
struct SideNames {
    const char *before, *after;
};
/// For people: a line a difference, long values shortened.
std::string as_table(const std::vector<Difference>& found, const SideNames& sides);
/// For programs: an object a line, with `name` as its member `what`.
std::string as_json(const std::vector<Difference>& found, const char* what, const std::string& name, const SideNames& sides);

/// JSON on lines of its own, indented; numbers keep their digits. The text must be JSON.
std::string indented(std::string_view json);

} // namespace sluse
