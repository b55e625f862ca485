// tests/temporary.hpp — a directory that goes when the test ends.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sluse {

class TemporaryDirectory {
public:
    TemporaryDirectory()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "sluse-test-XXXXXX").string();
        if (const auto* made = ::mkdtemp(pattern.data())) path_ = made;
    }
    ~TemporaryDirectory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace sluse
