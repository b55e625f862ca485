// gateway/explain/explainer.hpp — from a cell to its contributions, their facts and the bytes behind them, and from a message to all it changed.
#pragma once

#include "gateway/explain/retell.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/explanation.hpp"

#include <memory>

namespace sluse {

/// What explanations are read from. The answers lead to identities: who asks needs a role, and leaves a line (the caller's part).
struct ExplainWith {
    Log& log;
    std::shared_ptr<const Packs> packs;
    RetellWith retell;
};

/// Contributions that stand in the cell, by the order of their persons' keyed hashes, `question.limit` at a time. Reads committed state; a
/// page costs a walk over the persons until it is full. Errc::not_found: no such indicator.
Result<CellExplanation> explain_cell(const ExplainWith& with, const CellQuestion& question);
/// One of those, down to the bytes. Errc::not_found: it stands no more.
Result<ContributionExplanation> explain_contribution(const ExplainWith& with, std::string_view ref);
/// What a message said, what of it holds, and what it changed. With `indicator` also why its things count there or not.
Result<MessageExplanation> explain_message(const ExplainWith& with, const Ulid& id, std::string_view indicator = {});

} // namespace sluse
