// gateway/track/chart_notes.hpp — what people know of a chart: where a phase begins, which points are its baseline, what a team changed. Data.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/indicators/packs.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sluse {

/// One chart: of an indicator, of a group of a dimension ("" and "": the total).
struct ChartPlace {
    std::string indicator, by, group;
};
struct ChartNote {
    Day on{};
    std::vector<std::string> indicators; ///< empty: all
    std::string by, group;               ///< empty: every group's chart
    Title text;
    bool about(const ChartPlace& place) const;
};
/// From the first period that begins on the day or later, the line and limits are a new phase's own.
struct ChartPhaseStart {
    ChartNote note;
    std::size_t baseline{}; ///< the line is kept from the phase's first so many points; 0: from all
};
/// schemas/charts.yaml
struct ChartNotes {
    std::vector<ChartPhaseStart> phases;    ///< by day
    std::vector<ChartNote> annotations; ///< by day
};
/// A missing file notes nothing. Every mistake is an issue with file:line.
ChartNotes load_chart_notes(const std::filesystem::path& schemas, Issues& issues);

} // namespace sluse
