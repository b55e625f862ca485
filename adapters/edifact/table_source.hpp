// adapters/edifact/table_source.hpp — the lines of the tables: parts spliced in, parameters filled in.
#pragma once

#include "adapters/edifact/table.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::edifact {

/// What is wrong with a table, and where.
struct Wrong : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The parts of a text, separators inside braces passed over.
std::vector<std::string_view> cut(std::string_view text, char separator);
std::vector<std::string_view> cut_lines(std::string_view text);

/// Options "name" and "name=value", separated by blanks.
using Words = std::map<std::string, std::string, std::less<>>;
Words words_of(std::string_view text);

/// One line of a table, its parameters filled in and its includes spliced in.
struct Line {
    int depth{};
    std::string segment, options, place;
};

class Source {
public:
    explicit Source(const Files& files) : files_(files) {}

    /// Appends `file`, or its part after [name], with $x replaced by the parameters.
    void read(const std::string& file, std::string_view part, int depth, const Words& parameters, std::vector<Line>& out, int nesting = 0) const;

private:
    const Files& files_;
};

} // namespace sluse::edifact
