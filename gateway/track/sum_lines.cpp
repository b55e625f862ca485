// gateway/track/sum_lines.cpp — sorting parts into lines, and finding the lines of a row.
#include "gateway/track/sum_lines.hpp"

#include <algorithm>

namespace sluse {

SumLines::SumLines(std::size_t rows, std::span<const Part> parts)
{
    std::vector<std::uint64_t> sorted;
    sorted.reserve(parts.size());
    for (const auto& part : parts) sorted.push_back(std::uint64_t{part.sum} << 36 | std::uint64_t{part.cut} << 31 | part.row); // rows below 2^31, sums below 2^28
    std::ranges::sort(sorted);
    children_.reserve(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (i == 0 || sorted[i] >> 31 != sorted[i - 1] >> 31) {
            const auto sum = static_cast<std::uint32_t>(sorted[i] >> 36);
            parents_.push_back(sum < rows ? sum : nowhere);
            if (i > 0) line_begin_.push_back(static_cast<std::uint32_t>(i));
        }
        children_.push_back(static_cast<std::uint32_t>(sorted[i] & 0x7fff'ffff));
    }
    if (!sorted.empty()) line_begin_.push_back(static_cast<std::uint32_t>(sorted.size()));
    index(rows);
}

SumLines::SumLines(std::size_t rows, std::span<const SumLine> lines)
{
    for (const auto& line : lines) {
        parents_.push_back(line.parent < rows ? static_cast<std::uint32_t>(line.parent) : nowhere);
        for (const auto child : line.children) children_.push_back(static_cast<std::uint32_t>(child));
        line_begin_.push_back(static_cast<std::uint32_t>(children_.size()));
    }
    index(rows);
}

void SumLines::index(std::size_t rows)
{
    row_begin_.assign(rows + 1, 0);
    const auto each = [&](const auto& member) {
        for (std::uint32_t line = 0; line < parents_.size(); ++line) {
            if (parents_[line] != nowhere) member(parents_[line], line);
            for (const auto child : children(line)) member(child, line);
        }
    };
    each([&](std::uint32_t row, std::uint32_t) { ++row_begin_[row + 1]; });
    for (std::size_t row = 0; row < rows; ++row) row_begin_[row + 1] += row_begin_[row];
    row_lines_.resize(row_begin_.back());
    auto at = row_begin_;
    each([&](std::uint32_t row, std::uint32_t line) { row_lines_[at[row]++] = line; });
}

} // namespace sluse
