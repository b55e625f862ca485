// gateway/base/time.hpp — instants, local days and time zones. Nothing here asks what time it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluse {

/// Milliseconds since 1970-01-01T00:00Z.
using Millis = std::int64_t;
constexpr Millis second_ms = 1000, minute_ms = 60 * second_ms, hour_ms = 60 * minute_ms;

/// A calendar day as days since 1970-01-01; which zone's calendar is said where it is used (default Europe/Copenhagen).
using Day = std::int32_t;

struct Date {
    int year{}, month{}, day{};
    bool operator==(const Date&) const = default;
};
Day day_of(Date date);
Date date_of(Day day);
bool valid(Date date);
int days_in_month(int year, int month);
/// Whole years from `birth` to `at`; 29 February's birthdays fall on 1 March in common years.
int age_at(Day birth, Day at);
/// "2026-03-01"
std::string iso(Day day);
std::optional<Day> parse_day(std::string_view iso);

/// An IANA time zone, from the system's database. Cheap to copy; thread-safe; remembers the last offset interval per thread.
class Zone {
public:
    /// Empty when the name is not in the system's database.
    static std::optional<Zone> find(std::string_view name);
    /// Europe/Copenhagen, the default everywhere; throws at start when the machine has no zone database.
    static const Zone& copenhagen();

    /// Seconds east of UTC in force at `at`.
    int offset_at(Millis at) const;
    /// Local wall-clock time to instant. Ambiguous (autumn): the earlier instant. Empty when skipped (spring).
    std::optional<Millis> to_instant(Day day, std::int64_t ms_of_day) const;
    Day day_at(Millis at) const;
    std::int64_t ms_of_day_at(Millis at) const;

private:
    explicit Zone(const void* zone) : zone_(zone) {}
    const void* zone_; ///< date::time_zone, lives as long as the process
};

/// "2026-03-01T10:15:30.123Z" (milliseconds only when not zero).
std::string rfc3339(Millis at);
/// "2026-03-01T11:15:30+01:00" in the zone.
std::string rfc3339(Millis at, const Zone& zone);
/// RFC 3339 date-time with offset or Z, any number of fraction digits. Empty when it is not one.
std::optional<Millis> parse_instant(std::string_view text);

/// The only clock, handed to the shells; tests hand in their own.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Millis now() const = 0;
};
const Clock& system_clock();

} // namespace sluse
