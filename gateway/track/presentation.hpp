// gateway/track/presentation.hpp — what decides how numbers are shown, not what they are: goals, freezes, notes on charts, standard populations. Data.
#pragma once

#include "gateway/track/chart_notes.hpp"
#include "gateway/track/goals.hpp"
#include "gateway/track/standards.hpp"
#include "gateway/track/states.hpp"

#include <filesystem>
#include <vector>

namespace sluse {

struct Presentation {
    std::vector<Goal> goals;
    Freezes freezes;
    ChartNotes chart_notes;
    std::vector<StandardPopulation> standards;
};
/// All below `schemas`, which changes the numbers of no cell. Any issue that this adds is an error.
Presentation load_presentation(const std::filesystem::path& schemas, Issues& issues);

} // namespace sluse
