// gateway/chart_signals.hpp — signals from run charts: rules looked at on published numbers only, told once each through the log.
#pragma once

#include "gateway/changed_indicators.hpp"
#include "gateway/indicators/watches.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/signal.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sluse {

/// The rules that fire on one series: its whole, mature, shown months in order. Pure. `what` and `period` are filled, the rest is the caller's.
std::vector<Signal> chart_rules(const Watch& watch, const Pack& pack, std::span<const CellRow> months);

/// Looks at what changed since the last time. One thread calls look(). What is told stands in the log's state, so that a tracker that is built
/// again tells nothing twice. A process of a group tells of the indicators whose partition it works on.
class ChartSignals {
public:
    ChartSignals(Log& log, Tracker& tracker, std::function<std::shared_ptr<const Packs>()> packs);
    void look(Millis now, const std::string& cause);

private:
    void look_at(const Watch& watch, const Pack& pack, Millis now, const std::string& cause);

    Log& log_;
    Tracker& tracker_;
    std::function<std::shared_ptr<const Packs>()> packs_;
    ChangedIndicators changed_;
};

} // namespace sluse
