// gateway/track/audit.hpp — an attacker's arithmetic, run by ourselves: which hidden rows do the shown sums determine?
#pragma once

#include "gateway/track/sum_lines.hpp"

#include <memory>
#include <vector>

namespace sluse {

/// Solves the lines of sums for the hidden rows, exactly (modulo a prime). A sum that is not among the rows is known. The lines outlive it.
class Audit {
public:
    Audit(const std::vector<bool>& hidden, const SumLines& lines);
    ~Audit();

    /// One row more that was not hidden. Costs a small part of solving all again.
    void hide(std::uint32_t row);
    /// True for each hidden row with a single solution. Valid until one more is hidden.
    const std::vector<bool>& determined() const;

private:
    class Elimination;
    std::unique_ptr<Elimination> elimination_;
};

} // namespace sluse
