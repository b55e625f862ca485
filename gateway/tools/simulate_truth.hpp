// gateway/tools/simulate_truth.hpp — what really happened in the synthetic population: what every number of the gateway can be held against.
#pragma once

#include "gateway/tools/simulate_write.hpp"

#include <string>
#include <string_view>

namespace sluse::simulated {

/// Columns of the table, a tab between them.
constexpr std::string_view truth_header = "kind\tid\tperson\tfrom\tto\tclass\tacute\tpsychiatric\tcancelled\tdied\tdiagnosis\tmunicipality\tpositive\tletter\n";

/// One line for a contact that is over: as all its corrections left it. Times with their offset; letter: when the discharge letter was sent.
void append_stay(std::string& out, const Contact& contact, const Person& person, const WallClock& clock);
/// One line for a result: kind "pcr" or "test", from the sample to the final answer.
void append_result(std::string& out, const Contact& contact, const Person& person, Millis answered, const WallClock& clock);
/// One line for a letter that stands for itself ("prescription", "referral", …).
void append_letter(std::string& out, Event event, const Contact& contact, const Person& person, Millis sent, const WallClock& clock);

} // namespace sluse::simulated
