// tests/intake/mllp_listener_test.cpp — what a sender is answered, and in which order.
#include "tests/intake/mllp_fixture.hpp"

#include <thread>

namespace sluse {
namespace {

using namespace testing_intake;

TEST_F(MllpTest, acknowledges_what_the_journal_has)
{
    open();
    auto client = connect();
    client.send(frame(adt("17")));
    const auto answers = client.receive(1);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(said(answers[0]), "AA 17");
    ASSERT_EQ(log.records().size(), 1u);
    const auto record = log.records()[0];
    const auto& e = record.envelope;
    EXPECT_EQ(e.bytes, adt("17"));
    EXPECT_EQ(e.system, "EPJ|RH");
    EXPECT_EQ(e.control_id, "17");
    EXPECT_EQ(e.via, "mllp");
    EXPECT_TRUE(e.lane.has_person);
    EXPECT_EQ(record.partition, e.lane.partition(8));
    EXPECT_EQ(count("sluse_messages_acknowledged_total"), 1);
}

TEST_F(MllpTest, says_nothing_before_the_journal_has_it)
{
    log.hold(true);
    open();
    auto client = connect();
    client.send(frame(adt("1")));
    ASSERT_TRUE(log.wait_for(1));
    EXPECT_TRUE(client.receive(1, 150).empty());
    log.answer();
    EXPECT_EQ(client.receive(1).size(), 1u);
}

TEST_F(MllpTest, takes_a_frame_cut_at_any_byte)
{
    open();
    auto client = connect();
    const auto bytes = frame(adt("1"));
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        client.send(bytes.substr(0, cut));
        ::usleep(300);
        client.send(bytes.substr(cut));
        const auto answers = client.receive(1);
        ASSERT_EQ(answers.size(), 1u) << "cut at " << cut;
        EXPECT_EQ(said(answers[0]), "AA 1");
    }
    EXPECT_EQ(log.records().size(), bytes.size() - 1);
}

TEST_F(MllpTest, takes_one_byte_at_a_time)
{
    open();
    auto client = connect();
    for (const char c : frame(adt("1")) + frame(adt("2"))) {
        client.send({&c, 1});
        ::usleep(50);
    }
    const auto answers = client.receive(2);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(said(answers[1]), "AA 2");
}

TEST_F(MllpTest, takes_many_messages_from_one_read_and_answers_in_order)
{
    open();
    auto client = connect();
    std::string all;
    for (int i = 0; i < 2000; ++i) all += frame(adt(std::to_string(i), i % 7 == 3 ? "BAD\r" : ""));
    std::thread sender([&] { client.send(all); });
    const auto answers = client.receive(2000, 20000);
    sender.join();
    ASSERT_EQ(answers.size(), 2000u);
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(said(answers[static_cast<std::size_t>(i)]), (i % 7 == 3 ? "AE " : "AA ") + std::to_string(i));
    EXPECT_EQ(log.records().size(), static_cast<std::size_t>(count("sluse_messages_acknowledged_total")));
    EXPECT_EQ(refused("content"), 286);
}

TEST_F(MllpTest, answers_in_order_when_appends_complete_out_of_order)
{
    log.hold(true);
    open();
    auto client = connect();
    client.send(frame(adt("1")) + frame(adt("2", "BAD\r")) + frame(adt("3")) + frame(adt("4")));
    ASSERT_TRUE(log.wait_for(3));
    log.answer(2);
    log.answer(1, Fault{Errc::storage, "disk"});
    EXPECT_TRUE(client.receive(1, 100).empty());
    log.answer(0);
    const auto answers = client.receive(4);
    ASSERT_EQ(answers.size(), 4u);
    EXPECT_EQ(said(answers[0]), "AA 1");
    EXPECT_EQ(said(answers[1]), "AE 2");
    EXPECT_EQ(said(answers[2]), "AR 3");
    EXPECT_EQ(said(answers[3]), "AA 4");
    EXPECT_EQ(refused("store"), 1);
}

TEST_F(MllpTest, a_failing_store_is_ar_207)
{
    log.fail(Fault{Errc::storage_full, "disk full"});
    open();
    auto client = connect();
    client.send(frame(adt("1")));
    const auto answers = client.receive(1);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(said(answers[0]), "AR 1");
    EXPECT_NE(answers[0].find("|207|"), std::string::npos);
    EXPECT_TRUE(log.records().empty());
    log.fail({});
    client.send(frame(adt("1")));
    EXPECT_EQ(said(client.receive(1).at(0)), "AA 1");
    EXPECT_EQ(refused("store"), 1);
    EXPECT_EQ(count("sluse_messages_acknowledged_total"), 1);
}

TEST_F(MllpTest, no_answer_where_none_is_expected)
{
    open();
    auto client = connect();
    client.send(frame("MSH|^~\\&|EPJ|RH|||20260301||ADT^A01|1|P|2.5|||NE|NE\r") + frame(adt("2")));
    EXPECT_EQ(said(client.receive(1).at(0)), "AA 2");
    EXPECT_EQ(log.records().size(), 2u);
}

TEST_F(MllpTest, junk_between_frames_is_skipped_and_counted)
{
    open();
    auto client = connect();
    client.send("hello" + frame(adt("1")) + "\r\n\r\n" + frame(adt("2")) + "xx" + frame(adt("3")));
    EXPECT_EQ(client.receive(3).size(), 3u);
    EXPECT_EQ(metrics.value("sluse_mllp_junk_bytes_total", {{"listener", "mllp"}}), 7);
}

TEST_F(MllpTest, a_frame_without_its_last_cr_is_whole_when_the_sender_pauses)
{
    open();
    auto client = connect();
    const auto bytes = frame(adt("1"));
    client.send(bytes.substr(0, bytes.size() - 1));
    EXPECT_EQ(said(client.receive(1).at(0)), "AA 1");
    client.send("\r" + frame(adt("2")));
    EXPECT_EQ(said(client.receive(1).at(0)), "AA 2");
}

TEST_F(MllpTest, half_closed_senders_get_their_answers)
{
    log.hold(true);
    open();
    auto client = connect();
    client.send(frame(adt("1")) + frame(adt("2")));
    client.half_close();
    ASSERT_TRUE(log.wait_for(2));
    ::usleep(50'000);
    log.answer_all();
    EXPECT_EQ(client.receive(2).size(), 2u);
    EXPECT_TRUE(client.closed());
    EXPECT_FALSE(client.reset());
    EXPECT_TRUE(eventually([&] { return closed("closed_by_peer") == 1; }));
}

TEST_F(MllpTest, a_sender_that_leaves_early_is_still_counted)
{
    log.hold(true);
    open();
    {
        auto client = connect();
        client.send(frame(adt("1")) + frame(adt("2")) + frame(adt("3", "BAD\r")) + "\vMSH|cut");
        ASSERT_TRUE(log.wait_for(2));
        linger hard{1, 0}; // close by reset
        ::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    EXPECT_TRUE(eventually([&] { return listener->connections() == 0 || log.held() == 2; }));
    ::usleep(100'000);
    log.answer_all();
    EXPECT_TRUE(eventually([&] { return listener->connections() == 0; }));
    EXPECT_EQ(count("sluse_messages_received_total"), 3);
    EXPECT_EQ(count("sluse_messages_acknowledged_total"), 2);
    EXPECT_EQ(refused("content"), 1);
    EXPECT_EQ(log.records().size(), 2u);
}

} // namespace
} // namespace sluse
