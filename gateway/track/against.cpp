// gateway/track/against.cpp — which number of the series holds for a row, and the division.
#include "gateway/track/against.hpp"

namespace sluse {

SeriesValues::SeriesValues(const Pack& series, std::span<const CellRow> months)
{
    // Figures that are parts of a total add up to it: the sum is what stands in the numerator, whatever they weigh.
    for (const auto& row : months)
        if (row.begin && !row.suppressed) values_[row.group][*row.begin] = static_cast<double>(row.numerator) / static_cast<double>(series.value_scale);
}

std::optional<double> SeriesValues::at(const std::string& code, Day day) const
{
    const auto known = values_.find(code);
    if (known == values_.end()) return {};
    const auto after = known->second.upper_bound(day);
    if (after == known->second.begin()) return {};
    const auto value = std::prev(after)->second;
    return value > 0 ? std::optional(value) : std::nullopt;
}

CellQuery series_query(const CellQuery& query, const Against& against)
{
    CellQuery out;
    out.indicator = against.series;
    out.period = PeriodKind::month;
    out.by = query.by;
    out.today = query.today;
    out.as_known_on = query.as_known_on;
    out.authorised = query.authorised;
    return out;
}

void set_against(const Against& against, const CellQuery& query, const SeriesValues& series, std::vector<CellRow>& rows)
{
    for (auto& row : rows) {
        if (row.suppressed || !row.value) continue;
        const auto of = series.at(row.group, row.begin.value_or(query.from.value_or(query.today)));
        if (of) row.against = *row.value * against.amount / *of;
    }
}

} // namespace sluse
