// gateway/model/signal.hpp — something that somebody should know now: a limit nears, a segment is entered or left, a run chart's rule fires.
#pragma once

#include "gateway/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// One signed signal on sluse.signals; what was told and no longer holds is taken back with −1, so that the sum of the signs is what
/// holds now. Serialised as CloudEvents 1.0 structured JSON, schema schemas/events/signal.schema.json. Holds no identity.
struct Signal {
    std::string id;       ///< hash of everything that makes it this signal: the same on a replay
    std::string kind;     ///< breach, segment, chart
    std::string watch;    ///< which watch: "diagnosis-right", "segments", "run-chart"
    std::string what;     ///< "20 d"; "entered", "left"; "shift", "crossings", "outside-limits"
    int sign{};           ///< +1 or −1
    Day on{};             ///< the day it is about: when the limit is reached, when the segment was entered, the newest point's first day
    std::string person, episode, key_id; ///< pseudonyms for the purpose "signals"; empty for charts
    std::string unit;     ///< where it is; empty: unknown
    std::string indicator, version, by, group, period; ///< chart and segment: of which series
    std::string cause;    ///< ULID of the message behind it; of a chart, of the tick
    Millis told_ms{};     ///< when it was told: a message's or a tick's time
};

/// A course that a watch of limits follows and that is open now. Holds no identity: its pseudonyms are those of its signals.
struct OpenCourse {
    std::string watch, person, episode, unit;
    std::optional<Millis> since;     ///< empty: kept by an older version that did not note it
    std::vector<std::string> passed; ///< limits that were told and not taken back, "20 d" first
    std::string next;                ///< the limit it nears; empty: all have passed
    Millis next_at{};
};

std::string to_cloud_event(const Signal& signal);
std::optional<Signal> parse_signal(std::string_view json);
/// Fills `id` from the rest and from what tells two alike apart (a count, a sequence).
void name_signal(Signal& signal, std::string_view nth);

} // namespace sluse
