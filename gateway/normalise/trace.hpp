// gateway/normalise/trace.hpp — which map row wrote what from which bytes: kept while rendering for whoever asks (`sluse maps explain`).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sluse {

/// One value that a row wrote.
struct TracedValue {
    std::size_t start{}, end{};       ///< within the bundle's text
    std::string source;               ///< "PID[1]-3[2].4.1", "$event"; empty: a fixed value, or another resource's reference
    std::string bytes;                ///< what stands there in the message, escapes and all
    std::string row;                  ///< "maps/hl7v2/resources/Patient.tsv:9"
    std::vector<std::string> callers; ///< rows that called the data type map in which `row` stands, innermost first
};

/// What became of one field that says something.
struct TracedField {
    enum class Fate { mapped, ignored, unmapped };
    std::string path;  ///< "PID[1]-3"
    std::string bytes;
    Fate fate{};
    std::string rule;  ///< the ignore rule's name
    std::string place; ///< and where it stands
};

/// Filled by one rendering; the values come in the order of the bundle's text. Plain text, so it outlives message and maps.
struct Trace {
    std::vector<TracedValue> values;
    std::vector<TracedField> fields;
    /// What stood at `size` and after it was taken back.
    void cut(std::size_t size)
    {
        while (!values.empty() && values.back().start >= size) values.pop_back();
    }
};

} // namespace sluse
