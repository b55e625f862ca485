// gateway/base/oid.hpp — the written form of an object identifier (ITU-T X.660).
#pragma once

#include "gateway/base/ascii.hpp"

#include <algorithm>
#include <string_view>

namespace sluse {

/// "2.16.840.1.113883": arcs of digits between points, none with a leading zero, the first 0, 1 or 2 in its first digit.
constexpr bool is_oid(std::string_view text)
{
    if (text.empty() || text.front() < '0' || text.front() > '2') return false;
    for (;;) {
        const auto arc = text.substr(0, text.find('.'));
        if (!all_digits(arc) || (arc.size() > 1 && arc.front() == '0')) return false;
        if (arc.size() == text.size()) return true;
        text.remove_prefix(arc.size() + 1);
    }
}

} // namespace sluse
