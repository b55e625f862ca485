// gateway/process/resource_elements.hpp — a resource's JSON as its elements, each with its newest saying. Pure.
#pragma once

#include "gateway/model/fact.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// One element of a resource with the version of its newest saying. Views.
struct ElementSaying {
    std::string_view name; ///< "gender"; "period.end" for the few objects that are merged member by member
    std::string_view text; ///< JSON; empty: deleted
    Version version;
};

/// Cuts a resource's JSON object into its elements, without resourceType and id. False when it is no JSON object.
bool split_elements(std::string_view type, std::string_view json, std::vector<ElementSaying>& elements);
/// Keeps of each element the newest saying; of identifiers and extensions, of which each system knows its own, all that have a name of
/// their own (system and value, url). True when what is shown changed. The views of `news` and the texts in `made` must outlive `known`.
bool merge_elements(std::vector<ElementSaying>& known, const std::vector<ElementSaying>& news, std::deque<std::string>& made);
/// Members of such a list are at most so many: a number of its own with every message must not grow a resource without end.
constexpr std::size_t list_members_max = 64;
/// Whether what is known says all of `news` already: the same text, or a list with each of its members.
bool holds(const ElementSaying& known, const ElementSaying& news);
/// Appends the resource without the elements that were deleted.
void render_resource(std::string_view type, std::string_view id, const std::vector<ElementSaying>& elements, std::string& out);

} // namespace sluse
