// tests/tools/mllp_tls_test.cpp — MLLP over TLS and mTLS with certificates that openssl makes here, through the sending client.
#include "gateway/base/log_lines.hpp"
#include "gateway/intake/mllp_listener.hpp"
#include "gateway/tools/load.hpp"
#include "tests/intake/mllp_fixture.hpp"
#include "tests/temporary.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluse {
namespace {

using namespace testing_intake;
namespace fs = std::filesystem;

/// A CA and what it signs, made once for all tests of the process.
struct Authority {
    TemporaryDirectory directory;
    const fs::path& folder = directory.path();
    Authority()
    {
        run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=test-ca");
        sign("server", "DNS:localhost,IP:127.0.0.1", 20);
        sign("server2", "DNS:localhost,IP:127.0.0.1", 25);
        sign("epj", "DNS:epj.rh.dk", 20);
        sign("lab", "DNS:lab.x.dk", 20);
        run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout stranger.key -out stranger.pem -days 30 -subj /CN=stranger");
    }
    void run(const std::string& arguments) const
    {
        const auto command = "cd '" + folder.string() + "' && openssl " + arguments + " 2>/dev/null >/dev/null";
        if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl " + arguments);
    }
    void sign(const std::string& name, const std::string& alternative, int days) const
    {
        run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + name + ".key -out " + name + ".csr -subj /CN=" + name);
        std::ofstream(folder / (name + ".ext")) << "subjectAltName=" << alternative << '\n';
        run("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days " + std::to_string(days) + " -extfile " + name + ".ext -out " + name + ".pem");
    }
    std::string file(const std::string& name) const { return (folder / name).string(); }
};

const Authority& authority()
{
    static const Authority made;
    return made;
}

struct MllpTlsTest : testing::Test {
    Metrics metrics;
    FakeLog log;
    IoThreads io{2};
    MllpOptions options = [] {
        auto o = any_port();
        o.tls = TlsOptions{authority().file("server.pem"), authority().file("server.key"), ""};
        return o;
    }();
    std::vector<System> systems;
    std::unique_ptr<JournalReceiver> receiver;
    std::unique_ptr<MllpListener> listener;
    std::vector<MessageOutcome> outcomes;

    void open()
    {
        ReceiverOptions o;
        o.adapters = fake_adapters();
        o.metrics = &metrics;
        o.systems = std::make_shared<Systems>(systems);
        receiver = make_receiver(log, o);
        auto opened = MllpListener::open(options, io, *receiver, metrics);
        ASSERT_TRUE(opened) << opened.error().where;
        listener = std::move(*opened);
    }
    LoadSummary send(const std::string& who, std::uint64_t total = 3, const std::string& ca = "ca.pem")
    {
        LoadOptions o;
        o.to = {"mllps://127.0.0.1:" + std::to_string(listener->port())};
        o.tls.client_ca_file = authority().file(ca);
        if (!who.empty()) {
            o.tls.certificate_file = authority().file(who + ".pem");
            o.tls.key_file = authority().file(who + ".key");
        }
        o.outage_max = 200;
        o.resends_max = 0;
        std::uint64_t i = 0;
        outcomes.clear();
        const auto summary = run_load(
            o,
            [&](std::string& message) {
                if (i == total) return false;
                message = adt(std::to_string(i++));
                return true;
            },
            {}, [this](const MessageOutcome& outcome) { outcomes.push_back(outcome); });
        EXPECT_TRUE(summary);
        return *summary;
    }
    double closed(std::string_view reason) { return metrics.value("sluse_connections_closed_total", {{"listener", "mllp"}, {"reason", reason}}); }
};

TEST_F(MllpTlsTest, messages_pass_encrypted_and_pipelined)
{
    open();
    const auto s = send("", 2000);
    EXPECT_EQ(s.accepted, 2000u);
    EXPECT_EQ(log.records().size(), 2000u);
    EXPECT_EQ(s.reconnects, 0u);
    const auto expires = metrics.value("sluse_tls_certificate_expiry_timestamp_seconds", {{"listener", "mllp"}});
    const auto now = static_cast<double>(system_clock().now()) / 1000;
    EXPECT_NEAR(expires - now, 20 * 86400, 300);
    EXPECT_EQ(metrics.value("sluse_insecure_plaintext", {{"listener", "mllp"}}), 0);
}

TEST_F(MllpTlsTest, a_client_trusts_only_its_own_authority)
{
    open();
    EXPECT_TRUE(send("", 1, "stranger.pem").unfinished);
    EXPECT_EQ(log.offered(), 0u);
}

TEST_F(MllpTlsTest, plaintext_and_old_versions_are_turned_away)
{
    options.handshake_max = 300;
    open();
    Client plain(listener->port());
    plain.send(frame(adt("1")));
    EXPECT_TRUE(plain.closed());
    Client silent(listener->port());
    EXPECT_TRUE(silent.closed());
    EXPECT_TRUE(eventually([&] { return closed("handshake") == 2; }));
    const auto old = "timeout 5 openssl s_client -tls1_1 -cipher 'ALL:@SECLEVEL=0' -connect 127.0.0.1:" + std::to_string(listener->port()) + " </dev/null >/dev/null 2>&1";
    EXPECT_NE(std::system(old.c_str()), 0);
    const auto recent = "timeout 5 openssl s_client -tls1_2 -connect 127.0.0.1:" + std::to_string(listener->port()) + " </dev/null >/dev/null 2>&1";
    EXPECT_EQ(std::system(recent.c_str()), 0);
    EXPECT_EQ(log.offered(), 0u);
}

struct MllpMutualTest : MllpTlsTest {
    MllpMutualTest()
    {
        options.tls->client_ca_file = authority().file("ca.pem");
        System epj;
        epj.settings.name = "epj";
        epj.sender = "EPJ|RH";
        epj.certificates = {"epj.rh.dk"};
        systems = {epj};
    }
};

TEST_F(MllpMutualTest, the_right_certificate_speaks_for_its_system)
{
    open();
    EXPECT_EQ(send("epj").accepted, 3u);
    EXPECT_EQ(log.records().at(0).envelope.system, "epj");
}

TEST_F(MllpMutualTest, another_systems_certificate_is_answered_ar)
{
    open();
    const auto s = send("lab");
    EXPECT_EQ(s.refused, 3u);
    ASSERT_EQ(outcomes.size(), 3u);
    EXPECT_TRUE(outcomes[0].detail.starts_with("AR MSH-3")) << outcomes[0].detail;
    EXPECT_EQ(log.offered(), 0u);
}

TEST_F(MllpMutualTest, without_a_certificate_or_with_a_strangers_nobody_comes_in)
{
    open();
    EXPECT_NE(send("").accepted, 3u);
    EXPECT_NE(send("stranger").accepted, 3u);
    EXPECT_EQ(log.offered(), 0u);
    EXPECT_TRUE(eventually([&] { return closed("handshake") >= 2; }));
}

/// What the log says while `act` runs.
template <class Act> std::string logged(const Act& act)
{
    log_lines().flush(); // lines of another test are not repeats of these
    testing::internal::CaptureStderr();
    act();
    return testing::internal::GetCapturedStderr();
}

TEST_F(MllpMutualTest, a_failed_handshake_is_told_with_its_reason_and_what_to_do)
{
    open();
    double failures = 0;
    const auto says = [&](const std::string& text, const auto& act) {
        const auto log = logged([&] {
            act();
            EXPECT_TRUE(eventually([&] { return closed("handshake") > failures; }));
        });
        failures = closed("handshake");
        EXPECT_NE(log.find(R"("msg":"tls.handshake_failed","listener":"mllp","peer":"127.0.0.1","reason":")" + text), log.npos) << text << '\n' << log;
        EXPECT_EQ(log.find("intake.closed"), log.npos) << "told twice: " << log;
    };
    const auto sends = [&](const std::string& who, const std::string& ca = "ca.pem") { return [=, this] { EXPECT_NE(send(who, 1, ca).accepted, 1u); }; };
    says("the client showed no certificate", sends(""));
    says(R"(the client's certificate is signed by itself","certificate":"/CN=stranger of /CN=stranger","do":"have it signed)", sends("stranger"));
    authority().sign("ended", "DNS:epj.rh.dk", -1);
    says(R"(the client's certificate has expired","certificate":"/CN=ended of /CN=test-ca","do":"the sender must renew it)", sends("ended"));
    says("the client does not know the authority of our certificate", sends("epj", "stranger.pem"));
    const auto plain = [&](const std::string& bytes) {
        return [&, bytes] {
            Client client(listener->port());
            client.send(bytes);
            EXPECT_TRUE(client.closed());
        };
    };
    says("plain text came to a TLS port", plain(frame(adt("1"))));
    says("plain HTTP came to a TLS port", plain("POST /fhir HTTP/1.1\r\nHost: x\r\n\r\n"));
    says("the peer left before the handshake was done", [&] { Client probe(listener->port()); });
}

TEST_F(MllpTlsTest, a_handshake_that_never_comes_is_told)
{
    options.handshake_max = 100;
    open();
    const auto log = logged([&] {
        Client silent(listener->port());
        EXPECT_TRUE(silent.closed());
        EXPECT_TRUE(eventually([&] { return closed("handshake") == 1; }));
    });
    EXPECT_NE(log.find("the handshake was not done in time"), log.npos) << log;
}

TEST_F(MllpTlsTest, certificates_are_reloaded_and_bad_ones_are_not)
{
    const auto live = authority().file("live.pem"), key = authority().file("live.key");
    const auto install = [&](const std::string& name) {
        fs::copy_file(authority().file(name + ".pem"), live, fs::copy_options::overwrite_existing);
        fs::copy_file(authority().file(name + ".key"), key, fs::copy_options::overwrite_existing);
    };
    install("server");
    options.tls = TlsOptions{live, key, ""};
    open();
    EXPECT_EQ(send("", 1).accepted, 1u);
    const auto expiry = [&] { return metrics.value("sluse_tls_certificate_expiry_timestamp_seconds", {{"listener", "mllp"}}); };
    const auto before = expiry();
    install("server2");
    EXPECT_TRUE(listener->reload_tls());
    EXPECT_GT(expiry(), before + 4 * 86400);
    EXPECT_EQ(send("", 1).accepted, 1u);
    std::ofstream(live) << "nonsense";
    EXPECT_FALSE(listener->reload_tls());
    EXPECT_EQ(send("", 1).accepted, 1u);
}

TEST_F(MllpTlsTest, drains_and_says_goodbye)
{
    open();
    EXPECT_EQ(send("", 5).accepted, 5u);
    EXPECT_TRUE(listener->drain(5000));
}

} // namespace
} // namespace sluse
