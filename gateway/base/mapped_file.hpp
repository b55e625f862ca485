// gateway/base/mapped_file.hpp — a file's bytes without copying them: the system keeps what is looked at.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>

namespace sluse {

/// Read-only, mapped while it lives, read ahead from front to back; no bytes when the file is empty or cannot be read.
class MappedFile {
public:
    explicit MappedFile(const std::filesystem::path& file)
    {
        const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat about {};
        if (descriptor >= 0 && fstat(descriptor, &about) == 0 && about.st_size > 0) {
            size_ = static_cast<std::size_t>(about.st_size);
            bytes_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
            if (bytes_ == MAP_FAILED) size_ = 0;
            else madvise(bytes_, size_, MADV_SEQUENTIAL);
        }
        if (descriptor >= 0) close(descriptor);
    }
    ~MappedFile()
    {
        if (size_) munmap(bytes_, size_);
    }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::string_view bytes() const { return size_ ? std::string_view(static_cast<const char*>(bytes_), size_) : std::string_view(); }

private:
    void* bytes_{};
    std::size_t size_{};
};

} // namespace sluse
