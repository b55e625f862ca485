// gateway/track/presentation.cpp — reads the parts in the order in which their mistakes are told.
#include "gateway/track/presentation.hpp"

namespace sluse {

Presentation load_presentation(const std::filesystem::path& schemas, Issues& issues)
{
    return {load_goals(schemas, issues), load_freezes(schemas, issues), load_chart_notes(schemas, issues), load_standards(schemas, issues)};
}

} // namespace sluse
