// gateway/tools/simulate_random.hpp — random numbers that are the same on every machine and standard library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluse::simulated {

/// SplitMix64's finaliser (Steele, Lea, Flood 2014): a good hash of one word.
constexpr std::uint64_t mix(std::uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/// A stream of them. Integers only: no floating point whose last bit a library could choose.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(mix(seed)) {}
    std::uint64_t word() { return mix(state_++); }
    /// Uniform in [0, n), n > 0.
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(((word() >> 32) * n) >> 32); }
    /// Uniform in [from, to].
    std::int64_t between(std::int64_t from, std::int64_t to)
    {
        return from + static_cast<std::int64_t>(below(static_cast<std::uint32_t>(to - from + 1)));
    }
    bool per_mille(unsigned share) { return below(1000) < share; }
    bool per_myriad(unsigned share) { return below(10'000) < share; }
    /// A draw from the distribution whose quantiles the table holds, linear between them.
    template <std::size_t N> std::int64_t quantile(const int (&table)[N])
    {
        const auto at = below(static_cast<std::uint32_t>(N - 1));
        return between(table[at], table[at + 1]);
    }

private:
    std::uint64_t state_;
};

} // namespace sluse::simulated
