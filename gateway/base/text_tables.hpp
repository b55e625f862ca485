// gateway/base/text_tables.hpp — walking a tab-separated table: lines that begin with # and empty lines are left out.
#pragma once

#include <string_view>
#include <vector>

namespace sluse {

/// Calls use(std::string_view) for each part between separators; an empty text has one empty part.
template <class Use> void each_cell(std::string_view text, char separator, Use&& use)
{
    for (;;) {
        const auto end = text.find(separator);
        use(text.substr(0, end));
        if (end == text.npos) return;
        text.remove_prefix(end + 1);
    }
}

/// Calls use(const std::vector<std::string_view>&) with the cells of each row.
template <class Use> void each_row(std::string_view table, Use&& use)
{
    std::vector<std::string_view> cells;
    each_cell(table, '\n', [&](std::string_view line) {
        if (line.empty() || line.front() == '#') return;
        if (line.back() == '\r') line.remove_suffix(1);
        cells.clear();
        each_cell(line, '\t', [&](std::string_view cell) { cells.push_back(cell); });
        use(cells);
    });
}

} // namespace sluse
