// adapters/fhir/reports.hpp — taking KL Gateway's incremental delivery apart.
#pragma once

#include <string_view>
#include <vector>

namespace sluse::fhir {

/// It holds a report for each citizen, Bundles in a Bundle: each is a message, or the citizens would be mixed. Nothing of the outer Bundle is
/// lost with it: it says only what it is. Appends the reports, views; the delivery itself when it holds something else.
void reports_in(std::string_view delivery, std::vector<std::string_view>& pieces);

} // namespace sluse::fhir
