// tests/intake/receiver_test.cpp — what the receiver decides, keeps and counts, with a log whose answers the test gives.
#include "gateway/intake/receiver.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/log_lines.hpp"
#include "tests/intake/fakes.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace sluse {
namespace {

using namespace testing_intake;

struct ManualClock final : Clock {
    Millis at{1'772'359'200'000};
    Millis now() const override { return at; }
};

System system_named(std::string name, std::string sender = "")
{
    System s;
    s.settings.name = std::move(name);
    s.sender = std::move(sender);
    return s;
}

struct ReceiverTest : testing::Test {
    Metrics metrics;
    FakeLog log;
    ManualClock clock;
    std::vector<Refused> kept;
    ReceiverOptions options = [this] {
        ReceiverOptions o;
        o.adapters = fake_adapters();
        o.metrics = &metrics;
        o.clock = &clock;
        o.keep_refused = [this](const Refused& r) { kept.push_back(r); };
        return o;
    }();
    std::unique_ptr<JournalReceiver> receiver;

    void configure(std::vector<System> systems) { options.systems = std::make_shared<Systems>(std::move(systems)); }
    /// What came back so far; empty while the journal has not answered.
    std::shared_ptr<std::optional<Receipt>> offer(Delivery delivery)
    {
        if (!receiver) receiver = make_receiver(log, options);
        auto receipt = std::make_shared<std::optional<Receipt>>();
        receiver->receive(std::move(delivery), [receipt](Receipt r) {
            EXPECT_FALSE(*receipt) << "answered twice";
            *receipt = std::move(r);
        });
        return receipt;
    }
    Receipt send(Delivery delivery)
    {
        const auto receipt = offer(std::move(delivery));
        EXPECT_TRUE(*receipt);
        return receipt->value_or(Receipt{});
    }
    Receipt send(std::string bytes, std::string via = "mllp")
    {
        Delivery d;
        d.bytes = std::move(bytes);
        d.via = std::move(via);
        return send(std::move(d));
    }
    double count(std::string_view name, std::string_view system) { return metrics.value(name, {{"system", system}}); }
};

TEST_F(ReceiverTest, nothing_is_acknowledged_before_the_append_succeeded)
{
    log.hold(true);
    Delivery d;
    d.bytes = adt("1");
    const auto receipt = offer(std::move(d));
    EXPECT_FALSE(*receipt);
    EXPECT_EQ(metrics.value("sluse_messages_in_flight"), 1);
    EXPECT_EQ(count("sluse_messages_acknowledged_total", "EPJ|RH"), 0);
    log.answer();
    ASSERT_TRUE(*receipt);
    EXPECT_EQ((*receipt)->answer, Answer::accepted);
    EXPECT_EQ((*receipt)->id, log.records()[0].envelope.id);
    EXPECT_EQ(metrics.value("sluse_messages_in_flight"), 0);
    EXPECT_EQ(count("sluse_messages_acknowledged_total", "EPJ|RH"), 1);
    EXPECT_EQ(metrics.value("sluse_acknowledge_seconds"), 1);
}

TEST_F(ReceiverTest, the_envelope_says_what_intake_knows)
{
    configure({system_named("epj-rh", "EPJ|RH")});
    const auto receipt = send(adt("42"));
    const auto e = log.records().at(0).envelope;
    EXPECT_EQ(e.received_ms, clock.at);
    EXPECT_EQ(e.id.time(), clock.at);
    EXPECT_EQ(e.system, "epj-rh");
    EXPECT_EQ(e.format, "hl7v2");
    EXPECT_EQ(e.type, "ADT^A01");
    EXPECT_EQ(e.control_id, "42");
    EXPECT_EQ(e.lane, lane_of(Keys::demonstration().lane, PersonIdentifier{std::string(cpr_system), "0101701234"}));
    EXPECT_EQ(receipt.system, "epj-rh");
    EXPECT_EQ(log.records().at(0).key.size(), 32u);
    EXPECT_EQ(log.records().at(0).key.find("0101701234"), std::string::npos);
}

TEST_F(ReceiverTest, without_a_person_the_lane_is_the_systems)
{
    send("MSH|^~\\&|LAB|X|||20260301||MFN^M02|1|P|2.5\r");
    EXPECT_EQ(log.records().at(0).envelope.lane, lane_of_system(Keys::demonstration().lane, "LAB|X"));
}

TEST_F(ReceiverTest, a_clock_that_is_set_back_is_told_and_its_messages_keep_order_and_true_time)
{
    log_lines().flush();
    testing::internal::CaptureStderr();
    std::thread([this] { // ids are made by thread: the other tests' shall not be a day ahead
        clock.at += 24 * hour_ms;
        send(adt("1"));
        clock.at -= 24 * hour_ms;
        send(adt("2"));
    }).join();
    EXPECT_NE(testing::internal::GetCapturedStderr().find(R"("msg":"intake.clock_set_back","seconds":86400)"), std::string::npos);
    const auto records = log.records();
    ASSERT_EQ(records.size(), 2u);
    EXPECT_LT(records[0].envelope.id, records[1].envelope.id);
    EXPECT_EQ(records[1].envelope.received_ms, clock.at);
}

TEST_F(ReceiverTest, bad_content_is_refused_kept_and_counted)
{
    const auto receipt = send(adt("7", "BAD\r"));
    EXPECT_EQ(receipt.answer, Answer::content_error);
    EXPECT_EQ(said(receipt.reply), "AE 7");
    EXPECT_EQ(log.offered(), 0u);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(receipt.id, kept[0].id) << "the sender cannot say which one it asks about";
    EXPECT_EQ(kept[0].bytes, adt("7", "BAD\r"));
    EXPECT_EQ(kept[0].control_id, "7");
    ASSERT_EQ(kept[0].issues.size(), 1u);
    EXPECT_EQ(kept[0].issues[0].path, "PID-3");
    EXPECT_EQ(metrics.value("sluse_messages_refused_total", {{"system", "EPJ|RH"}, {"reason", "content"}}), 1);
    EXPECT_EQ(count("sluse_messages_received_total", "EPJ|RH"), 1);
}

/// The letter is addressed to 5790000999021.
TEST_F(ReceiverTest, what_is_for_another_location_is_refused_by_the_formats_own_answer)
{
    const auto letter = bytes_of(SLUSE_SOURCE_DIR "/tests/maps/cases/letter_dis13_booking.xml");
    ASSERT_FALSE(letter.empty());
    options.adapters = adapters();
    options.systems = std::make_shared<Systems>(std::vector<System>(), Locations(std::vector<OwnLocation>{{"5790000999014", "", {}}}));
    const auto elsewhere = send(letter, "http");
    EXPECT_EQ(elsewhere.answer, Answer::content_error);
    EXPECT_NE(elsewhere.reply.find("<RefuseCode>ukendt_lokationsnummer</RefuseCode>"), std::string::npos) << elsewhere.reply;
    EXPECT_EQ(log.offered(), 0u);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].bytes, letter);

    receiver->reload(std::make_shared<Systems>(std::vector<System>(), Locations(std::vector<OwnLocation>{{"5790000999014", "", {}}, {"5790000999021", "", {}}})));
    EXPECT_EQ(send(letter, "http").answer, Answer::accepted);
    EXPECT_EQ(log.offered(), 1u);
}

TEST_F(ReceiverTest, a_broken_sender_does_not_fill_the_disk_with_refusals)
{
    options.kept_per_minute_max = 10;
    for (int i = 0; i < 100; ++i) send(adt("7", "BAD\r"));
    EXPECT_EQ(kept.size(), 10u);
    EXPECT_EQ(count("sluse_refused_not_kept_total", "EPJ|RH"), 90);
    send(adt("7", "BAD\r", "LAB|X"));
    EXPECT_EQ(kept.size(), 11u);
    clock.at += 12'000;
    for (int i = 0; i < 5; ++i) send(adt("7", "BAD\r"));
    EXPECT_EQ(kept.size(), 13u);
    EXPECT_EQ(metrics.value("sluse_messages_refused_total", {{"system", "EPJ|RH"}, {"reason", "content"}}), 105);
}

TEST_F(ReceiverTest, a_failed_append_asks_to_send_again)
{
    log.fail(Fault{Errc::storage_full, "disk full"});
    const auto receipt = send(adt("1"));
    EXPECT_EQ(receipt.answer, Answer::store_failed);
    EXPECT_NE(receipt.reply.find("|207|"), std::string::npos);
    ASSERT_FALSE(receipt.issues.empty());
    EXPECT_EQ(receipt.issues[0].kind, IssueKind::internal);
    EXPECT_TRUE(kept.empty());
    EXPECT_EQ(metrics.value("sluse_messages_refused_total", {{"system", "EPJ|RH"}, {"reason", "store"}}), 1);
}

TEST_F(ReceiverTest, what_nobody_recognises_is_refused_with_an_answer_only_where_the_wire_has_one)
{
    const auto mllp = send("not hl7 at all", "mllp");
    EXPECT_EQ(mllp.answer, Answer::content_error);
    EXPECT_FALSE(mllp.reply.empty());
    const auto http = send("not hl7 at all", "http");
    EXPECT_EQ(http.answer, Answer::refused);
    EXPECT_TRUE(http.reply.empty());
    EXPECT_EQ(http.issues.at(0).kind, IssueKind::unsupported_type);
    EXPECT_EQ(kept.size(), 2u);
}

TEST_F(ReceiverTest, duplicates_get_the_same_positive_answer)
{
    EXPECT_EQ(said(send(adt("1")).reply), "AA 1");
    EXPECT_EQ(said(send(adt("1")).reply), "AA 1");
    EXPECT_EQ(log.records().size(), 2u); // the lane is the authority on duplicates
}

struct ReuseTest : ReceiverTest {
    ReuseTest()
    {
        auto strict = system_named("strict", "EPJ|RH");
        strict.settings.refuse_reused_control_id = true;
        configure({strict});
    }
};

TEST_F(ReuseTest, a_control_id_with_other_bytes_is_refused_where_configured)
{
    EXPECT_EQ(send(adt("1")).answer, Answer::accepted);
    EXPECT_EQ(send(adt("1")).answer, Answer::accepted);
    const auto reused = send(adt("1", "NTE|x\r"));
    EXPECT_EQ(reused.answer, Answer::refused);
    EXPECT_EQ(reused.issues.at(0).kind, IssueKind::duplicate_key);
    EXPECT_EQ(reused.issues.at(0).path, "MSH-10");
    EXPECT_EQ(count("sluse_control_ids_reused_total", "strict"), 1);
    EXPECT_EQ(send(adt("1", "NTE|x\r", "LAB|X")).answer, Answer::accepted); // nobody said so of this one
}

TEST_F(ReuseTest, the_lane_knows_what_memory_has_forgotten)
{
    options.known_control_id = [](const Lane&, std::string_view system, std::string_view control) -> std::optional<Digest> {
        EXPECT_EQ(system, "strict");
        if (control != "old") return {};
        return sha256(adt("old"));
    };
    EXPECT_EQ(send(adt("old", "NTE|x\r")).answer, Answer::refused);
    EXPECT_EQ(send(adt("old")).answer, Answer::accepted);
    EXPECT_EQ(send(adt("new")).answer, Answer::accepted);
}

TEST_F(ReuseTest, a_failed_append_frees_the_control_id)
{
    log.fail(Fault{Errc::storage, "disk"});
    EXPECT_EQ(send(adt("1")).answer, Answer::store_failed);
    log.fail({});
    EXPECT_EQ(send(adt("1", "NTE|mended\r")).answer, Answer::accepted);
}

TEST(ControlIdsTest, forgets_the_oldest_first)
{
    ReceiverOptions o;
    Metrics metrics;
    FakeLog log;
    auto strict = system_named("strict", "EPJ|RH");
    strict.settings.refuse_reused_control_id = true;
    o.adapters = fake_adapters();
    o.metrics = &metrics;
    o.systems = std::make_shared<Systems>(std::vector<System>{strict});
    o.control_ids_max = 2;
    const auto receiver = make_receiver(log, o);
    const auto answer = [&](const std::string& bytes) {
        Delivery d;
        d.bytes = bytes;
        Answer got{};
        receiver->receive(std::move(d), [&](Receipt r) { got = r.answer; });
        return got;
    };
    for (const auto* id : {"1", "2", "3"}) EXPECT_EQ(answer(adt(id)), Answer::accepted);
    EXPECT_EQ(answer(adt("3", "NTE|x\r")), Answer::refused);
    EXPECT_EQ(answer(adt("1", "NTE|x\r")), Answer::accepted);
}

TEST_F(ReceiverTest, a_certificate_speaks_only_for_its_systems)
{
    auto bound = system_named("epj", "EPJ|RH");
    bound.certificates = {"epj.rh.dk"};
    configure({bound, system_named("open", "LAB|X")});
    const auto with = [&](const std::string& bytes, std::vector<std::string> names) {
        Delivery d;
        d.bytes = bytes;
        d.via = "mllp";
        d.certificate_names = std::make_shared<const std::vector<std::string>>(std::move(names));
        return send(std::move(d));
    };
    EXPECT_EQ(with(adt("1"), {"epj.rh.dk"}).answer, Answer::accepted);
    const auto wrong = with(adt("1"), {"lab.x.dk"});
    EXPECT_EQ(wrong.answer, Answer::refused);
    EXPECT_EQ(said(wrong.reply), "AR 1");
    EXPECT_EQ(wrong.issues.at(0).path, "MSH-3");
    EXPECT_EQ(send(adt("2")).answer, Answer::refused) << "without a certificate nobody is epj";
    EXPECT_EQ(with(adt("3", "", "LAB|X"), {"epj.rh.dk"}).answer, Answer::refused) << "epj's certificate is not the laboratory's";
    EXPECT_EQ(with(adt("4", "", "NEW|X"), {"epj.rh.dk"}).answer, Answer::refused);
    EXPECT_EQ(with(adt("5", "", "LAB|X"), {"lab.x.dk"}).answer, Answer::accepted);
    EXPECT_EQ(metrics.value("sluse_messages_refused_total", {{"system", "epj"}, {"reason", "refused"}}), 2);
}

TEST_F(ReceiverTest, the_listener_may_know_the_system)
{
    configure({system_named("drop"), system_named("epj", "EPJ|RH")});
    Delivery d;
    d.bytes = adt("1");
    d.system = "drop";
    EXPECT_EQ(send(std::move(d)).system, "drop");
    EXPECT_EQ(log.records().at(0).envelope.system, "drop");
}

TEST_F(ReceiverTest, over_its_rate_a_system_is_asked_to_pause_never_refused)
{
    auto slow = system_named("slow", "EPJ|RH");
    slow.messages_per_second_max = 10;
    configure({slow});
    Millis pause = 0;
    for (int i = 0; i < 10; ++i) pause = std::max(pause, send(adt(std::to_string(i))).pause_ms);
    EXPECT_EQ(pause, 0);
    const auto over = send(adt("11"));
    EXPECT_EQ(over.answer, Answer::accepted);
    EXPECT_EQ(over.pause_ms, 100);
    clock.at += 5000;
    EXPECT_EQ(send(adt("12")).pause_ms, 0);
    EXPECT_EQ(send(adt("13", "", "LAB|X")).pause_ms, 0);
}

TEST_F(ReceiverTest, reload_changes_what_comes_next)
{
    EXPECT_EQ(send(adt("1")).system, "EPJ|RH");
    receiver->reload(std::make_shared<Systems>(std::vector<System>{system_named("epj", "EPJ|RH")}));
    EXPECT_EQ(send(adt("2")).system, "epj");
}

TEST_F(ReceiverTest, senders_cannot_grow_the_metrics)
{
    options.systems_max = 5;
    for (int i = 0; i < 50; ++i) send(adt("1", "", "S" + std::to_string(i) + "|X"));
    EXPECT_EQ(metrics.samples("sluse_messages_received_total").size(), 6u);
    EXPECT_EQ(count("sluse_messages_received_total", "other"), 45);
    EXPECT_EQ(log.records().at(49).envelope.system, "S49|X");
}

TEST_F(ReceiverTest, received_is_acknowledged_plus_refused_from_many_threads)
{
    receiver = make_receiver(log, options);
    options.keep_refused = {};
    std::vector<std::thread> threads;
    std::atomic<int> answered{0};
    ReceiverOptions quiet = options;
    const auto shared = make_receiver(log, quiet);
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; ++i) {
                Delivery d;
                d.bytes = adt(std::to_string(i), i % 3 == 0 ? "BAD\r" : "", "S" + std::to_string(t) + "|X");
                shared->receive(std::move(d), [&](Receipt) { ++answered; });
            }
        });
    for (auto& t : threads) t.join();
    EXPECT_EQ(answered, 2000);
    double sum = 0;
    for (const auto& s : metrics.samples("sluse_messages_acknowledged_total")) sum += s.value;
    EXPECT_EQ(sum, 4 * 333);
    EXPECT_EQ(log.records().size(), 4u * 333);
}

TEST(SenderIn, peeks_at_the_first_components)
{
    EXPECT_EQ(sender_in("MSH|^~\\&|EPJ^1.2^ISO|RH|X|Y|2026\rPID|a|b"), "EPJ|RH");
    EXPECT_EQ(sender_in("MSH#*~\\&#EPJ*1#RH#"), "EPJ|RH");
    EXPECT_EQ(sender_in("MSH|^~\\&|EPJ"), "EPJ");
    EXPECT_EQ(sender_in("MSH|^~\\&\rPID|x|y|z"), "");
    EXPECT_EQ(sender_in("{\"resourceType\""), "");
    EXPECT_EQ(sender_in("MSH"), "");
}

} // namespace
} // namespace sluse
