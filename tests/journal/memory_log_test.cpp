// tests/journal/memory_log_test.cpp — the overlay's reads, and the in-memory log's control over interleaving.
#include "gateway/journal/memory_log.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sluse {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs all(State& state, std::string_view prefix)
{
    Pairs found;
    state.scan(prefix, [&](std::string_view key, std::string_view value) {
        found.emplace_back(key, value);
        return true;
    });
    return found;
}

/// Adds one to the counter of the record's key; a raw record also mails its value to the partition its key names.
class Counter final : public Processor {
public:
    void process(Topic topic, const Record& record, Unit& unit) override
    {
        const auto key = (topic == Topic::raw ? "raw/" : "facts/") + record.key;
        const auto before = unit.get(key);
        unit.put(key, std::to_string((before ? std::stoi(*before) : 0) + 1));
        if (topic == Topic::raw) unit.send(Topic::facts, static_cast<std::uint32_t>(std::stoi(record.key)), record.key, record.value);
        else unit.send(Topic::events, 0, "", record.value);
    }
    void flush(Unit&) override {}
    void forget(std::uint32_t) override { ++forgotten; }
    int forgotten{};
};

TEST(OverlayUnit, scans_what_a_random_run_of_puts_and_erases_leaves)
{
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        MemoryState base;
        std::map<std::string, std::string> model;
        const auto changes = round % 50 ? 12u : 2'000u; // so many are put in order between scans
        for (int layer = 0; layer < 2; ++layer) {
            OverlayUnit unit(base, 0, 1);
            for (auto i = 0u; i < changes; ++i) {
                if (i % 400 == 399) {
                    EXPECT_EQ(all(unit, "b"), Pairs(model.lower_bound("b"), model.lower_bound("c")));
                }
                const auto key = std::string(1, static_cast<char>('a' + random() % 3)) + std::to_string(random() % (changes / 3));
                if (random() % 3 == 0) {
                    unit.erase(key);
                    model.erase(key);
                } else {
                    model[key] = std::to_string(random() % 100);
                    unit.put(key, model[key]);
                }
            }
            EXPECT_EQ(all(unit, ""), Pairs(model.begin(), model.end()));
            EXPECT_EQ(all(unit, "b"), Pairs(model.lower_bound("b"), model.lower_bound("c")));
            for (const auto& [key, value] : model) EXPECT_EQ(unit.get(key), value);
            base.apply(unit);
        }
    }
}

TEST(OverlayUnit, stops_a_scan_when_told_to)
{
    MemoryState base;
    OverlayUnit unit(base, 0, 1);
    for (const auto* key : {"a", "b", "c"}) unit.put(key, "1");
    int seen = 0;
    unit.scan("", [&](std::string_view, std::string_view) { return ++seen < 2; });
    EXPECT_EQ(seen, 2);
}

TEST(MemoryLog, lets_the_caller_choose_the_interleaving)
{
    MemoryLog log(2);
    ASSERT_TRUE(log.start([] { return std::make_unique<Counter>(); }, 1));
    int answered = 0;
    for (const auto* to : {"0", "1", "1"}) log.append(0, to, "v", 1, [&](Result<Position> at) { answered += at.has_value(); });
    EXPECT_EQ(answered, 3);
    EXPECT_TRUE(log.step(0, Topic::raw, 2));
    EXPECT_EQ(log.waiting().size(), 3u); // facts of both partitions, and the last raw record
    EXPECT_TRUE(log.step(1, Topic::facts));
    EXPECT_FALSE(log.step(1, Topic::facts));
    log.run([](const std::vector<Waiting>& list) { return std::pair{list.size() - 1, std::size_t{1}}; });
    EXPECT_EQ(log.state(1).all().at("facts/1"), "2");
    EXPECT_EQ(log.state(0).all().at("facts/0"), "1");
    EXPECT_EQ(log.read(Topic::events, 1, 0, 1000)->size(), 2u);
}

TEST(MemoryLog, leaves_nothing_of_an_aborted_unit)
{
    MemoryLog log(1);
    Counter* counter = nullptr;
    ASSERT_TRUE(log.start([&] {
        auto made = std::make_unique<Counter>();
        counter = made.get();
        return made;
    }, 1));
    log.append(0, "0", "v", 1, [](Result<Position>) {});
    log.abort_next(1);
    EXPECT_TRUE(log.step(0, Topic::raw));
    EXPECT_TRUE(log.state(0).all().empty());
    EXPECT_EQ(counter->forgotten, 1);
    log.run();
    EXPECT_EQ(log.state(0).all().at("raw/0"), "1");
}

} // namespace
} // namespace sluse
