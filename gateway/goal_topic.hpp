// gateway/goal_topic.hpp — the published numbers of goals and indicators on a compacted topic: a record is written when its number changed.
#pragma once

#include "gateway/changed_indicators.hpp"
#include "gateway/journal/log.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sluse {

/// One record of Topic::goals: the newest of its key is what holds.
struct GoalCell {
    std::string key;  ///< "G1.1@1/2026-03", of a region "G1.1@1/2026-03/region/DK-84", the headline number "G1.1@1/current"
    std::string data; ///< the event's data, schemas/events/goal-cell.schema.json
};
/// An indicator's published months up to `today`, in total and by region, and its headline number: what GET /api/v1/goals shows, as anyone may see it.
std::vector<GoalCell> goal_cells(Tracker& tracker, const Pack& pack, Day today);
/// CloudEvents 1.0, structured JSON. The same number under the same key has the same id.
std::string to_cloud_event(const GoalCell& cell, Millis at);

/// Writes what changed since the last look. One thread calls look(). What a key says stands in the log's state and commits with the record, so
/// that a restart repeats nothing and leaves nothing out. A process of a group writes the indicators whose partition it works on.
class GoalTopic {
public:
    GoalTopic(Log& log, Tracker& tracker, std::function<std::shared_ptr<const Packs>()> packs);
    void look(Millis now);

private:
    using Cells = std::map<std::string, std::string>; ///< by key, what is to be said of it; empty: nothing more
    bool works_on(std::uint32_t partition);
    /// True when the log took all that differs from what was written last.
    bool write(std::uint32_t partition, const Cells& cells, Millis now);
    void add_withdrawn(std::uint32_t partition, const Packs& packs, Cells& cells);

    Log& log_;
    Tracker& tracker_;
    std::function<std::shared_ptr<const Packs>()> packs_;
    ChangedIndicators changed_;
};

} // namespace sluse
