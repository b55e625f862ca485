// gateway/base/nearest.hpp — "did you mean": the nearest right name for a wrong one.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// Edit distance (Levenshtein) between two short names.
inline std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row.back();
}

/// The name in `names` (anything iterable of text) nearest to `wrong`; empty when none is near enough to be meant.
template <class Names> std::string nearest(std::string_view wrong, const Names& names)
{
    std::string best;
    auto distance = wrong.size() / 2 + 2;
    for (const auto& name : names)
        if (const auto d = edit_distance(wrong, name); d < distance) distance = d, best = std::string(name);
    return best;
}

} // namespace sluse
