// gateway/track/lattice.hpp — the fixed set of roll-ups that is published: which periods, by which dimension, and the rows a contribution falls in.
#pragma once

#include "gateway/model/contribution.hpp"
#include "gateway/track/tracker.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace sluse {

/// A stratum is a region, sex and age band, as one code: "DK-84|female|65-69". What numbers are standardised by.
enum class By : std::uint8_t { total, region, municipality, unit, sex, age_band, stratum };
constexpr std::size_t by_count = 7;
constexpr std::size_t period_kinds = 6;
std::optional<By> parse_by(std::string_view name);
std::string code_of(const Dimensions& dims, By by);

/// Index of the period of `kind` that holds `day`: days as days, weeks by their Monday, months, quarters and years counted, all 0.
std::int32_t period_of(PeriodKind kind, Day day);
/// First day of the period, and of the next one.
Day period_begin(PeriodKind kind, std::int32_t period);
Day period_end(PeriodKind kind, std::int32_t period);
/// "2026-03-01", "2026-W10", "2026-03", "2026-Q1", "2026", "all"
std::string period_name(PeriodKind kind, std::int32_t period);

/// Days and weeks are published in total and by region, months and longer by every dimension, years also by stratum. Other crossings need a role.
bool published(PeriodKind kind, By by);

/// One published row of one indicator at one version.
struct RowKey {
    PeriodKind kind{};
    By by{};
    std::int32_t period{};
    std::string code;
    auto operator<=>(const RowKey&) const = default;
};
struct RowKeyHash {
    std::size_t operator()(const RowKey& key) const;
};

/// Every published row that a contribution of this day and these dimensions falls in; each is valid during its call.
template <class Each> void each_row(Day day, const Dimensions& dims, Each&& each)
{
    std::array<std::string, by_count> codes;
    for (std::size_t b = 0; b < by_count; ++b) codes[b] = code_of(dims, static_cast<By>(b));
    RowKey row;
    for (std::size_t k = 0; k < period_kinds; ++k) {
        row.kind = static_cast<PeriodKind>(k);
        row.period = period_of(row.kind, day);
        for (std::size_t b = 0; b < by_count; ++b) {
            row.by = static_cast<By>(b);
            if (!published(row.kind, row.by)) continue;
            row.code.swap(codes[b]); // and back: nothing is copied a row
            each(std::as_const(row));
            row.code.swap(codes[b]);
        }
    }
}

} // namespace sluse
