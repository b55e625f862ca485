// gateway/track/sum_lines.hpp — what is the sum of what among numbered rows, laid out flat: a decision walks over it many times.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sluse {

/// `parent` is the sum of `children` (indices of rows).
struct SumLine {
    std::size_t parent{};
    std::vector<std::size_t> children;
};

class SumLines {
public:
    static constexpr std::uint32_t nowhere = ~std::uint32_t{0};
    /// A row as a part of a sum. Sums have numbers; one that is not itself among the rows has a number past theirs.
    struct Part {
        std::uint32_t sum{}, row{};
        std::uint8_t cut{}; ///< below 32: in which of several ways the sum is cut into parts
    };

    SumLines() = default;
    /// A line for each sum and cut, in that order.
    SumLines(std::size_t rows, std::span<const Part> parts);
    SumLines(std::size_t rows, std::span<const SumLine> lines);

    std::size_t size() const { return parents_.size(); }
    std::size_t rows() const { return row_begin_.size() - 1; }
    std::uint32_t parent(std::uint32_t line) const { return parents_[line]; } ///< nowhere: not among the rows
    std::span<const std::uint32_t> children(std::uint32_t line) const { return between(children_, line_begin_, line); }
    std::span<const std::uint32_t> lines_of(std::uint32_t row) const { return between(row_lines_, row_begin_, row); }

private:
    static std::span<const std::uint32_t> between(const std::vector<std::uint32_t>& all, const std::vector<std::uint32_t>& begin, std::uint32_t at)
    {
        return std::span(all).subspan(begin[at], begin[at + 1] - begin[at]);
    }
    void index(std::size_t rows);

    std::vector<std::uint32_t> parents_, children_, line_begin_{0}, row_lines_, row_begin_{0};
};

} // namespace sluse
