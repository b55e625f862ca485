// tests/base/time_test.cpp — local days over daylight saving, instants, ids.
#include "gateway/base/ids.hpp"
#include "gateway/base/time.hpp"
#include "gateway/model/envelope.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

Millis at(const char* text)
{
    return parse_instant(text).value();
}

TEST(Zone, skips_the_hour_that_spring_skips)
{
    const auto& zone = Zone::copenhagen();
    const auto day = parse_day("2026-03-29").value();
    EXPECT_FALSE(zone.to_instant(day, 2 * hour_ms + 30 * minute_ms));
    EXPECT_EQ(zone.to_instant(day, 3 * hour_ms), at("2026-03-29T01:00:00Z"));
    EXPECT_EQ(zone.to_instant(day, 1 * hour_ms), at("2026-03-29T00:00:00Z"));
}

TEST(Zone, takes_the_earlier_of_the_hour_that_autumn_repeats)
{
    const auto& zone = Zone::copenhagen();
    EXPECT_EQ(zone.to_instant(parse_day("2026-10-25").value(), 2 * hour_ms + 30 * minute_ms), at("2026-10-25T00:30:00Z"));
}

TEST(Zone, day_follows_local_midnight)
{
    const auto& zone = Zone::copenhagen();
    EXPECT_EQ(iso(zone.day_at(at("2026-06-30T22:00:00Z"))), "2026-07-01");
    EXPECT_EQ(iso(zone.day_at(at("2026-06-30T21:59:59Z"))), "2026-06-30");
    EXPECT_EQ(iso(zone.day_at(at("1900-01-01T00:00:00Z"))), "1900-01-01");
}

TEST(Instant, round_trips_with_offset_and_fraction)
{
    EXPECT_EQ(at("2026-03-01T10:15:30.1234+01:00"), at("2026-03-01T09:15:30.123Z"));
    EXPECT_EQ(rfc3339(at("2026-03-01T09:15:30.120Z"), Zone::copenhagen()), "2026-03-01T10:15:30.120+01:00");
    EXPECT_EQ(rfc3339(at("1969-12-31T23:59:59Z")), "1969-12-31T23:59:59Z");
    EXPECT_FALSE(parse_instant("2026-02-30T00:00:00Z"));
}

TEST(Age, turns_on_the_birthday)
{
    const auto birth = parse_day("2004-02-29").value();
    EXPECT_EQ(age_at(birth, parse_day("2026-02-28").value()), 21);
    EXPECT_EQ(age_at(birth, parse_day("2026-03-01").value()), 22);
}

TEST(Ulid, sorts_by_time_also_when_the_clock_goes_back)
{
    UlidSource source;
    const auto first = source.next(1000), second = source.next(1000), third = source.next(999);
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_EQ(first.time(), 1000);
    EXPECT_EQ(Ulid::parse(first.text()), first);
    EXPECT_FALSE(Ulid::parse("8ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
}

TEST(Hmac, agrees_with_rfc_4231)
{
    EXPECT_EQ(hex(view(HmacKey("Jefe").sign({"what do ya want for nothing?"}))), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(view(HmacKey(std::string(131, '\xaa')).sign({"Test Using Larger Than Block-Size Key - Hash Key First"}))),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HashedStart, gives_what_the_whole_text_gives)
{
    std::string text;
    for (int i = 0; i < 700; ++i) text += static_cast<char>('a' + i % 26);
    HashedStart start;
    for (const std::size_t begin : {0u, 1u, 63u, 64u, 65u, 128u, 130u, 300u}) {
        start.begin(std::string_view(text).substr(0, begin));
        for (const std::size_t size : {0u, 1u, 54u, 55u, 56u, 64u, 120u, 380u, 400u})
            EXPECT_EQ(start.with(std::string_view(text).substr(begin, size)), sha256(std::string_view(text).substr(0, begin + size))) << begin << ' ' << size;
    }
}

TEST(Envelope, reads_back_what_was_written_and_refuses_damage)
{
    Envelope e;
    e.id = UlidSource().next(1234);
    e.received_ms = 1234;
    e.system = "EPJ|RH";
    e.format = "hl7v2";
    e.bytes = std::string("MSH|\0x", 6);
    std::string record;
    encode(e, record);
    const auto back = decode_envelope(record);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->bytes, e.bytes);
    EXPECT_EQ(back->id, e.id);
    for (std::size_t cut = 0; cut < record.size(); ++cut) EXPECT_FALSE(decode_envelope(std::string_view(record).substr(0, cut)));
}

} // namespace
} // namespace sluse
