// gateway/track/exposure.hpp — rates and levels: steps of ±1 summed into days at risk, period by period, from rows that keep a step by its day.
#pragma once

#include "gateway/track/answer.hpp"

#include <map>
#include <string>

namespace sluse {

/// Are the pack's denominators steps in time?
inline bool has_steps(const Pack& pack)
{
    return pack.kind == "rate" || pack.kind == "level";
}

/// All rows of one kind of period and one dimension, from the first on: a period's time at risk begins with what earlier steps left.
class StepRows {
public:
    StepRows(const Asked& asked, PeriodKind kind) : asked_(asked), kind_(kind) {}
    /// What happened in a period, and whether it may be shown.
    void add(const RowKey& key, const Seen& seen);
    /// Who came and went, by day: from a row over all periods, which hides fewer than many small ones.
    void add_steps(const std::string& code, const CellSum& sum);
    /// A row for every period from the first step to the query's date, also for those in which nothing changed. Of `all`, one row.
    std::vector<CellRow> rows() const;

private:
    struct Line {
        std::map<Day, std::int64_t> steps;
        std::map<std::int32_t, Seen> rows;
    };
    CellRow row(const Line& line, const std::string& code, std::int32_t period, Day from, Day to, bool whole) const;

    const Asked& asked_;
    PeriodKind kind_;
    std::map<std::string, Line> lines_; ///< by code
};

/// Days at risk within [from, to).
std::int64_t days_at_risk(const std::map<Day, std::int64_t>& steps, Day from, Day to);

} // namespace sluse
