// gateway/intake/mllp_frame.cpp — the stream machine.
#include "gateway/intake/mllp_frame.hpp"

#include <algorithm>
#include <cstring>

namespace sluse {
namespace {

constexpr char vt = '\v', fs = '\x1c';

bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/// What follows FS when it was the end of a frame: CR, LF from a careless sender, or the next frame.
bool ends_frame(char after_fs)
{
    return after_fs == '\r' || after_fs == '\n' || after_fs == vt;
}

/// Where the last VT stands; 0: at the front, or nowhere. memrchr() looks at many bytes at once, rfind() at each.
std::size_t last_start(std::string_view body)
{
    const auto* found = body.empty() ? nullptr : static_cast<const char*>(memrchr(body.data(), vt, body.size()));
    return found ? static_cast<std::size_t>(found - body.data()) : 0;
}

} // namespace

Result<std::optional<std::string_view>> MllpFramer::next(std::string_view& input)
{
    if (taken_) {
        // A long frame's buffer is given back: thousands of connections must not each keep the largest message they ever sent.
        if (held_.capacity() > 64 * 1024) held_ = {};
        held_.clear();
        taken_ = false;
    }
    while (!input.empty()) {
        if (!inside_) {
            const auto start = std::min(input.find(vt), input.size());
            const auto junk = static_cast<std::size_t>(
                std::count_if(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(start), [](char c) { return !blank(c); }));
            junk_bytes_ += junk;
            junk_run_ += junk;
            input.remove_prefix(start);
            if (junk_run_ > junk_bytes_max_) return Fault{Errc::bad_frame, "no start block"};
            if (input.empty()) break;
            input.remove_prefix(1);
            inside_ = true;
            junk_run_ = 0;
            continue;
        }
        if (end_seen_) { // the FS was the last byte of an earlier read
            end_seen_ = false;
            if (ends_frame(input.front())) {
                if (auto message = finish(held_)) return message;
                continue;
            }
            held_ += fs;
        }
        std::size_t end = 0; // of the frame's bytes in this input
        for (;; ++end) {
            end = input.find(fs, end);
            if (end == input.npos || end + 1 == input.size() || ends_frame(input[end + 1])) break;
        }
        const auto body = input.substr(0, end);
        if (held_.size() + body.size() > message_bytes_max_) return Fault{Errc::bad_frame, "message is longer than message_bytes_max"};
        if (end == input.npos || end + 1 == input.size()) {
            held_ += body;
            end_seen_ = end != input.npos;
            input = {};
            break;
        }
        input.remove_prefix(end + 1); // the CR is left: outside a frame it is a blank
        if (!held_.empty()) held_ += body;
        if (auto message = finish(held_.empty() ? body : std::string_view(held_))) return message;
    }
    return std::optional<std::string_view>();
}

std::optional<std::string_view> MllpFramer::settle()
{
    if (!may_settle()) return {};
    end_seen_ = false;
    return finish(held_);
}

/// The frame is over; nothing when there is no message in it.
std::optional<std::string_view> MllpFramer::finish(std::string_view body)
{
    inside_ = false;
    taken_ = true;
    // A frame that broke off: what counts is what was begun last. VT elsewhere is a line break that somebody typed.
    for (auto at = last_start(body); at > 0; at = last_start(body.substr(0, at))) {
        if (!body.substr(at + 1).starts_with("MSH")) continue;
        junk_bytes_ += at;
        body.remove_prefix(at + 1);
        break;
    }
    if (!std::all_of(body.begin(), body.end(), blank)) return body;
    ++empty_frames_;
    held_.clear();
    taken_ = false;
    return {};
}

void append_mllp_frame(std::string_view message, std::string& out)
{
    out.reserve(out.size() + message.size() + 3);
    out += vt;
    out += message;
    out += fs;
    out += '\r';
}

} // namespace sluse
