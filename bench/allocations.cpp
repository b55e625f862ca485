// bench/allocations.cpp — counts what the program allocates; linked into the bench only.
#include "bench/measure.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::uint64_t> count{0};
}

namespace sluse::bench {
std::uint64_t allocations()
{
    return count.load(std::memory_order_relaxed);
}
} // namespace sluse::bench

void* operator new(std::size_t size)
{
    count.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(size ? size : 1)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
