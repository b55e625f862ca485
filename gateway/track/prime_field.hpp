// gateway/track/prime_field.hpp — whole numbers modulo a prime: exact, and every one but 0 can be divided by.
#pragma once

#include <cstdint>

namespace sluse::prime_field {

/// So large that what is chosen at random is 0 once in 10^18 times.
inline constexpr std::uint64_t prime = (std::uint64_t{1} << 61) - 1;

inline std::uint64_t times(std::uint64_t a, std::uint64_t b)
{
    __extension__ using Wide = unsigned __int128;
    const auto product = static_cast<Wide>(a) * b;
    const auto sum = static_cast<std::uint64_t>(product & prime) + static_cast<std::uint64_t>(product >> 61);
    return sum >= prime ? sum - prime : sum;
}

inline std::uint64_t plus(std::uint64_t a, std::uint64_t b)
{
    return a + b >= prime ? a + b - prime : a + b;
}

inline std::uint64_t negative(std::uint64_t a)
{
    return a == 0 ? 0 : prime - a;
}

inline std::uint64_t inverse(std::uint64_t value)
{
    if (value == 1 || value == prime - 1) return value; // nearly always
    std::uint64_t out = 1;
    for (auto power = prime - 2; power > 0; power >>= 1, value = times(value, value))
        if (power & 1) out = times(out, value);
    return out;
}

} // namespace sluse::prime_field
