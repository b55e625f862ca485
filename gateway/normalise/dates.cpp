// gateway/normalise/dates.cpp — parsing and writing of times; nothing is invented: what the sender did not say is not written.
#include "gateway/normalise/dates.hpp"

#include "gateway/base/scan.hpp"
#include "gateway/normalise/render.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace sluse {
namespace {

struct Parsed {
    int year{}, month{}, day{}, hour{}, minute{}, second{};
    std::string_view fraction;
    int digits{};       ///< 4 year, 6 month, 8 day, 10 hour, 12 minute, 14 second
    int offset{};       ///< minutes
    bool has_offset{};
};

/// Of two digits, which are there.
int number(std::string_view text, std::size_t at)
{
    return (text.data()[at] - '0') * 10 + text.data()[at + 1] - '0';
}

std::size_t leading_digits(std::string_view text)
{
    std::size_t n = 0;
#if defined(__SSE2__)
    const auto block = text.size() < 16 ? short_block(text.data(), text.size()) : _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
    const auto values = _mm_sub_epi8(block, _mm_set1_epi8('0'));
    const auto others = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(values, _mm_set1_epi8(10)), values)));
    if (others) return static_cast<std::size_t>(std::countr_zero(others)); // of a short text, the zeros behind it at the latest
    n = 16;
#endif
    while (n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
    return n;
}

const char* parse_offset(std::string_view text, Parsed& out)
{
    if (text.empty()) return nullptr;
    if (out.digits < 8 && text.find('-', 1) != text.npos) return "is no date of the form YYYYMMDDHHMMSS"; // 1948-12-25
    if (text == "Z") {
        out.has_offset = true;
        return nullptr;
    }
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-') || leading_digits(text.substr(1)) != 4) return "has a malformed zone";
    const int minutes = number(text, 1) * 60 + number(text, 3);
    if (minutes > 14 * 60) return "has a zone more than 14 hours from UTC";
    out.offset = text[0] == '-' ? -minutes : minutes;
    out.has_offset = true;
    return nullptr;
}

const char* parse_clock(std::string_view digits, Parsed& out)
{
    if (digits.size() >= 2) out.hour = number(digits, 0);
    if (digits.size() >= 4) out.minute = number(digits, 2);
    if (digits.size() >= 6) out.second = number(digits, 4);
    if (out.hour > 23) return "has an hour after 23";
    if (out.minute > 59 || out.second > 59) return "has a minute or second after 59";
    return nullptr;
}

const char* parse_fraction(std::string_view& rest, Parsed& out)
{
    if (!rest.starts_with('.')) return nullptr;
    const auto n = leading_digits(rest.substr(1));
    if (n == 0 || n > 9) return "has a malformed fraction of a second";
    out.fraction = rest.substr(0, n + 1);
    rest.remove_prefix(n + 1);
    return nullptr;
}

const char* parse(std::string_view text, Parsed& out)
{
    const auto n = leading_digits(text);
    auto rest = text.substr(n);
    if (n != 4 && n != 6 && n != 8 && n != 10 && n != 12 && n != 14) return "is no date of the form YYYYMMDDHHMMSS";
    out.digits = static_cast<int>(n);
    out.year = number(text, 0) * 100 + number(text, 2);
    if (out.year < 1700) return "is no date that can be meant (year before 1700)";
    if (n >= 6) out.month = number(text, 4);
    if (n >= 8) out.day = number(text, 6);
    if (n >= 6 && (out.month < 1 || out.month > 12)) return "has a month that does not exist";
    if (n >= 8 && (out.day < 1 || out.day > days_in_month(out.year, out.month))) return "has a day that does not exist";
    if (n > 8)
        if (const auto* wrong = parse_clock(text.substr(8, n - 8), out)) return wrong;
    if (const auto* wrong = parse_fraction(rest, out)) return wrong;
    return parse_offset(rest, out);
}

constexpr auto digit_pairs = [] {
    std::array<std::array<char, 2>, 100> out{};
    for (std::size_t n = 0; n < out.size(); ++n) out[n] = {static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)};
    return out;
}();

/// A time as it is written, put together here: what is appended byte by byte asks for room each time.
class TimeText {
public:
    TimeText& operator+=(char c)
    {
        text_.data()[size_++] = c;
        return *this;
    }
    void two(int value)
    {
        std::memcpy(text_.data() + size_, digit_pairs[static_cast<std::size_t>(value % 100)].data(), 2);
        size_ += 2;
    }
    void date(const Parsed& time)
    {
        two(time.year / 100);
        two(time.year % 100);
        if (time.digits < 6) return;
        *this += '-';
        two(time.month);
        if (time.digits < 8) return;
        *this += '-';
        two(time.day);
    }
    void clock(const Parsed& time)
    {
        two(time.hour);
        *this += ':';
        two(time.minute);
        *this += ':';
        two(time.second); // FHIR wants seconds; 00 is what a minute's precision is written as
        size_ += time.fraction.copy(text_.data() + size_, 10); // a point and nine digits: parse_fraction()
    }
    void offset(int minutes)
    {
        *this += minutes < 0 ? '-' : '+';
        minutes = minutes < 0 ? -minutes : minutes;
        two(minutes / 60);
        *this += ':';
        two(minutes % 60);
    }
    std::string_view view() const { return {text_.data(), size_}; }

private:
    std::array<char, 48> text_; ///< two quotes, and 10 + 1 + 18 + 6 at most
    std::size_t size_{};
};

std::int64_t ms_of_day(const Parsed& time)
{
    return time.hour * hour_ms + time.minute * minute_ms + time.second * second_ms;
}

// Minutes east of UTC of a local time in the zone; empty when the clock skipped it.
std::optional<int> offset_in(const Zone& zone, const Parsed& time)
{
    const auto day = day_of({time.year, time.month, time.day});
    const auto at = zone.to_instant(day, ms_of_day(time));
    if (!at) return {};
    return static_cast<int>((Millis{day} * 24 * hour_ms + ms_of_day(time) - *at) / minute_ms);
}

// MSH-7's zone speaks for the other times only when it differs from the site's zone at MSH-7 itself: else it is the site's zone as it
// was on the day of sending, and the other times may lie on the other side of a change.
std::optional<int> local_offset(const Parsed& time, const RenderContext& context)
{
    const auto site = offset_in(context.system->zone, time);
    if (!context.has_message_offset) return site;
    const int at_sending = context.system->zone.offset_at(context.sent_ms) / 60;
    return at_sending == context.message_offset_minutes ? site : std::optional(context.message_offset_minutes);
}

const char* append_clock_only(Bytes& out, std::string_view text)
{
    const auto n = leading_digits(text);
    Parsed time;
    if (n != 4 && n != 6) return "is no time of the form HHMMSS";
    if (const auto* wrong = parse_clock(text.substr(0, n), time)) return wrong;
    auto rest = text.substr(n);
    if (const auto* wrong = parse_fraction(rest, time)) return wrong;
    time.fraction = {}; // FHIR allows it, HAPI's reader does not: a time of day to the second is read by all
    TimeText written;
    written += '"';
    written.clock(time);
    written += '"';
    out += written.view();
    return nullptr;
}

} // namespace

const char* append_time(Bytes& out, std::string_view text, Primitive primitive, const RenderContext& context)
{
    if (primitive == Primitive::time) return append_clock_only(out, text);
    Parsed time;
    if (const auto* wrong = parse(text, time)) return wrong;
    if (primitive == Primitive::instant && time.digits < 12) return "is too coarse for an instant";
    TimeText written;
    written += '"';
    written.date(time);
    if (primitive != Primitive::date && time.digits >= 12) { // FHIR has no hour alone: then the day is what is known
        const auto offset = time.has_offset ? std::optional(time.offset) : local_offset(time, context);
        if (!offset) return "did not exist in the zone (the clock went forward)";
        written += 'T';
        written.clock(time);
        written.offset(*offset);
    }
    written += '"';
    out += written.view();
    return nullptr;
}

bool append_later(Bytes& out, std::string_view text, Millis later, const RenderContext& context)
{
    Parsed start;
    if (parse(text, start) || start.digits < 12) return false;
    const auto offset = start.has_offset ? std::optional(start.offset) : local_offset(start, context);
    if (!offset) return false;
    constexpr Millis day_ms = 24 * hour_ms;
    const auto wall = Millis{day_of({start.year, start.month, start.day})} * day_ms + ms_of_day(start) + later;
    if (wall < 0) return false;
    const auto date = date_of(static_cast<Day>(wall / day_ms));
    if (date.year > 9999) return false;
    const auto rest = wall % day_ms;
    Parsed end{date.year, date.month, date.day, static_cast<int>(rest / hour_ms), static_cast<int>(rest / minute_ms % 60),
               static_cast<int>(rest / second_ms % 60), {}, 14, 0, true};
    TimeText written;
    written += '"';
    written.date(end);
    written += 'T';
    written.clock(end);
    written.offset(*offset);
    written += '"';
    out += written.view();
    return true;
}

bool runs_backwards(std::string_view start, std::string_view end)
{
    const auto days = std::min({start.size(), end.size(), std::size_t{10}});
    if (const auto order = start.substr(0, days).compare(end.substr(0, days)); order != 0) {
        // Across zones the days may differ by one and the order be right: only the instants can tell.
        if (order < 0 || start.size() < 20 || end.size() < 20) return order > 0;
    }
    const auto from = parse_instant(start), to = parse_instant(end);
    return from && to && *from > *to;
}

void append_instant(Bytes& out, Millis at, const Zone& zone)
{
    const auto day = zone.day_at(at);
    const auto rest = zone.ms_of_day_at(at);
    const auto date = date_of(day);
    Parsed time{date.year, date.month, date.day, static_cast<int>(rest / hour_ms), static_cast<int>(rest / minute_ms % 60),
                static_cast<int>(rest / second_ms % 60), {}, 14, 0, true};
    TimeText written;
    written.date(time);
    written += 'T';
    written.clock(time);
    written.offset(zone.offset_at(at) / 60);
    out += written.view();
}

std::optional<Millis> instant_of(std::string_view text, const Zone& zone)
{
    Parsed time;
    if (parse(text, time) || time.digits < 8) return {};
    const auto day = day_of({time.year, time.month, time.day});
    Millis fraction = 0, scale = 100;
    for (std::size_t i = 1; i < time.fraction.size() && scale; ++i, scale /= 10) fraction += (time.fraction[i] - '0') * scale;
    if (time.has_offset) return Millis{day} * 24 * hour_ms + ms_of_day(time) + fraction - time.offset * minute_ms;
    const auto at = zone.to_instant(day, ms_of_day(time));
    if (!at) return {};
    return *at + fraction;
}

const char* wrong_with_time(std::string_view text)
{
    Parsed time;
    return parse(text, time);
}

std::optional<int> offset_of(std::string_view text)
{
    Parsed time;
    if (parse(text, time) || !time.has_offset) return {};
    return time.offset;
}

bool append_decimal(Bytes& out, std::string_view text)
{
    bool negative = false;
    if (text.starts_with('+') || text.starts_with('-')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    const auto whole = leading_digits(text);
    auto rest = text.substr(whole);
    std::size_t places = 0;
    if (rest.starts_with('.')) {
        places = leading_digits(rest.substr(1));
        rest.remove_prefix(places + 1);
    }
    if (!rest.empty() || whole + places == 0 || whole + places > 40) return false;
    auto digits = text.substr(0, whole);
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    if (negative) out += '-';
    if (digits.empty()) out += '0';
    out += digits;
    if (places) out += text.substr(whole, places + 1);
    return true;
}

} // namespace sluse
