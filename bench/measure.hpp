// bench/measure.hpp — what a figure is made of: wall and CPU time, allocations, percentiles; printed as one JSON object a line.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace sluse::bench {

using Steady = std::chrono::steady_clock;

inline double seconds_since(Steady::time_point start)
{
    return std::chrono::duration<double>(Steady::now() - start).count();
}

inline double cpu_seconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Calls of operator new since start, all threads (allocations.cpp).
std::uint64_t allocations();
/// The same of one thread (its id in /proc); exact while the program has at most 64 threads.
std::uint64_t allocations_of(int thread);

/// Wall, CPU and allocations between construction and the reading.
class Span {
public:
    double wall() const { return seconds_since(start_); }
    double cpu() const { return cpu_seconds() - cpu_; }
    std::uint64_t allocated() const { return allocations() - allocations_; }

private:
    Steady::time_point start_ = Steady::now();
    double cpu_ = cpu_seconds();
    std::uint64_t allocations_ = allocations();
};

/// The q-th of the values (0…1); sorts them.
inline double quantile(std::vector<double>& values, double q)
{
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[std::min(values.size() - 1, static_cast<std::size_t>(q * static_cast<double>(values.size())))];
}

} // namespace sluse::bench
