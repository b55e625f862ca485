// tests/base/metrics_test.cpp — the registry's arithmetic, its bound on labels, its text.
#include "gateway/base/metrics.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

TEST(Metrics, the_same_labels_give_the_same_handle)
{
    Metrics m;
    auto& a = m.counter("sluse_x_total", "x", {{"system", "EPJ"}});
    auto& b = m.counter("sluse_x_total", "x", {{"system", "EPJ"}});
    auto& c = m.counter("sluse_x_total", "x", {{"system", "LAB"}});
    EXPECT_EQ(&a, &b);
    EXPECT_NE(&a, &c);
    a.add(2);
    b.add();
    EXPECT_EQ(m.value("sluse_x_total", {{"system", "EPJ"}}), 3);
    EXPECT_EQ(m.value("sluse_x_total", {{"system", "LAB"}}), 0);
}

TEST(Metrics, senders_cannot_grow_a_family_past_its_bound)
{
    Metrics m(3);
    for (int i = 0; i < 100; ++i) m.counter("sluse_y_total", "y", {{"system", std::to_string(i)}}).add();
    EXPECT_EQ(m.samples("sluse_y_total").size(), 4u);
    EXPECT_EQ(m.value("sluse_y_total", {{"system", "other"}}), 97);
}

TEST(Metrics, the_process_has_room_for_every_count_of_every_system)
{
    const auto at = [](int i) -> Gauge& { return metrics().gauge("sluse_test_counts", "x", {{"system", std::to_string(i / 20)}, {"what", std::to_string(i % 20)}}); };
    for (int i = 0; i < 600 * 20; ++i) at(i).set(i);
    EXPECT_EQ(at(600 * 20 - 1).value(), 600 * 20 - 1);
    EXPECT_EQ(metrics().value("sluse_test_counts", {{"system", "599"}, {"what", "19"}}), 600 * 20 - 1);
}

TEST(Metrics, text_is_prometheus_exposition)
{
    Metrics m;
    m.counter("sluse_a_total", "Messages.", {{"system", "a\"b\\c\nd"}}).add(7);
    m.gauge("sluse_b", "Level.").set(1.5);
    constexpr double bounds[] = {0.1, 1};
    auto& h = m.histogram("sluse_c_seconds", "Time.", {}, bounds);
    h.observe(0.1);
    h.observe(0.5);
    h.observe(9);
    EXPECT_EQ(m.text(), "# HELP sluse_a_total Messages.\n# TYPE sluse_a_total counter\nsluse_a_total{system=\"a\\\"b\\\\c\\nd\"} 7\n"
                        "# HELP sluse_b Level.\n# TYPE sluse_b gauge\nsluse_b 1.5\n"
                        "# HELP sluse_c_seconds Time.\n# TYPE sluse_c_seconds histogram\n"
                        "sluse_c_seconds_bucket{le=\"0.1\"} 1\nsluse_c_seconds_bucket{le=\"1\"} 2\nsluse_c_seconds_bucket{le=\"+Inf\"} 3\n"
                        "sluse_c_seconds_sum 9.6\nsluse_c_seconds_count 3\n");
}

TEST(Metrics, samplers_run_before_each_reading)
{
    Metrics m;
    int runs = 0;
    m.sample([&] { m.gauge("sluse_d", "d").set(++runs); });
    EXPECT_EQ(m.value("sluse_d"), 1);
    EXPECT_EQ(m.value("sluse_d"), 2);
}

TEST(Metrics, quantile_names_the_bucket)
{
    constexpr double bounds[] = {1, 2, 4};
    Histogram h(bounds);
    for (int i = 0; i < 98; ++i) h.observe(0.5);
    h.observe(3);
    h.observe(3);
    EXPECT_EQ(h.quantile(0.5), 1);
    EXPECT_EQ(h.quantile(0.99), 4);
}

} // namespace
} // namespace sluse
