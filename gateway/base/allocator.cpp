// gateway/base/allocator.cpp — jemalloc's own figures.
#include "gateway/base/allocator.hpp"

#include <cstdint>

extern "C" __attribute__((weak)) int mallctl(const char* name, void* old_value, std::size_t* old_size, void* new_value, std::size_t new_size);

namespace sluse {

std::optional<AllocatorMemory> allocator_memory()
{
    if (!mallctl) return std::nullopt; // another allocator is linked
    std::uint64_t epoch = 1; // figures are those of the last change of this
    if (mallctl("epoch", nullptr, nullptr, &epoch, sizeof epoch) != 0) return std::nullopt;
    AllocatorMemory out;
    auto size = sizeof out.allocated;
    if (mallctl("stats.allocated", &out.allocated, &size, nullptr, 0) != 0) return std::nullopt;
    if (mallctl("stats.resident", &out.resident, &size, nullptr, 0) != 0) return std::nullopt;
    return out;
}

} // namespace sluse
