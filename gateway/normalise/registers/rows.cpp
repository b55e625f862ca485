// gateway/normalise/registers/rows.cpp — lines and cells of the registers' files.
#include "gateway/normalise/registers/rows.hpp"

#include <algorithm>

namespace sluse {

std::string_view characters(std::string_view text, std::size_t at, std::size_t size)
{
    const auto skip = [&](std::size_t from, std::size_t count) {
        for (; from < text.size() && count > 0; --count)
            for (++from; from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80;) ++from;
        return from;
    };
    const auto begin = skip(0, at);
    return text.substr(begin, skip(begin, size) - begin);
}

char separator_of(std::string_view text)
{
    const auto line = text.substr(0, text.find('\n'));
    char best = ';';
    for (const char c : {',', '\t'})
        if (std::ranges::count(line, c) > std::ranges::count(line, best)) best = c;
    return best;
}

std::vector<RegisterRow> rows_of(std::string_view text, char separator)
{
    std::vector<RegisterRow> rows;
    std::size_t line = 1;
    for (std::size_t i = 0; i < text.size();) {
        RegisterRow row{line, {}, false};
        std::string cell;
        bool quoted = false, more = true;
        const auto end_cell = [&] { row.cells.emplace_back(trimmed(cell)); cell.clear(); };
        for (; i < text.size() && more; ++i) {
            const char c = text[i];
            line += c == '\n';
            if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') cell += text[++i];
            else if (c == '"' && (quoted || trimmed(cell).empty() || cell == "=")) { // ="…" keeps Excel from reading a number
                if (cell == "=") cell.clear();
                quoted = !quoted;
            } else if (c == separator && !quoted) end_cell();
            else if (c == '\n' && !quoted) more = false;
            else cell += c;
        }
        end_cell();
        row.open = quoted;
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace sluse
