// gateway/base/files.hpp — a small file, whole.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sluse {

/// Its bytes; none when it cannot be read.
inline std::string bytes_of(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace sluse
