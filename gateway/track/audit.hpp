// gateway/track/audit.hpp — an attacker's arithmetic, run by ourselves: which hidden rows do the shown sums determine?
#pragma once

#include "gateway/track/sum_lines.hpp"

#include <vector>

namespace sluse {

/// Solves the lines of sums for the hidden rows, exactly (modulo a prime). True for each hidden row with a single solution. A sum that is not
/// among the rows is known.
std::vector<bool> determined(const std::vector<bool>& hidden, const SumLines& lines);

} // namespace sluse
