// gateway/serve/standard_json.hpp — ?standardise= of an indicator: what may be asked, and the standardised numbers as JSON.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/serve/routes.hpp"
#include "gateway/track/standardise.hpp"

#include <memory>
#include <span>

namespace sluse::serve {

struct StandardAsked {
    bool wanted{}, indirect{};
    std::shared_ptr<const std::vector<StandardPopulation>> held; ///< what `standard` lies in
    const StandardPopulation* standard{};                        ///< null: the country's own distribution
};
/// A Fault says in words for the caller what cannot be asked for.
Result<StandardAsked> read_standard(const Context& context, const Call& call, const Pack& pack, const CellQuery& query);
/// The member `standardised` of an object that is open: of rows and strata that are published, or exact where the query is. A Fault: strata cannot be read now.
Result<void> write_standardised(Json& json, const StandardAsked& asked, const Pack& pack, CellQuery query, std::span<const CellRow> rows, Tracker& tracker);

} // namespace sluse::serve
