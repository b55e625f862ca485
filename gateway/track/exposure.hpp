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
    StepRows(const Pack& pack, const CellQuery& query, PeriodKind kind, std::int64_t persons_min) : pack_(pack), query_(query), kind_(kind), persons_min_(persons_min) {}
    void add(const RowKey& key, const CellSum& sum, bool hidden);
    /// A row for every period from the first step to the query's date, also for those in which nothing changed. Of `all`, one row.
    std::vector<CellRow> rows() const;

private:
    struct Line {
        std::map<Day, std::int64_t> steps;
        std::map<std::int32_t, Seen> rows;
    };
    CellRow row(const Line& line, const std::string& code, std::int32_t period, Day from, Day to, bool whole) const;

    const Pack& pack_;
    const CellQuery& query_;
    PeriodKind kind_;
    std::int64_t persons_min_;
    std::map<std::string, Line> lines_; ///< by code
};

/// Days at risk within [from, to).
std::int64_t days_at_risk(const std::map<Day, std::int64_t>& steps, Day from, Day to);

} // namespace sluse
