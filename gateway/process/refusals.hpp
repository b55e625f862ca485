// gateway/process/refusals.hpp — refused messages have a place too: journalled beside the accepted ones, listed, never processed.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/answer.hpp"
#include "gateway/model/envelope.hpp"

#include <string>
#include <vector>

namespace sluse {

/// Key of the raw records that hold refused messages; no message has it.
constexpr std::string_view refusal_key = "sluse.refused";

/// A message that was answered negatively, as it came, and why. `envelope.bytes` hold identities.
struct Refusal {
    Envelope envelope;
    Answer answer{};
    Issues issues;
};
std::string encode_refusal(const Refusal& refusal);
Result<Refusal> decode_refusal(std::string_view record);
/// The raw record: an envelope of format refusal_key around the refusal, so that it is found by the message's id like any other.
std::string refusal_record(const Refusal& refusal);

/// Takes a refusal's raw record: forwards it to Topic::quarantine and lists it in state, the newest `listed_max` of a partition.
void keep_refusal(const Record& record, Unit& unit, std::size_t listed_max = 10'000);
/// Refusal records processed in a partition; like activations they are left out of the balance.
std::uint64_t refusals_kept(State& state);
struct ListedRefusal {
    Refusal refusal; ///< without its bytes
    std::uint64_t offset{};
};
/// Newest first, at most `limit`.
std::vector<ListedRefusal> listed_refusals(State& state, std::size_t limit);

} // namespace sluse
