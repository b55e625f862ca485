// gateway/tools/descriptor.hpp — whole texts to a file descriptor: a pipe may take them in pieces, a signal may come between.
#pragma once

#include <cerrno>
#include <string_view>
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

} // namespace sluse
