// tests/intake/mllp_fixture.hpp — the MLLP listener over real loopback sockets, scripted from a blocking client.
#pragma once

#include "gateway/intake/mllp_listener.hpp"
#include "tests/intake/fakes.hpp"

#include <gtest/gtest.h>

namespace sluse::testing_intake {

/// Any free port, and a look at the deadlines often.
inline MllpOptions any_port()
{
    MllpOptions o;
    o.port = 0;
    o.sweep = 10;
    return o;
}

struct MllpTest : testing::Test {
    Metrics metrics;
    FakeLog log;
    IoThreads io{2};
    MllpOptions options = any_port();
    std::unique_ptr<JournalReceiver> receiver = make_receiver(log, receiver_options());
    std::unique_ptr<MllpListener> listener;

    ReceiverOptions receiver_options()
    {
        ReceiverOptions o;
        o.adapters = fake_adapters();
        o.metrics = &metrics;
        return o;
    }
    void open()
    {
        auto opened = MllpListener::open(options, io, *receiver, metrics);
        ASSERT_TRUE(opened) << opened.error().where;
        listener = std::move(*opened);
    }
    Client connect() { return Client(listener->port()); }
    double closed(std::string_view reason) { return metrics.value("sluse_connections_closed_total", {{"listener", "mllp"}, {"reason", reason}}); }
    double rejected(std::string_view reason) { return metrics.value("sluse_connections_rejected_total", {{"listener", "mllp"}, {"reason", reason}}); }
    double count(std::string_view name, std::string_view system = "EPJ|RH") { return metrics.value(name, {{"system", system}}); }
    double refused(std::string_view reason, std::string_view system = "EPJ|RH")
    {
        return metrics.value("sluse_messages_refused_total", {{"system", system}, {"reason", reason}});
    }
    void expect_balance()
    {
        double received = 0, answered = 0;
        EXPECT_TRUE(eventually([&] { return metrics.value("sluse_messages_in_flight") == 0; }));
        for (const auto& s : metrics.samples("sluse_messages_received_total")) received += s.value;
        for (const auto& s : metrics.samples("sluse_messages_acknowledged_total")) answered += s.value;
        for (const auto& s : metrics.samples("sluse_messages_refused_total")) answered += s.value;
        EXPECT_EQ(received, answered);
    }
    void TearDown() override
    {
        log.answer_all();
        listener.reset();
        EXPECT_EQ(metrics.value("sluse_connections_open", {{"listener", "mllp"}}), 0);
        expect_balance();
    }
};

} // namespace sluse::testing_intake
