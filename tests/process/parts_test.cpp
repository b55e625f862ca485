// tests/process/parts_test.cpp — a result that its sender cut in three: joined over lanes and partitions, in any order, or mapped singly when a part never comes.
#include "gateway/process/inspect.hpp"
#include "gateway/process/parts.hpp"
#include "tests/process/message_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluse {
namespace {

using namespace message_log;

const std::string first = "MSH|^~\\&|LAB|KEM|SLUSE|REG|20260420080000||ORU^R01^ORU_R01|P1|P|2.5.1\r"
                          "PID|1||2512489996^^^CPR^NNDNK||Eksempel^Bo\r"
                          "OBR|1|R1|L1|NPU01807^Kreatininium;P^NPU|||20260420070000\r"
                          "OBX|1|FT|NPU01807^Kreatininium;P^NPU||the first half and \r"
                          "DSC|77|F\r";
const std::string second = "MSH|^~\\&|LAB|KEM|SLUSE|REG|20260420080001||ORU^R01^ORU_R01|P2|P|2.5.1||77\r"
                           "ADD|the second||||||F\r"
                           "OBX|2|NM|NPU03429^Natrium;P^NPU||140|mmol/L|||||F\r"
                           "DSC|78|F\r";
const std::string third = "MSH|^~\\&|LAB|KEM|SLUSE|REG|20260420080002||ORU^R01^ORU_R01|P3|P|2.5.1||78\r"
                          "OBX|3|NM|NPU03230^Kalium;P^NPU||4.1|mmol/L|||||F\r";

class Parts : public testing::Test {
protected:
    explicit Parts(std::uint32_t partitions = 4) : log_(partitions) { EXPECT_TRUE(log_.start([] { return ruled(); }, 1)); }

    Ulid send(const std::string& message, int second = 0)
    {
        const auto e = append(log_, message, second ? second : ++seconds_);
        log_.run();
        return e.id;
    }

    void clock(int second)
    {
        append_tick(log_, *parse_instant("2026-06-30T12:00:00Z") + second * second_ms, second);
        log_.run();
    }

    SystemCounters counters()
    {
        const auto all = counters_of(log_);
        EXPECT_EQ(balance_of(all), 0);
        return all.contains("LAB|KEM") ? all.at("LAB|KEM") : SystemCounters();
    }

    /// What went out of a type, in one text.
    std::string sent(std::string_view type)
    {
        std::string out;
        for (std::uint32_t p = 0; p < log_.partitions(); ++p) {
            const auto records = log_.read(Topic::fhir, p, 0, 1u << 30);
            for (const auto& r : *records)
                if (r.value.find("\"resourceType\":\"" + std::string(type) + "\"") != r.value.npos) out += r.value + '\n';
        }
        return out;
    }

    std::size_t waiting_in_state()
    {
        std::size_t count = 0;
        for (std::uint32_t p = 0; p < log_.partitions(); ++p)
            log_.inspect(p, [&](State& state) {
                for (const auto* prefix : {"C", "c"})
                    state.scan(prefix, [&](std::string_view, std::string_view) {
                        ++count;
                        return true;
                    });
            });
        return count;
    }

    std::size_t notes()
    {
        std::size_t count = 0;
        for (std::uint32_t p = 0; p < log_.partitions(); ++p)
            log_.inspect(p, [&](State& state) {
                for (const auto& entry : quarantine_of(state)) count += entry.held == Held::note && entry.reason == "part-missing";
            });
        return count;
    }

    std::string fate(const Ulid& id)
    {
        const auto t = trace_of(log_, id);
        return t ? std::string(name(t->fate)) : "none";
    }

    MemoryLog log_;
    int seconds_{};
};

TEST_F(Parts, are_mapped_once_as_the_message_that_they_make)
{
    const auto a = send(first), b = send(second);
    EXPECT_EQ(counters().waiting, 2u);
    EXPECT_EQ(fate(a), "waiting");
    EXPECT_EQ(sent("Observation"), "");
    const auto c = send(third);
    EXPECT_EQ(fate(a), "normalised");
    EXPECT_EQ(fate(b), "joined");
    EXPECT_EQ(trace_of(log_, c)->reason, "mapped as one with message " + a.text());
    const auto now = counters();
    EXPECT_EQ(now.accepted, 3u);
    EXPECT_EQ(now.normalised, 1u);
    EXPECT_EQ(now.joined, 2u);
    EXPECT_EQ(now.waiting, 0u);
    EXPECT_EQ(waiting_in_state(), 0u);
    EXPECT_EQ(notes(), 0u);
    const auto observations = sent("Observation");
    EXPECT_NE(observations.find("\"the first half and the second\""), observations.npos);
    for (const auto* code : {"NPU01807", "NPU03429", "NPU03230"}) EXPECT_NE(observations.find(code), observations.npos) << code;
    for (auto at = observations.begin(); at != observations.end();) { // each is the same patient's
        const auto end = std::find(at, observations.end(), '\n');
        EXPECT_NE(std::string(at, end).find("\"subject\""), std::string::npos);
        at = end + 1;
    }
}

TEST_F(Parts, find_each_other_in_any_order_and_number_of_partitions)
{
    const std::string* orders[][3] = {{&first, &third, &second}, {&second, &first, &third}, {&second, &third, &first},
                                      {&third, &first, &second}, {&third, &second, &first}};
    for (const auto& order : orders)
        for (const std::uint32_t partitions : {1u, 2u, 7u}) {
            MemoryLog log(partitions);
            ASSERT_TRUE(log.start([] { return ruled(); }, 1));
            for (int i = 0; i < 3; ++i) append(log, *order[i], i);
            log.run();
            const auto all = counters_of(log);
            EXPECT_EQ(balance_of(all), 0);
            EXPECT_EQ(all.at("LAB|KEM").normalised, 1u);
            EXPECT_EQ(all.at("LAB|KEM").joined, 2u);
        }
}

TEST_F(Parts, of_which_one_comes_twice_are_joined_once)
{
    send(first);
    send(first);
    send(second);
    send(second);
    send(third);
    send(third);
    const auto now = counters();
    EXPECT_EQ(now.duplicates, 3u);
    EXPECT_EQ(now.normalised, 1u);
    EXPECT_EQ(now.joined, 2u);
    EXPECT_EQ(waiting_in_state(), 0u);
}

TEST_F(Parts, sent_again_under_another_control_id_give_way_and_nothing_is_lost)
{
    send(first);
    auto again = first;
    again.replace(again.find("|P1|"), 4, "|P9|");
    send(again);
    EXPECT_EQ(counters().normalised, 1u); // the first saying, by itself
    send(second);
    send(third);
    EXPECT_EQ(counters().normalised, 2u);
    EXPECT_EQ(counters().joined, 2u);
}

TEST_F(Parts, whose_last_one_never_comes_are_mapped_by_themselves_after_an_hour)
{
    const auto a = send(first), b = send(second);
    clock(3500);
    EXPECT_EQ(counters().waiting, 2u);
    EXPECT_EQ(sent("Observation"), "");
    clock(3700);
    EXPECT_EQ(fate(a), "normalised");
    EXPECT_EQ(fate(b), "normalised");
    const auto now = counters();
    EXPECT_EQ(now.normalised, 2u);
    EXPECT_EQ(now.waiting, 0u);
    EXPECT_EQ(notes(), 2u); // the operator is told of each
    EXPECT_EQ(waiting_in_state(), 0u);
    EXPECT_NE(sent("Observation").find("the first half and"), std::string::npos);
    send(third, 3800); // late: it has nobody to join, and is not lost either
    clock(7500);
    EXPECT_EQ(counters().normalised, 3u);
    EXPECT_EQ(notes(), 3u);
}

TEST_F(Parts, with_an_idle_pointer_do_not_wait_long)
{
    const std::string idle = "MSH|^~\\&|LAB|KEM|SLUSE|REG|20260420080000||ORU^R01^ORU_R01|W1|P|2.5.1||456\r"
                             "PID|1||2512489996^^^CPR^NNDNK||Eksempel^Bo\rOBR|1|R2|L2|NPU01807^K^NPU\r";
    auto next = idle;
    next.replace(next.find("|W1|"), 4, "|W2|");
    send(idle, 1);
    EXPECT_EQ(counters().waiting, 1u);
    send(next, 2); // the same pointer again: it leads nowhere
    EXPECT_EQ(counters().normalised, 1u);
    clock(40);
    EXPECT_EQ(counters().normalised, 2u);
    EXPECT_EQ(counters().waiting, 0u);
}

TEST_F(Parts, are_bounded_in_number)
{
    for (std::size_t i = 0; i < PartLimits::parts_max + 5; ++i) {
        auto one = first;
        const auto n = std::to_string(1000 + i);
        one.replace(one.find("|P1|"), 4, "|P" + n + "|");
        one.replace(one.find("|77|"), 4, "|" + n + "|");
        append(log_, one, static_cast<int>(i));
    }
    log_.run();
    EXPECT_EQ(counters().waiting, PartLimits::parts_max);
    EXPECT_EQ(counters().normalised, 5u);
}

TEST_F(Parts, in_different_character_sets_or_separators_stay_apart)
{
    auto other = second.substr(0, second.find("DSC"));
    std::ranges::replace(other, '|', '#');
    send(first);
    send(other);
    EXPECT_EQ(counters().normalised, 2u);
    EXPECT_EQ(counters().joined, 0u);
}

TEST_F(Parts, that_point_at_each_other_in_a_ring_are_let_go)
{
    const auto part = [](const std::string& id, const std::string& from, const std::string& to) {
        return "MSH|^~\\&|LAB|KEM|SLUSE|REG|20260420080000||ORU^R01^ORU_R01|" + id + "|P|2.5.1||" + from + "\rOBX|1|ST|x||y\rDSC|" + to + "|F\r";
    };
    send(part("A", "1", "2"));
    send(part("B", "2", "1"));
    send(part("C", "3", "3"));
    EXPECT_EQ(counters().waiting, 3u);
    clock(4000);
    EXPECT_EQ(counters().normalised, 3u);
    EXPECT_EQ(counters().waiting, 0u);
}

TEST(PartLetter, survives_its_codec_and_no_damage_does)
{
    PartLetter letter{PartLetter::Kind::joined, {}, {}, 3, 77, "record"};
    letter.message.bytes[0] = 1;
    letter.into.bytes[15] = 2;
    std::string text;
    encode(letter, text);
    const auto back = decode_part_letter(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->message, letter.message);
    EXPECT_EQ(back->into, letter.into);
    EXPECT_EQ(back->position, 77u);
    EXPECT_EQ(back->record, "record");
    for (std::size_t n = 0; n < text.size(); ++n) EXPECT_FALSE(decode_part_letter(std::string_view(text).substr(0, n)));
    EXPECT_FALSE(decode_part_letter(text + "x"));
}

} // namespace
} // namespace sluse
