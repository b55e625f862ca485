// gateway/serve/chart_json.hpp — ?chart= of an indicator: what may be asked, and the charts as JSON.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/serve/routes.hpp"
#include "gateway/track/indicator_chart.hpp"

#include <memory>
#include <optional>
#include <span>

namespace sluse::serve {

struct ChartAsked {
    bool wanted{};
    std::optional<ChartKind> kind; ///< none: the usual one
    std::size_t baseline{};
};
/// A Fault says in words for the caller what cannot be asked for.
Result<ChartAsked> read_chart(const Call& call, const Pack& pack, const CellQuery& query);
/// The member `charts` of an object that is open: of these rows only, so they tell nothing that the rows do not.
void write_charts(Json& json, const ChartAsked& asked, const Pack& pack, const CellQuery& query, std::span<const CellRow> rows, const std::shared_ptr<const ChartNotes>& notes);

} // namespace sluse::serve
