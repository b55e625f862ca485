// gateway/tools/latency.hpp — a histogram of latencies with three per cent of error, for percentiles of millions of messages.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace sluse {

/// 32 buckets for each doubling of microseconds, up to an hour. One thread.
class Latencies {
public:
    void add(std::chrono::steady_clock::duration span)
    {
        const auto us = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(span).count());
        ++counts_[slot(static_cast<std::uint64_t>(us))];
        ++total_;
        most_us_ = std::max(most_us_, us);
    }
    /// In milliseconds; the upper end of the bucket, never above the largest seen.
    double quantile_ms(double q) const
    {
        std::uint64_t below = 0;
        const auto rank = q * static_cast<double>(total_);
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            below += counts_[i];
            if (below > 0 && static_cast<double>(below) >= rank) return static_cast<double>(std::min<std::int64_t>(upper_us(i), most_us_)) / 1000;
        }
        return 0;
    }
    double max_ms() const { return static_cast<double>(most_us_) / 1000; }
    std::uint64_t count() const { return total_; }

private:
    static constexpr unsigned sub_bits = 5;
    static std::size_t slot(std::uint64_t us)
    {
        us = std::min<std::uint64_t>(us, (std::uint64_t{1} << 32) - 1);
        if (us < (1u << sub_bits)) return static_cast<std::size_t>(us);
        const auto shift = static_cast<unsigned>(std::bit_width(us)) - sub_bits - 1;
        return (shift + 1) * (1u << sub_bits) + static_cast<std::size_t>((us >> shift) - (1u << sub_bits));
    }
    static std::int64_t upper_us(std::size_t slot)
    {
        const auto row = slot >> sub_bits, column = slot & ((1u << sub_bits) - 1);
        if (row == 0) return static_cast<std::int64_t>(column);
        return static_cast<std::int64_t>((((1u << sub_bits) + column + 1) << (row - 1)) - 1);
    }
    std::array<std::uint64_t, 29 * 32> counts_{};
    std::uint64_t total_{};
    std::int64_t most_us_{};
};

} // namespace sluse
