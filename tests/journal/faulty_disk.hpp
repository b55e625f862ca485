// tests/journal/faulty_disk.hpp — a disk that fails when told to, below a real directory.
#pragma once

#include <atomic>
#include <memory>

namespace sluse {

class FaultyDisk {
public:
    enum class Trouble { no_space, io_error };
    FaultyDisk();
    ~FaultyDisk();
    void* env(); ///< for EmbeddedOptions::disk

    /// Writes and syncs number `first` to `first + count - 1` from now on fail.
    void fail(long first, long count, Trouble trouble);
    long operations() const { return operations_; }

    /// For the files of this disk: true when the next operation fails.
    bool fails();
    Trouble trouble() const { return trouble_; }

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::atomic<long> operations_{}, from_{-1}, until_{-1};
    std::atomic<Trouble> trouble_{};
};

} // namespace sluse
