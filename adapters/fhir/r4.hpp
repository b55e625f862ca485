// adapters/fhir/r4.hpp — the types and elements of FHIR R4 (schemas/maps/fhir-r4.tsv, compiled in): what XML needs to become JSON and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::fhir {

/// How an element's value is written in JSON.
enum class Shape : std::uint8_t { object, text, number, boolean, xhtml, resource };

struct R4Rule;
struct R4Type;

struct R4Element {
    std::string name;         ///< as in JSON and XML: "valueQuantity", a choice with its type
    std::string beside;       ///< in JSON, what a primitive carries beside its value: "_valueString"
    std::string choice;       ///< "value" when it is one of value[x]; else empty
    std::string_view type;    ///< "dateTime", "Period", "BackboneElement"
    const R4Type* children{}; ///< of an object; of a primitive what it may carry beside its value (id, extension); null: a resource
    Shape shape{};
    bool (*valid)(std::string_view text){}; ///< of a primitive: R4's pattern for its value; null: any text
    std::string_view codes;   ///< of what R4 binds to a closed set of codes (schemas/maps/fhir-r4-codes.tsv): those, separated by blanks
    std::string_view system;  ///< their code system, of a Coding or CodeableConcept
    bool repeats{}, required{};
    bool is_attribute{};      ///< in XML: every element's id, an extension's url
    std::uint16_t order{};    ///< place among its siblings in XML
};

/// A resource, a data type or the inside of a backbone element.
struct R4Type {
    R4Type();
    ~R4Type();
    std::string name;
    bool resource{}, is_extension{}, is_coding{}, is_identifier{};
    std::vector<R4Element> elements;         ///< in R4's order
    std::vector<const R4Element*> required;  ///< those that are, by name
    std::vector<R4Rule> rules;               ///< R4's invariants, as far as rows say them (schemas/maps/fhir-r4-rules.tsv)
    const R4Element* find(std::string_view element) const;

private:
    friend class R4Table;
    std::size_t slot(std::string_view name) const;
    void index();
    std::vector<std::uint8_t> slots_; ///< by hash of the name, a power of two: an element's number and 1; 0: none
};

/// A resource or data type by name; null when R4 has none.
const R4Type* r4_type(std::string_view name);

} // namespace sluse::fhir
