// gateway/intake/mllp_frame.hpp — MLLP framing without I/O: bytes go in as they come, whole messages come out. <VT> message <FS><CR>
#pragma once

#include "gateway/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluse {

/// A stream machine for one connection; looks at each byte once, however the bytes are cut. Holds at most one part of a frame, bounded by
/// message_bytes_max. Which messages come out does not depend on where the reads were cut.
///
/// Forgiven: bytes before the start block (skipped, counted), blanks around a message, empty frames, an end block without its CR when the
/// next start block follows, FS within the text, VT within the text. A start block and "MSH" inside a frame mean that the sender broke
/// off and began again: the broken part is dropped and counted.
class MllpFramer {
public:
    /// `junk_bytes_max`: this much without a start block is no MLLP at all.
    explicit MllpFramer(std::size_t message_bytes_max, std::size_t junk_bytes_max = 64 * 1024)
        : message_bytes_max_(message_bytes_max), junk_bytes_max_(junk_bytes_max)
    {
    }

    /// Takes bytes from the front of `input` up to the end of the next message and returns that message; nothing when the input is used
    /// up. The view points into `input` when the whole frame lay there, else into the framer; it is good until the next call. Call until
    /// it returns nothing, so that pipelined messages all come out. After a Fault the stream has no meaning: close it.
    Result<std::optional<std::string_view>> next(std::string_view& input);

    /// True when the bytes so far end with FS: a message whose CR is late or never comes. When the sender pauses (say 100 ms) or closes,
    /// call settle() to take it as whole; a CR that comes afterwards is no junk.
    bool may_settle() const { return inside_ && end_seen_; }
    std::optional<std::string_view> settle();

    /// A frame has begun and not ended: the mid-frame deadline applies, and closing now loses a part (not acknowledged, so not lost).
    bool inside() const { return inside_; }

    std::size_t held_bytes() const { return taken_ ? 0 : held_.size(); } ///< of a frame that is not whole yet
    std::uint64_t junk_bytes() const { return junk_bytes_; }     ///< skipped outside frames, and broken-off parts
    std::uint64_t empty_frames() const { return empty_frames_; }

private:
    std::optional<std::string_view> finish(std::string_view body);

    std::size_t message_bytes_max_, junk_bytes_max_;
    std::string held_;      ///< the frame's bytes from earlier reads
    bool taken_{};          ///< held_ was handed out: empty it at the next call
    bool inside_{};
    bool end_seen_{};       ///< held_ would end with FS; what follows decides whether that was the end
    std::size_t junk_run_{};
    std::uint64_t junk_bytes_{}, empty_frames_{};
};

/// Appends <VT> message <FS><CR>.
void append_mllp_frame(std::string_view message, std::string& out);

} // namespace sluse
