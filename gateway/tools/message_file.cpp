// gateway/tools/message_file.cpp — reading a file block by block, and handing out its messages.
#include "gateway/tools/message_file.hpp"

#include "gateway/intake/runs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sluse {

using Kind = FoundMessage::Kind;

Result<MessageFile> MessageFile::open(const std::string& path, std::size_t message_bytes_max)
{
    MessageFile file(path, message_bytes_max);
    file.file_.reset(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
    if (!file.file_) return Fault{Errc::not_found, path + ": " + std::strerror(errno)};
    if (path != "-" && std::fseek(file.file_.get(), 0, SEEK_END) == 0) {
        const auto size = std::ftell(file.file_.get());
        if (size > 0) file.total_ = static_cast<std::uint64_t>(size);
        std::rewind(file.file_.get());
    }
    return file;
}

bool MessageFile::fill()
{
    buffer_.erase(0, at_);
    at_ = 0;
    const auto had = buffer_.size();
    // Doubling, so that a long message is not looked through once for every block.
    buffer_.resize(had + std::max<std::size_t>(had, 256 * 1024));
    const auto n = std::fread(buffer_.data() + had, 1, buffer_.size() - had, file_.get());
    buffer_.resize(had + n);
    ended_ = n == 0;
    return n > 0;
}

Result<bool> MessageFile::next(std::string& out)
{
    for (;;) {
        const auto rest = std::string_view(buffer_).substr(at_);
        const auto found = rest.empty() && !ended_ ? FoundMessage{Kind::more, {}, 0} : find_message(rest, ended_);
        if (found.kind == Kind::more || (found.kind != Kind::message && found.used == rest.size() && !ended_)) {
            if (rest.size() > bytes_max_) return Fault{Errc::bad_message, path_ + ": a message is longer than " + std::to_string(bytes_max_) + " bytes"};
            fill();
            continue;
        }
        at_ += found.used;
        read_ += found.used;
        if (found.kind == Kind::nothing && at_ == buffer_.size() && ended_) return false;
        if (found.kind == Kind::nothing) continue;
        out.assign(found.text);
        return true;
    }
}

} // namespace sluse
