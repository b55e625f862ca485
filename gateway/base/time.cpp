// gateway/base/time.cpp — calendars by Howard Hinnant's date library, zones from the system's IANA database.
#include "gateway/base/time.hpp"

#include <chrono>
#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

namespace sluse {
namespace {

struct Interval {
    const void* zone{};
    std::int64_t begin_s{1}, end_s{0};
    int offset_s{};
};

const date::time_zone& tz(const void* zone)
{
    return *static_cast<const date::time_zone*>(zone);
}

int digits(std::string_view text, std::size_t at, std::size_t count)
{
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

void put_two(char* at, std::int64_t number)
{
    at[0] = static_cast<char>('0' + number / 10);
    at[1] = static_cast<char>('0' + number % 10);
}

std::string with_offset(Millis at, int offset_s)
{
    const auto local = at + Millis{offset_s} * second_ms;
    const auto day = static_cast<Day>(local >= 0 ? local / (24 * hour_ms) : -((-local + 24 * hour_ms - 1) / (24 * hour_ms)));
    const auto rest = local - Millis{day} * 24 * hour_ms;
    std::string text;
    text.reserve(32); // with milliseconds and an offset
    (text += iso(day)) += "T00:00:00";
    put_two(&text[text.size() - 8], rest / hour_ms);
    put_two(&text[text.size() - 5], rest / minute_ms % 60);
    put_two(&text[text.size() - 2], rest / second_ms % 60);
    const auto ms = rest % second_ms;
    if (!ms) return text;
    text += ".000";
    text[text.size() - 3] = static_cast<char>('0' + ms / 100);
    put_two(&text[text.size() - 2], ms % 100);
    return text;
}

} // namespace

Day day_of(Date d)
{
    return static_cast<Day>(
        date::sys_days{date::year{d.year} / date::month{static_cast<unsigned>(d.month)} / date::day{static_cast<unsigned>(d.day)}}
            .time_since_epoch()
            .count());
}

Date date_of(Day day)
{
    const date::year_month_day ymd{date::sys_days{date::days{day}}};
    return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())), static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

int days_in_month(int year, int month)
{
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool valid(Date d)
{
    return d.year >= 1 && d.year <= 9999 && d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= days_in_month(d.year, d.month);
}

int age_at(Day birth, Day at)
{
    const auto b = date_of(birth), a = date_of(at);
    return a.year - b.year - ((a.month < b.month || (a.month == b.month && a.day < b.day)) ? 1 : 0);
}

std::string iso(Day day)
{
    const auto d = date_of(day);
    if (d.year < 0 || d.year > 9999) return fmt::format("{:04}-{:02}-{:02}", d.year, d.month, d.day);
    std::string text = "0000-00-00";
    put_two(&text[0], d.year / 100);
    put_two(&text[2], d.year % 100);
    put_two(&text[5], d.month);
    put_two(&text[8], d.day);
    return text;
}

std::optional<Day> parse_day(std::string_view text)
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
    const Date d{digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)};
    if (!valid(d)) return {};
    return day_of(d);
}

std::optional<Zone> Zone::find(std::string_view name)
{
    try {
        return Zone(date::locate_zone(std::string(name)));
    } catch (const std::exception&) {
        return {};
    }
}

const Zone& Zone::copenhagen()
{
    static const Zone zone(date::locate_zone("Europe/Copenhagen"));
    return zone;
}

int Zone::offset_at(Millis at) const
{
    // A feed stays inside one interval for months, so the last one answers nearly every call.
    thread_local Interval last[2];
    auto seconds = at / second_ms;
    if (at % second_ms < 0) --seconds;
    for (const auto& interval : last)
        if (interval.zone == zone_ && seconds >= interval.begin_s && seconds < interval.end_s) return interval.offset_s;
    const auto info = tz(zone_).get_info(date::sys_seconds{std::chrono::seconds{seconds}});
    last[1] = last[0];
    last[0] = {zone_, info.begin.time_since_epoch().count(), info.end.time_since_epoch().count(), static_cast<int>(info.offset.count())};
    return last[0].offset_s;
}

std::optional<Millis> Zone::to_instant(Day day, std::int64_t ms_of_day) const
{
    const Millis wall = Millis{day} * 24 * hour_ms + ms_of_day;
    // The offsets in force half a day either side bracket any single change; the larger offset gives the earlier instant.
    const int before = offset_at(wall - 14 * hour_ms), after = offset_at(wall + 14 * hour_ms);
    for (const int offset : {std::max(before, after), std::min(before, after)}) {
        const Millis at = wall - Millis{offset} * second_ms;
        if (offset_at(at) == offset) return at;
    }
    return {};
}

Day Zone::day_at(Millis at) const
{
    const auto local = at + Millis{offset_at(at)} * second_ms;
    constexpr Millis day_ms = 24 * hour_ms;
    return static_cast<Day>(local >= 0 ? local / day_ms : -((-local + day_ms - 1) / day_ms));
}

std::int64_t Zone::ms_of_day_at(Millis at) const
{
    return at + Millis{offset_at(at)} * second_ms - Millis{day_at(at)} * 24 * hour_ms;
}

std::string rfc3339(Millis at)
{
    auto text = with_offset(at, 0);
    text += 'Z';
    return text;
}

std::string rfc3339(Millis at, const Zone& zone)
{
    const int offset = zone.offset_at(at);
    const int minutes = offset < 0 ? -offset / 60 : offset / 60;
    return with_offset(at, offset) + fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::optional<Millis> parse_instant(std::string_view text)
{
    if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return {};
    const auto day = parse_day(text.substr(0, 10));
    const int h = digits(text, 11, 2), m = digits(text, 14, 2), s = digits(text, 17, 2);
    if (!day || text[13] != ':' || text[16] != ':' || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60) return {};
    Millis at = Millis{*day} * 24 * hour_ms + h * hour_ms + m * minute_ms + s * second_ms;
    std::size_t i = 19;
    if (text[i] == '.') {
        Millis scale = 100;
        for (++i; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, scale /= 10) at += (text[i] - '0') * scale;
    }
    const auto rest = text.substr(i);
    if (rest == "Z" || rest == "z") return at;
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return {};
    const int oh = digits(rest, 1, 2), om = digits(rest, 4, 2);
    if (oh < 0 || oh > 14 || om < 0 || om > 59) return {};
    const Millis offset = oh * hour_ms + om * minute_ms;
    return rest[0] == '+' ? at - offset : at + offset;
}

const Clock& system_clock()
{
    struct System final : Clock {
        Millis now() const override
        {
            return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
        }
    };
    static const System clock;
    return clock;
}

} // namespace sluse
