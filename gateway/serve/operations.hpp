// gateway/serve/operations.hpp — how systems, rates and the balance are written as JSON; shared by the API and the live feed.
#pragma once

#include "gateway/serve/routes.hpp"

namespace sluse::serve {

void write_rate(Json& json, const Throughput::Rate& rate); ///< members of an open object
void write_system(Json& json, const Context& context, const SystemCounts& system);
void write_balance(Json& json, const BalanceCounts& balance);

} // namespace sluse::serve
