// gateway/journal/cell_sum.hpp — the value of a cell: signed sums and a sparse histogram, in the one encoding the store can add.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluse {

/// Integers only, so that adding is associative and exact. Encoded canonically (no trailing zero sums, no zero counts, counts in
/// key order): equal sums have equal bytes, whatever order the deltas came in.
struct CellSum {
    std::vector<std::int64_t> sums;
    std::vector<std::pair<std::int64_t, std::int64_t>> counts; ///< value → how often, sorted by value

    /// `times` −1 takes it out again. What it is added to is canonical, and stays so.
    void add(const CellSum& other, std::int64_t times = 1);
    /// The same, leaving it to be made canonical.
    void append(const CellSum& other, std::int64_t times = 1);
    bool zero() const;
    bool operator==(const CellSum&) const = default;
};

/// No trailing zero sums, no zero counts, counts in key order.
void canonicalise(CellSum& cell);
/// Appends the encoding of a cell that is canonical.
void encode_canonical(const CellSum& cell, std::string& out);
/// Appends the canonical encoding; `cell.counts` need not be sorted or unique.
void encode(CellSum cell, std::string& out);
/// False when the bytes are not an encoded cell.
bool decode(std::string_view bytes, CellSum& cell);

} // namespace sluse
