// gateway/track/against.hpp — a number against a published series: admissions by inhabitants, patients by beds.
#pragma once

#include "gateway/track/tracker.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>

namespace sluse {

/// What a series says of each code (a municipality, a unit, the total), and since when.
class SeriesValues {
public:
    SeriesValues(const Pack& series, std::span<const CellRow> months);
    /// The newest that began by `day`; none: nobody said anything by then, or it is nothing to divide by.
    std::optional<double> at(const std::string& code, Day day) const;

private:
    std::map<std::string, std::map<Day, double>> values_;
};

/// The query for what `query` is shown against.
CellQuery series_query(const CellQuery& query, const Against& against);
/// Sets each row's number against the series, as of the first day of its period; of all periods together, of the query's first day or the newest.
void set_against(const Against& against, const CellQuery& query, const SeriesValues& series, std::vector<CellRow>& rows);

} // namespace sluse
