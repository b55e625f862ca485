// gateway/track/sum_lines.cpp — sorting parts into lines, and finding the lines of a row.
#include "gateway/track/sum_lines.hpp"

#include <algorithm>

namespace sluse {
namespace {

/// By sum, cut and row. Sums are numbered without large gaps, so each part is put where it belongs.
std::vector<SumLines::Part> by_sum(std::span<const SumLines::Part> parts)
{
    std::uint32_t sums = 0;
    for (const auto& part : parts) sums = std::max(sums, part.sum + 1);
    std::vector<std::uint32_t> begin(sums + std::size_t{1});
    for (const auto& part : parts) ++begin[part.sum + 1];
    for (std::size_t sum = 0; sum < sums; ++sum) begin[sum + 1] += begin[sum];
    std::vector<SumLines::Part> sorted(parts.size());
    auto at = begin;
    for (const auto& part : parts) sorted[at[part.sum]++] = part;
    for (std::size_t sum = 0; sum < sums; ++sum)
        std::sort(sorted.begin() + begin[sum], sorted.begin() + begin[sum + 1], [](const auto& a, const auto& b) { return a.cut != b.cut ? a.cut < b.cut : a.row < b.row; });
    return sorted;
}

} // namespace

SumLines::SumLines(std::size_t rows, std::span<const Part> parts)
{
    const auto sorted = by_sum(parts);
    children_.reserve(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const auto& [sum, row, cut] = sorted[i];
        if (i == 0 || sum != sorted[i - 1].sum || cut != sorted[i - 1].cut) {
            parents_.push_back(sum < rows ? sum : nowhere);
            if (i > 0) line_begin_.push_back(static_cast<std::uint32_t>(i));
        }
        children_.push_back(row);
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
