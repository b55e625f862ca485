// gateway/browse.hpp — the newest messages of the journal, by system, type and what became of them.
#pragma once

#include "gateway/process/quarantine.hpp"
#include "gateway/serve/sources.hpp"

namespace sluse {

/// Goes back from the journal's end (or from `question.before`) until it has found as many as asked for, or has looked at enough.
/// No index is kept: the answer says how far it looked. On Kafka the fate of messages in another process's partitions is unknown.
Result<MessageList> newest_messages(Log& log, const MessageQuestion& question);

/// What the API calls the state of a message with this trace; none: not processed yet.
std::string status_of(const std::optional<MessageTrace>& trace);

} // namespace sluse
