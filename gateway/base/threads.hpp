// gateway/base/threads.hpp — what threads are called, and which of them give way.
#pragma once

#include <pthread.h>

namespace sluse {

/// Shown by top and perf; at most 15 characters.
inline void name_this_thread(const char* name)
{
    static_cast<void>(pthread_setname_np(pthread_self(), name));
}

/// Shares of a contended core, as niceness, beside a thread that has not given way.
enum class Yield { some = 5, most = 15 }; ///< a quarter; a thirtieth

/// For threads that process: senders wait for their acknowledgements, nobody waits for a unit. This thread takes a smaller share, and a thread that has not
/// given way runs at once when it wakes. On Linux both count by thread, and threads made by this one inherit them. That it is refused changes nothing
/// but latency.
void give_way_to_acknowledgements(Yield share = Yield::most);

} // namespace sluse
