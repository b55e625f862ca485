// gateway/tools/convert_files.cpp — mapping files, and cutting a pipe between messages.
#include "gateway/tools/convert_files.hpp"

#include "adapters/hl7v2/adapter.hpp"
#include "gateway/base/mapped_file.hpp"
#include "gateway/intake/mllp_frame.hpp"
#include "gateway/intake/runs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <unistd.h>
#include <unordered_set>
#include <utility>

namespace sluse {
namespace {

constexpr std::size_t block_bytes = 16u << 20;

Fault unreadable(const std::string& file, const char* doing)
{
    return {Errc::not_found, file + ": " + doing + ": " + std::strerror(errno)};
}

/// A letter that stands in its file twice is one letter: an interchange that was copied behind itself must not come out twice.
void leave_out_repeated(std::vector<std::string_view>& letters, Issues& issues)
{
    std::unordered_set<std::string_view> seen;
    std::erase_if(letters, [&](std::string_view piece) {
        const auto at = piece.find("UNH"), end = piece.rfind("UNZ");
        const auto letter = at == piece.npos ? piece : piece.substr(at, end == piece.npos || end < at ? end : end - at);
        if (seen.insert(letter).second) return false;
        issues.push_back({Severity::warning, IssueKind::duplicate_key, "interchange", "holds a letter that came before in this file; it is left out"});
        return true;
    });
}

void add(MessageBlock& block, std::string_view message)
{
    if (!block.adapter) block.adapter = adapter_for(message);
    if (!block.adapter) {
        block.messages.push_back(message);
        return;
    }
    auto pieces = block.adapter->split(message, block.issues);
    if (block.adapter->name == "hl7v2") hl7v2::join_continued(pieces, block.owned);
    if (block.adapter->name == "edifact" && pieces.size() > 1) leave_out_repeated(pieces, block.issues);
    std::string own;
    for (const auto one : pieces) {
        const auto whole = alone_of(*block.adapter, message, one, own);
        block.messages.push_back(whole.data() == own.data() ? std::string_view(block.owned.emplace_back(std::exchange(own, {}))) : whole);
    }
}

/// Where a message begins at the earliest after which nothing of an earlier one comes: the last line that starts one.
std::size_t last_start(std::string_view bytes)
{
    for (auto at = bytes.find_last_of("\r\n\x1c\v"); at != bytes.npos && at > 0; at = bytes.find_last_of("\r\n\x1c\v", at - 1)) {
        const auto line = bytes.substr(at + 1);
        if (line.starts_with("MSH") || line.starts_with('{') || line.starts_with("UNA:") || line.starts_with("<?xml ")) return bytes[at] == '\v' ? at : at + 1;
    }
    return 0;
}

std::function<bool(std::string_view)> in_blocks(const std::function<bool(MessageBlock&)>& use)
{
    return [&use](std::string_view run) {
        auto block = messages_in(run);
        return use(block);
    };
}

/// A batch counts its messages and must be seen whole.
bool batch(std::string_view bytes)
{
    const auto head = bytes.substr(0, 64);
    return head.find("FHS") != head.npos || head.find("BHS") != head.npos;
}

Result<void> each_pipe_block(int descriptor, const std::string& file, const std::function<bool(MessageBlock&)>& use)
{
    std::string room; // its first `size` bytes were read: a pipe gives a few pages at a time, which must not cost clearing a megabyte
    std::size_t size = 0;
    for (bool more = true; more;) {
        if (room.size() - size < (1u << 20)) room.resize(room.size() + std::max(room.size() / 2, std::size_t{2} << 20));
        const auto got = read(descriptor, room.data() + size, 1u << 20);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(file, "cannot be read");
        size += static_cast<std::size_t>(got);
        more = got > 0;
        const auto held = std::string_view(room).substr(0, size);
        if (more && (size < block_bytes || batch(held))) continue;
        const auto end = more ? last_start(held) : size;
        if (end == 0) continue; // one message longer than a block
        if (!each_run(held.substr(0, end), in_blocks(use))) return {};
        size -= end;
        std::memmove(room.data(), room.data() + end, size);
    }
    return {};
}

} // namespace

MessageBlock messages_in(std::string_view bytes)
{
    MessageBlock block;
    if (!framed(bytes)) {
        if (bytes.find_first_not_of(" \t\r\n") != bytes.npos) add(block, bytes);
        return block;
    }
    MllpFramer framer(std::numeric_limits<std::size_t>::max(), std::numeric_limits<std::size_t>::max());
    for (;;) {
        const auto message = framer.next(bytes);
        if (!message || !*message) break;
        add(block, **message);
    }
    if (const auto last = framer.settle()) add(block, block.owned.emplace_back(*last));
    if (framer.inside()) block.issues.push_back({Severity::error, IssueKind::sequence, "message", "the last frame does not end; its message is left out"});
    return block;
}

Result<void> each_block(const std::string& file, const std::function<bool(MessageBlock&)>& use)
{
    if (file == "-") return each_pipe_block(STDIN_FILENO, file, use);
    std::error_code none;
    if (std::filesystem::is_regular_file(file, none)) {
        const MappedFile mapped(file);
        if (!mapped.bytes().empty()) {
            each_run(mapped.bytes(), in_blocks(use));
            return {};
        }
    }
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC); // a pipe, a device, what is empty or cannot be mapped
    if (descriptor < 0) return unreadable(file, "cannot be opened");
    auto read = each_pipe_block(descriptor, file, use);
    close(descriptor);
    return read;
}

} // namespace sluse
