// gateway/base/text_tables.hpp — walking a tab-separated table: lines that begin with # and empty lines are left out.
#pragma once

#include <string_view>
#include <utility>
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

/// Whether a word is one of those that a text holds with single blanks between them.
inline bool listed(std::string_view word, std::string_view words)
{
    bool found = false;
    each_cell(words, ' ', [&](std::string_view one) { found |= one == word; });
    return found;
}

/// Calls use(std::size_t, const std::vector<std::string_view>&) with each row's line, from 1, and its cells.
template <class Use> void each_numbered_row(std::string_view table, Use&& use)
{
    std::vector<std::string_view> cells;
    std::size_t number = 0;
    each_cell(table, '\n', [&](std::string_view line) {
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.front() == '#') return;
        cells.clear();
        each_cell(line, '\t', [&](std::string_view cell) { cells.push_back(cell); });
        use(number, std::as_const(cells));
    });
}

/// The same with the cells alone.
template <class Use> void each_row(std::string_view table, Use&& use)
{
    each_numbered_row(table, [&](std::size_t, const std::vector<std::string_view>& cells) { use(cells); });
}

} // namespace sluse
