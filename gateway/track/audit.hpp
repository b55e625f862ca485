// gateway/track/audit.hpp — an attacker's arithmetic, run by ourselves: which hidden rows do the shown sums determine?
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

/// Solves the lines of sums for the hidden rows, exactly (modulo a prime). True for each hidden row with a single solution.
std::vector<bool> determined(const std::vector<bool>& hidden, std::span<const SumLine> lines);

} // namespace sluse
