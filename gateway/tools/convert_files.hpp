// gateway/tools/convert_files.hpp — files and standard input as messages: batches, NDJSON, MLLP streams; mapped, not copied.
#pragma once

#include "adapters/adapter.hpp"

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// A part of one file: its messages, and what is wrong with the file as such. The views live as long as the call that hands it out.
struct MessageBlock {
    const Adapter* adapter{}; ///< null: no format recognises these bytes
    std::vector<std::string_view> messages;
    Issues issues;
    std::deque<std::string> owned; ///< messages that lay in no one piece
};

/// The messages in `bytes`, whatever carries them.
MessageBlock messages_in(std::string_view bytes);

/// Hands `use` the file's messages in order: a file at once, since it is mapped; standard input ("-") in blocks of some 16 MB that end
/// between messages, so that a pipe may be endless. Stops when `use` says false. Fault: the file cannot be read.
Result<void> each_block(const std::string& file, const std::function<bool(MessageBlock&)>& use);

} // namespace sluse
