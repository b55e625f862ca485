// adapters/series/table.hpp — a table of published numbers (CSV) as rows, each mistake with its line and column.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::series {

/// One number: a numerator over a denominator, or a value.
struct Row {
    std::size_t line{};
    std::string indicator, reporter;
    Day from{}, last{};            ///< the period, both days in it
    std::string dimension, code;   ///< "region", "DK-84"; both empty: the total
    std::optional<std::int64_t> numerator, denominator;
    std::string value;             ///< decimal with a point; empty: none
    bool error{};                  ///< the whole period is taken back
};

/// True when the first line that is no comment names the columns `indicator` and a period, in English or Danish.
bool has_header(std::string_view bytes);
/// Reads all rows. Paths are "line 3, column 18 (value)"; the column counts characters from 1.
std::vector<Row> read_table(std::string_view bytes, Issues& issues);

} // namespace sluse::series
