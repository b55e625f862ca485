// gateway/normalise/registers/rows.hpp — lines and cells of the registers' files: quotes, Excel's ="…", positions counted in characters.
#pragma once

#include "gateway/base/scan.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// A line of a table; several when a quoted cell holds line breaks.
struct RegisterRow {
    std::size_t line{};
    std::vector<std::string> cells; ///< at least one
    bool open{};                    ///< the text ended within a quote: the row swallowed all that came after it
};

/// `size` characters from character `at` of UTF-8 text; less when it is shorter.
std::string_view characters(std::string_view text, std::size_t at, std::size_t size);
/// ; , or tab, by which of them the first line has most of.
char separator_of(std::string_view text);
/// All rows, cells trimmed and without quotes.
std::vector<RegisterRow> rows_of(std::string_view text, char separator);

/// Calls line(number from 1, text without its line end).
template <class Line> void each_line(std::string_view text, const Line& line)
{
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        auto one = text.substr(0, end);
        if (one.ends_with('\r')) one.remove_suffix(1);
        line(number, one);
        if (end == text.npos) return;
        text.remove_prefix(end + 1);
    }
}

} // namespace sluse
