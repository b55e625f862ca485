// gateway/tools/simulate_write.cpp — what all formats share: the wall clock, numbers, laboratory values.
#include "gateway/tools/simulate_write.hpp"

#include "gateway/tools/simulate_random.hpp"

#include <cstdlib>
#include <cstring>

namespace sluse::simulated {
namespace {

Millis last_sunday(int year, int month)
{
    auto day = day_of({year, month, 31});
    while (day % 7 != 3) --day; // 1970-01-01 was a Thursday, so Sundays are 3 modulo 7
    return Millis{day} * 24 * hour_ms + hour_ms;
}

struct Wall {
    Date date;
    int hour, minute, second;
};

Wall wall(Millis at, int offset_s)
{
    const auto local = at / second_ms + offset_s;
    const auto of_day = static_cast<int>(local % 86'400);
    return {date_of(static_cast<Day>(local / 86'400)), of_day / 3600, of_day / 60 % 60, of_day % 60};
}

} // namespace

void Sheet::add(std::uint64_t number)
{
    append_number(out_, number);
}

Leave leave_of(const Contact& contact)
{
    constexpr std::int64_t least_s = 72 * 3600;
    if (!contact.inpatient || contact.end < least_s || contact.visit % 8 != 0 || contact.plans(Event::cancel_admit)) return {};
    const auto start = contact.begin + Millis{contact.end} * second_ms * 2 / 5;
    const auto whole = start - start % minute_ms;
    return {whole, whole + static_cast<Millis>(3 + contact.visit / 8 % 18) * hour_ms};
}

void append_number(std::string& out, std::uint64_t number, int width)
{
    char digits[20];
    int at = 20;
    do {
        digits[--at] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number > 0 || 20 - at < width);
    out.append(digits + at, static_cast<std::size_t>(20 - at));
}

void append_day(std::string& out, Day day)
{
    const auto date = date_of(day);
    append_number(out, static_cast<std::uint64_t>(date.year * 10'000 + date.month * 100 + date.day), 8);
}

void append_scaled(std::string& out, int value, int decimals)
{
    if (decimals == 0) return append_number(out, static_cast<std::uint64_t>(value));
    append_number(out, static_cast<std::uint64_t>(value / 10));
    out += '.';
    out += static_cast<char>('0' + value % 10);
}

void append_unit_code(std::string& out, std::uint8_t hospital, std::uint8_t unit)
{
    out += "99";
    append_number(out, hospital + 1u, 2);
    append_number(out, unit + 1u, 2);
    out += "100001600";
}

void append_uuid(std::string& out, std::uint64_t kind, std::uint64_t number, char version)
{
    constexpr char digits[] = "0123456789abcdef";
    const auto high = mix(number * 8 + kind), low = mix(high);
    char text[36];
    for (std::size_t i = 0, nibble = 0; i < sizeof text; ++i) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            text[i] = '-';
            continue;
        }
        text[i] = digits[((nibble < 16 ? high : low) >> (nibble % 16 * 4)) & 15];
        ++nibble;
    }
    text[14] = version;
    text[19] = 'a';
    out.append(text, sizeof text);
}

void append_episode(std::string& out, const Contact& contact)
{
    append_uuid(out, 7, contact.visit, '5');
}

bool Contact::plans(Event wanted) const
{
    for (unsigned n = 0; n < steps; ++n)
        if (event(n) == wanted) return true;
    return false;
}

WallClock::WallClock(Day start) : first_year_(date_of(start).year - 20)
{
    for (std::size_t i = 0; i < summers_.size(); ++i) {
        const auto year = first_year_ + static_cast<int>(i);
        summers_[i] = {last_sunday(year, 3), last_sunday(year, 10)};
    }
}

int WallClock::offset_s(Millis at) const
{
    // 31,556,952 s is the mean year: near enough, for summer time begins and ends far from New Year.
    const auto year = static_cast<int>(1970 + at / second_ms / 31'556'952);
    const auto& summer = summers_[static_cast<std::size_t>(year - first_year_)];
    return at >= summer[0] && at < summer[1] ? 7200 : 3600;
}

Day WallClock::day(Millis at) const
{
    return static_cast<Day>((at / second_ms + offset_s(at)) / 86'400);
}

void WallClock::hl7(std::string& out, Millis at, bool offset, bool minutes) const
{
    const auto offset_s = this->offset_s(at);
    const auto local = wall(at, offset_s);
    append_number(out, static_cast<std::uint64_t>(local.date.year), 4);
    append_number(out, static_cast<std::uint64_t>(local.date.month * 100 + local.date.day), 4);
    append_number(out, static_cast<std::uint64_t>(local.hour * 100 + local.minute), 4);
    if (!minutes) append_number(out, static_cast<std::uint64_t>(local.second), 2);
    if (offset) out += offset_s == 7200 ? "+0200" : "+0100";
}

void WallClock::fhir(std::string& out, Millis at) const
{
    const auto offset_s = this->offset_s(at);
    const auto local = wall(at, offset_s);
    char text[] = "0000-00-00T00:00:00+00:00";
    const auto two = [&text](std::size_t place, int value) {
        text[place] = static_cast<char>('0' + value / 10);
        text[place + 1] = static_cast<char>('0' + value % 10);
    };
    two(0, local.date.year / 100);
    two(2, local.date.year % 100);
    two(5, local.date.month);
    two(8, local.date.day);
    two(11, local.hour);
    two(14, local.minute);
    two(17, local.second);
    two(20, offset_s / 3600);
    out.append(text, sizeof text - 1);
}

void to_latin1(std::string& text)
{
    auto* to = static_cast<char*>(std::memchr(text.data(), '\xc3', text.size()));
    auto* micro = static_cast<char*>(std::memchr(text.data(), '\xc2', text.size()));
    if (to == nullptr || (micro != nullptr && micro < to)) to = micro;
    if (to == nullptr) return;
    const char* end = text.data() + text.size();
    for (const char* from = to; from < end; ++from) {
        const auto lead = static_cast<unsigned char>(*from);
        if (lead != 0xc3 && lead != 0xc2) {
            *to++ = *from;
        } else {
            *to++ = static_cast<char>(static_cast<unsigned char>(*++from) | ((lead & 3u) << 6));
        }
    }
    text.resize(static_cast<std::size_t>(to - text.data()));
}

unsigned measurements(std::uint32_t course)
{
    return 2 + static_cast<unsigned>(mix(course) % 5);
}

Measured measured(std::uint32_t course, unsigned n, bool corrected)
{
    const auto& test = tests[(mix(course) / 8 + n) % test_count];
    const auto word = mix((std::uint64_t{course} << 8) + n + (corrected && n == 0 ? 128 : 0));
    return {&test, test.low + static_cast<int>(word % static_cast<std::uint64_t>(test.high - test.low + 1))};
}

bool is_result(Event event)
{
    return event == Event::result_preliminary || event == Event::result_final || event == Event::result_corrected;
}

bool shows_end(const Occasion& occasion)
{
    switch (occasion.event) {
    case Event::discharge:
    case Event::discharge_again:
    case Event::update_after:
    case Event::death: return true;
    case Event::stale_update:
    case Event::cancel_discharge: return false;
    default: return occasion.contact.closed;
    }
}

Millis end_of(const Occasion& occasion)
{
    const auto again = occasion.event == Event::update_after || occasion.event == Event::discharge_again || occasion.contact.updated;
    return occasion.contact.begin + Millis{again ? occasion.contact.new_end : occasion.contact.end} * second_ms;
}

} // namespace sluse::simulated
