// gateway/tools/descriptor.hpp — whole texts to a file descriptor: a pipe may take them in pieces, a signal may come between.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <unistd.h>

namespace sluse {

/// False when it cannot be written to.
inline bool write_all(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto done = write(descriptor, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
}

/// The same for several texts, gathered by the kernel and not here.
inline bool write_all(int descriptor, std::span<const std::string> texts)
{
    std::size_t done = 0; // of the first text
    while (!texts.empty()) {
        std::array<iovec, 64> parts;
        const auto count = std::min(parts.size(), texts.size());
        for (std::size_t i = 0; i < count; ++i) parts[i] = {const_cast<char*>(texts[i].data()), texts[i].size()};
        parts[0] = {const_cast<char*>(texts[0].data()) + done, texts[0].size() - done};
        const auto written = writev(descriptor, parts.data(), static_cast<int>(count));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        for (done += static_cast<std::size_t>(written); !texts.empty() && done >= texts[0].size(); texts = texts.subspan(1)) done -= texts[0].size();
    }
    return true;
}

} // namespace sluse
