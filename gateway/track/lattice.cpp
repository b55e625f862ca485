// gateway/track/lattice.cpp — periods and their names, dimensions and their codes.
#include "gateway/track/lattice.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluse {
namespace {

constexpr std::string_view by_names[by_count] = {"", "region", "municipality", "unit", "sex", "age_band", "stratum"};

/// Monday of the day's ISO week; 1970-01-01 was a Thursday.
Day monday_of(Day day)
{
    const auto weekday = ((day + 3) % 7 + 7) % 7;
    return day - weekday;
}

} // namespace

std::optional<By> parse_by(std::string_view name)
{
    const auto found = std::ranges::find(by_names, name);
    if (found == std::end(by_names)) return {};
    return static_cast<By>(found - by_names);
}

std::string code_of(const Dimensions& dims, By by)
{
    switch (by) {
    case By::total: return {};
    case By::region: return dims.region;
    case By::municipality: return dims.municipality;
    case By::unit: return dims.unit;
    case By::sex: return dims.sex;
    case By::age_band: return dims.age_band;
    case By::stratum: return dims.region + '|' + dims.sex + '|' + dims.age_band;
    }
    return {};
}

std::int32_t period_of(PeriodKind kind, Day day)
{
    if (kind == PeriodKind::day) return day;
    if (kind == PeriodKind::week) return monday_of(day);
    if (kind == PeriodKind::all) return 0;
    const auto date = date_of(day);
    if (kind == PeriodKind::month) return date.year * 12 + date.month - 1;
    if (kind == PeriodKind::quarter) return date.year * 4 + (date.month - 1) / 3;
    return date.year;
}

Day period_begin(PeriodKind kind, std::int32_t period)
{
    switch (kind) {
    case PeriodKind::day:
    case PeriodKind::week: return period;
    case PeriodKind::month: return day_of({period / 12, period % 12 + 1, 1});
    case PeriodKind::quarter: return day_of({period / 4, period % 4 * 3 + 1, 1});
    case PeriodKind::year: return day_of({period, 1, 1});
    case PeriodKind::all: return day_of({1, 1, 1});
    }
    return 0;
}

Day period_end(PeriodKind kind, std::int32_t period)
{
    if (kind == PeriodKind::all) return day_of({9999, 12, 31});
    return period_begin(kind, kind == PeriodKind::week ? period + 7 : period + 1);
}

std::string period_name(PeriodKind kind, std::int32_t period)
{
    switch (kind) {
    case PeriodKind::day: return iso(period);
    case PeriodKind::week: {
        const auto year = date_of(period + 3).year; // a week belongs to the year of its Thursday
        const auto first = monday_of(day_of({year, 1, 4}));
        return fmt::format("{:04}-W{:02}", year, (period - first) / 7 + 1);
    }
    case PeriodKind::month: return fmt::format("{:04}-{:02}", period / 12, period % 12 + 1);
    case PeriodKind::quarter: return fmt::format("{:04}-Q{}", period / 4, period % 4 + 1);
    case PeriodKind::year: return fmt::format("{:04}", period);
    case PeriodKind::all: return "all";
    }
    return {};
}

bool published(PeriodKind kind, By by)
{
    if (by == By::stratum) return kind == PeriodKind::year || kind == PeriodKind::all;
    const bool fine = kind == PeriodKind::day || kind == PeriodKind::week;
    return !fine || by == By::total || by == By::region;
}

std::size_t RowKeyHash::operator()(const RowKey& key) const
{
    auto hash = std::hash<std::string_view>{}(key.code);
    const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x9e3779b97f4a7c15ull; };
    mix(static_cast<std::uint64_t>(key.kind) << 8 | static_cast<std::uint64_t>(key.by));
    mix(static_cast<std::uint32_t>(key.period));
    return hash ^ hash >> 32;
}

} // namespace sluse
