// bench/allocations.cpp — counts what the program allocates; linked into the bench only.
#include "bench/measure.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>

#include <unistd.h>

namespace {
/// Each thread counts on a cache line of its own, so that counting does not slow two threads down.
struct alignas(64) Slot {
    std::atomic<std::uint64_t> count{0};
    std::atomic<int> thread{0};
};
std::array<Slot, 64> slots;
std::atomic<std::size_t> threads{0};
thread_local Slot* mine = nullptr;

void count_one()
{
    if (!mine) {
        mine = &slots[threads.fetch_add(1, std::memory_order_relaxed) % slots.size()];
        mine->thread = gettid();
    }
    mine->count.fetch_add(1, std::memory_order_relaxed);
}
} // namespace

namespace sluse::bench {
std::uint64_t allocations()
{
    std::uint64_t sum = 0;
    for (const auto& slot : slots) sum += slot.count.load(std::memory_order_relaxed);
    return sum;
}
std::uint64_t allocations_of(int thread)
{
    std::uint64_t sum = 0;
    for (const auto& slot : slots)
        if (slot.thread == thread) sum += slot.count.load(std::memory_order_relaxed);
    return sum;
}
} // namespace sluse::bench

void* operator new(std::size_t size)
{
    count_one();
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
