// gateway/journal/threads.hpp — what the journal's threads are called, and which of them give way.
#pragma once

#include <pthread.h>
#include <sys/resource.h>

namespace sluse {

/// Shown by top and perf; at most 15 characters.
inline void name_this_thread(const char* name)
{
    static_cast<void>(pthread_setname_np(pthread_self(), name));
}

/// For threads that process: senders wait for their acknowledgements, nobody waits for a unit. On Linux niceness counts by thread, and
/// threads made by this one inherit it. That it is refused changes nothing but latency.
inline void give_way_to_acknowledgements()
{
    constexpr int niceness = 15; // a thirtieth of a contended core
    static_cast<void>(setpriority(PRIO_PROCESS, 0, niceness));
}

} // namespace sluse
