// gateway/serve/numbers.hpp — goals and indicators as JSON.
#pragma once

#include "gateway/serve/routes.hpp"
#include "gateway/serve/summary.hpp"

#include <string>

namespace sluse::serve {

/// The body of GET /api/v1/goals. Kept until cells or the day change, so that a reload storm costs one computation.
std::string goals_json(Context& context);

} // namespace sluse::serve
