// gateway/tools/table.cpp — widths first, then lines.
#include "gateway/tools/table.hpp"

#include <algorithm>

namespace sluse {
namespace {

bool continues(char c)
{
    return (c & 0xc0) == 0x80;
}

std::size_t width(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

} // namespace

std::string to_text(const Table& table)
{
    std::vector<std::size_t> widths;
    for (const auto& row : table) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    }
    std::string out;
    for (const auto& row : table) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out += row[i];
            if (i + 1 < row.size()) out.append(widths[i] - width(row[i]) + 2, ' ');
        }
        out += '\n';
    }
    return out;
}

std::string shortened(std::string_view text, std::size_t characters)
{
    std::string out;
    std::size_t count = 0;
    for (const char c : text) {
        if (!continues(c) && ++count > characters) {
            while (!out.empty() && continues(out.back())) out.pop_back();
            if (!out.empty()) out.pop_back();
            return out + "…";
        }
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return out;
}

} // namespace sluse
