// gateway/base/allocator.hpp — what the allocator holds, where it can tell.
#pragma once

#include <cstddef>
#include <optional>

namespace sluse {

struct AllocatorMemory {
    std::size_t allocated{}; ///< in use by the process
    std::size_t resident{};  ///< in memory for it: with what was given back and not yet to the system, and its own tables
};

/// None where the allocator is not jemalloc.
std::optional<AllocatorMemory> allocator_memory();

} // namespace sluse
