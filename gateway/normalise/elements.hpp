// gateway/normalise/elements.hpp — the elements of FHIR R4 that a map may write: names, cardinality, types (schemas/maps/fhir-r4.tsv).
#pragma once

#include "gateway/base/result.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// Kinds of JSON value that a primitive FHIR type is written as, and how a source text becomes one.
enum class Primitive : unsigned char { none, string, code, uri, boolean, integer, decimal, date, date_time, instant, time, base64 };
Primitive primitive_of(std::string_view fhir_type);

struct ElementRule {
    std::string name;     ///< as in JSON: "valueQuantity", for a choice already with its type
    std::string choice;   ///< "value" when it is one of value[x]; else empty
    std::string type;     ///< "Period", "code"; for a backbone the path of its children: "Encounter.location"
    bool repeats{};
    bool required{};
    Primitive primitive{Primitive::none};
};

/// Read once at load; only the compiler uses it.
class Elements {
public:
    /// Fails when the file is missing or damaged.
    static Result<Elements> load(const std::filesystem::path& file);
    bool has_type(std::string_view type) const { return by_type_.contains(type); }
    /// Child `name` of a type or backbone path; null when there is none.
    const ElementRule* find(std::string_view type, std::string_view name) const;
    /// Names of all children, for the nearest right name.
    std::vector<std::string_view> names(std::string_view type) const;
    std::vector<std::string_view> types() const;

private:
    std::map<std::string, std::map<std::string, ElementRule, std::less<>>, std::less<>> by_type_;
};

} // namespace sluse
