// gateway/track/suppress.hpp — which published rows stay hidden: the small ones, and so many others that nobody can subtract his way to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluse {

/// `parent` is the sum of `children` (indices of rows).
struct SumLine {
    std::size_t parent{};
    std::vector<std::size_t> children;
};

/// True for each row to hide. Rows of 1 … min−1 persons are hidden first. Then, for each line: no row is hidden alone, and the hidden
/// children of a shown parent have at least `min` persons together. Last, all
/// lines together must not determine a small row (audit.hpp); more is hidden until they do not. Ends because rows are only ever hidden.
std::vector<bool> suppressed(std::span<const std::int64_t> persons, std::span<const SumLine> lines, std::int64_t min);

} // namespace sluse
