// gateway/message_source.hpp — one message, and those held back, as the HTTP surface shows them.
#pragma once

#include "gateway/sources.hpp"

#include <optional>
#include <vector>

namespace sluse {

/// Wherever it lies: in the journal, inside its refusal or still in the spool. Its FHIR is made again from its bytes. Nothing: nobody knows the id.
Result<std::optional<MessageView>> read_message(const SourcesOf& parts, const Ulid& id);
/// Held messages, notes and refusals, newest first, at most `limit`.
std::vector<QuarantinedMessage> read_quarantine(Log& log, std::size_t limit);

} // namespace sluse
