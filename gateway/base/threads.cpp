// gateway/base/threads.cpp — how a thread gives way on Linux: its share, and how long it keeps a core.
#include "gateway/base/threads.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace sluse {
namespace {

/// What sched_setattr(2) takes, in its first form; glibc 2.36 declares neither.
struct SchedulingAttributes {
    std::uint32_t size;
    std::uint32_t policy; ///< 0: SCHED_OTHER
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime; ///< ns; of SCHED_OTHER the slice, from Linux 6.12 on
    std::uint64_t deadline;
    std::uint64_t period;
};
static_assert(sizeof(SchedulingAttributes) == 48);

/// Since EEVDF (Linux 6.6) a running thread keeps its core until its slice has ended, whatever its niceness: the committing thread, woken after every sync,
/// waited milliseconds for a worker. From 6.12 on a thread with a shorter slice need not wait. Everything that has not given way has 1 to 3 ms.
constexpr std::uint64_t slice_ns = 20'000'000;

} // namespace

void give_way_to_acknowledgements(Yield share)
{
    const auto nice = static_cast<int>(share);
    const SchedulingAttributes wanted{.size = sizeof(SchedulingAttributes), .policy = 0, .flags = 0, .nice = nice, .priority = 0, .runtime = slice_ns, .deadline = 0, .period = 0};
    if (syscall(SYS_sched_setattr, 0, &wanted, 0U) != 0) static_cast<void>(setpriority(PRIO_PROCESS, 0, nice));
}

} // namespace sluse
