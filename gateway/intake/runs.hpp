// gateway/intake/runs.hpp — bytes that hold messages of several formats, cut by their syntax: what stands first, and where the format changes.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace sluse {

/// What stands at the front of some bytes, found without decoding it.
struct FoundMessage {
    enum class Kind {
        message,  ///< `text` is one, `used` bytes are done with
        more,     ///< cannot be told without more bytes
        nothing,  ///< only blanks and batch envelopes; `used` bytes are done with
        junk,     ///< `used` bytes are no message of a kind known here
    } kind{};
    std::string_view text;
    std::size_t used{};
};
/// `last`: no more bytes follow. Messages of several formats may stand one after another.
FoundMessage find_message(std::string_view bytes, bool last);

/// In MLLP's frames?
bool framed(std::string_view bytes);
/// Hands `use` the bytes in as many runs as there are of one format in one syntax, in order: mostly one, all of them. Each can be given to
/// that format's split(). Stops when `use` says false, and says false then.
bool each_run(std::string_view bytes, const std::function<bool(std::string_view)>& use);

} // namespace sluse
