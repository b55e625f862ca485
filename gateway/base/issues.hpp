// gateway/base/issues.hpp — what a list of issues comes to.
#pragma once

#include "gateway/base/result.hpp"

#include <algorithm>

namespace sluse {

inline bool has_error(const Issues& issues)
{
    return std::ranges::find(issues, Severity::error, &Issue::severity) != issues.end();
}

} // namespace sluse
