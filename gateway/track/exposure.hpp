// gateway/track/exposure.hpp — rates and levels: steps of ±1 summed into days at risk, period by period, from rows that keep a step by its day.
#pragma once

#include "gateway/track/answer.hpp"

#include <map>
#include <string>
#include <vector>

namespace sluse {

/// Are the pack's denominators steps in time?
inline bool has_steps(const Pack& pack)
{
    return pack.kind == "rate" || pack.kind == "level";
}

/// Who came (+) and went (−), by day, summed once so that any day's level is a look.
class Steps {
public:
    void add(Day at, std::int64_t step) { steps_.push_back({at, step, 0}), summed_ = false; }
    /// After the last add(), before any question.
    void sum_up();
    bool empty() const { return steps_.empty(); }
    Day first() const { return steps_.front().at; }
    std::int64_t level_before(Day day) const { return before(day).level; }
    /// Days at risk within [from, to).
    std::int64_t days(Day from, Day to) const;

private:
    struct Step {
        Day at{};
        std::int64_t level{};  ///< the step; summed up: all steps until then
        std::int64_t moment{}; ///< step times day, likewise
    };
    Step before(Day day) const;
    std::vector<Step> steps_;
    bool summed_{};
};

/// All rows of one kind of period and one dimension, from the first on: a period's time at risk begins with what earlier steps left.
class StepRows {
public:
    StepRows(const Asked& asked, PeriodKind kind) : asked_(asked), kind_(kind) {}
    /// What happened in a period, and whether it may be shown.
    void add(const RowKey& key, const SeenRow& seen);
    /// Who came and went, by day: from a row over all periods, which hides fewer than many small ones.
    void add_steps(const std::string& code, const SeenRow& seen);
    /// A row for every period from the first step to the query's date, also for those in which nothing changed. Of `all`, one row.
    std::vector<CellRow> rows();

private:
    struct Line {
        Steps steps;
        bool hidden{};          ///< the row that the steps are from: then no period's time at risk can be told
        std::int64_t waiting{}; ///< persons whose newest is not in it
        std::map<std::int32_t, Seen> rows;
    };
    CellRow row(const Line& line, const std::string& code, std::int32_t period, Day from, Day to, bool whole) const;

    const Asked& asked_;
    PeriodKind kind_;
    std::map<std::string, Line> lines_; ///< by code
};

} // namespace sluse
