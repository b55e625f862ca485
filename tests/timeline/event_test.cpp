// tests/timeline/event_test.cpp — the indicator event's written form.
#include "gateway/model/contribution.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

IndicatorEvent sample()
{
    IndicatorEvent e;
    e.id = "5f2c";
    e.indicator = "G8.1";
    e.version = "1";
    e.sign = -1;
    e.contribution = {"ab12", *parse_day("2026-05-01"), *parse_day("2026-06-30"), 0, 1, 780, true, {"DK-82", "0751", "Ward \"7\"", "female", "90+"}};
    e.unit = "min";
    e.person = std::string(64, 'a');
    e.key_id = "demo";
    e.sequence = 7;
    e.cause = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    e.rule = "G8.1@1";
    e.received_ms = *parse_instant("2026-05-02T10:00:00Z");
    return e;
}

TEST(IndicatorEvent, is_written_as_a_cloud_event)
{
    EXPECT_EQ(to_cloud_event(sample()),
              R"({"specversion":"1.0","id":"5f2c","source":"urn:sluse:process","type":"dk.sluse.indicator.delta.v1","time":"2026-05-02T10:00:00Z",)"
              R"("datacontenttype":"application/json","data":{"indicator":"G8.1","version":"1","sign":-1,"numerator":0,"denominator":1,"value":780,"unit":"min",)"
              R"("counts":"2026-05-01","matures":"2026-06-30","dimensions":{"region":"DK-82","municipality":"0751","unit":"Ward \"7\"","sex":"female","ageBand":"90+"},)"
              R"("episode":"ab12","person":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","keyId":"demo","sequence":7,)"
              R"("cause":{"message":"01ARZ3NDEKTSV4RRFFQ69G5FAV","rule":"G8.1@1"}}})");
}

TEST(IndicatorEvent, of_many_about_one_person_each_is_as_it_is_alone)
{
    auto e = sample();
    EventText text;
    std::string written, alone;
    for (const auto* system : {"EPJ|RH", "", "LAB \"2\""}) {
        e.system = system;
        e.person.back() = static_cast<char>(e.person.back() + 1);
        text.about(e);
        for (const auto* said : {"", "a", "\n", "unit", "uni\"", "1234567", "12\\4567", "12345678", "a longer text with a tab\t", "æøå"}) {
            e.contribution.dims.unit = said;
            e.contribution.counts_day += 17;
            e.rule = said;
            ++e.sequence;
            text.append(e, written);
            alone += to_cloud_event(e);
            ASSERT_EQ(written, alone);
            const auto back = parse_cloud_event(to_cloud_event(e));
            ASSERT_TRUE(back) << said;
            EXPECT_EQ(back->contribution, e.contribution);
        }
    }
}

TEST(IndicatorEvent, reads_back_what_was_written)
{
    auto e = sample();
    const auto back = parse_cloud_event(to_cloud_event(e));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->contribution, e.contribution);
    EXPECT_EQ(to_cloud_event(*back), to_cloud_event(e));

    e.contribution.has_value = false;
    e.contribution.value = 0;
    e.contribution.dims = {};
    const auto bare = parse_cloud_event(to_cloud_event(e));
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->contribution, e.contribution) << "unknown dimensions and no value stay so";
}

TEST(IndicatorEvent, refuses_what_is_not_one)
{
    const auto json = to_cloud_event(sample());
    for (std::size_t cut = 0; cut < json.size(); ++cut) EXPECT_FALSE(parse_cloud_event(std::string_view(json).substr(0, cut)));
    const auto without = [&](std::string_view part, std::string_view by) {
        auto text = json;
        return text.replace(text.find(part), part.size(), by);
    };
    EXPECT_FALSE(parse_cloud_event(without("\"sign\":-1", "\"sign\":0")));
    EXPECT_FALSE(parse_cloud_event(without("delta.v1", "delta.v2")));
    EXPECT_FALSE(parse_cloud_event(without("2026-05-01\"", "2026-02-30\"")));
    EXPECT_FALSE(parse_cloud_event(without("\"numerator\":0", "\"numerator\":0.5")));
}

} // namespace
} // namespace sluse
