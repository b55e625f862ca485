// adapters/letter/types.hpp — MedCom's letter types by version code, and what the schemas require of each (facts, no schema engine).
#pragma once

#include <string_view>
#include <vector>

namespace sluse::letter {

/// One version of a letter type. Codes are EDIFACT's; OIOXML puts an X before them.
struct Type {
    std::string_view version; ///< "D0133L"
    std::string_view type;    ///< "DIS01": chooses the maps
    std::string_view root;    ///< element name; empty: not known to us, any
};

/// By version code, with or without OIOXML's X; null: not one that Sluse knows.
const Type* type_of(std::string_view version);

/// Price lists and invoices: about no patient's care. They are kept and acknowledged, and nothing in them is looked at.
bool is_kept_unread(const Type& type);

/// An element that a type's schema requires below the letter element.
struct Required {
    std::string_view types; ///< "DIS20", or a prefix such as "RPT"
    std::string_view path;
};

/// A coded element whose values the schemas list; another value is refused in `types` where `strict`, else only told.
struct Coded {
    std::string_view types, path;
    std::string_view values; ///< separated by blanks
    bool strict{};
};
/// What applies to letters of one type.
struct Rules {
    std::vector<Required> required;
    std::vector<Coded> coded;
};
const Rules& rules_of(const Type& type);

/// Does `type` begin with one of the blank-separated prefixes?
bool applies(std::string_view prefixes, std::string_view type);

} // namespace sluse::letter
