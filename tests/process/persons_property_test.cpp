// tests/process/persons_property_test.cpp — random histories, in any order, batching and interleaving of mail, end in the batch's cells.
#include "gateway/journal/memory_log.hpp"
#include "gateway/process/persons.hpp"
#include "tests/process/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace sluse {
namespace {

using namespace history;

/// Persons behind a log: raw records are indices into the history.
class HistoryProcessor final : public Processor {
public:
    HistoryProcessor(const std::vector<Message>& log, const CacheLimits& cache, unsigned seed)
        : log_(log), random_{std::mt19937(seed)}, persons_(std::make_shared<TestPacks>(), Keys::demonstration(), cache) {}

    void process(Topic topic, const Record& record, Unit& unit) override
    {
        if (topic == Topic::facts) {
            // Mail may be late and may come twice: put back behind what came after it.
            const bool late = random_.one_in(4), twice = random_.one_in(8);
            if (late || twice) unit.send(Topic::facts, unit.partition(), record.key, record.value);
            const bool read = late || persons_.receive(record.value, unit);
            EXPECT_TRUE(read);
            return;
        }
        const auto index = static_cast<std::size_t>(std::stoi(record.value));
        const auto& m = log_[index];
        const auto position = record.offset * unit.partitions() + record.partition;
        Cause cause;
        cause.message.bytes[15] = static_cast<std::uint8_t>(index);
        cause.message.bytes[14] = static_cast<std::uint8_t>(position);
        std::vector<Said> said;
        for (auto& fact : facts(m, position)) said.push_back({identifier(m.about), std::move(fact)});
        std::vector<Link> links;
        if (m.says == Says::link || m.says == Says::unlink)
            links.push_back({identifier(m.person).node(), identifier(m.contact).node(), {m.recorded, m.sent, position}, m.says == Says::link});
        persons_.say(cause, said, std::move(links), unit);
    }
    void flush(Unit&) override {}
    void forget(std::uint32_t partition) override { persons_.forget(partition); }

private:
    const std::vector<Message>& log_;
    Random random_;
    Persons persons_;
};

struct Run {
    std::uint32_t partitions{1};
    CacheLimits cache{100, 0};
    std::vector<std::size_t> order; ///< of arrival; an index may come twice
    unsigned seed{};                ///< of batching, interleaving and aborts
    bool aborts{};
};

/// Sums the events; also what any consumer may rely on: sequences without a gap, ids never twice.
Cells cells_of(MemoryLog& log)
{
    Cells cells;
    std::map<std::string, std::uint64_t> last;
    std::set<std::string> ids;
    for (std::uint32_t p = 0; p < log.partitions(); ++p) {
        const auto records = log.read(Topic::events, p, 0, 1u << 30);
        for (const auto& record : *records) {
            const auto e = parse_cloud_event(record.value);
            if (!e) {
                ADD_FAILURE() << "not an event: " << record.value;
                continue;
            }
            EXPECT_EQ(e->person, record.key);
            EXPECT_EQ(e->sequence, ++last[e->person]);
            EXPECT_TRUE(ids.insert(e->id).second) << "an event id twice";
            const auto& c = e->contribution;
            auto& cell = cells[e->indicator + ' ' + std::to_string(c.counts_day) + ' ' + c.dims.municipality + ' ' + c.dims.unit];
            cell[0] += e->sign * c.numerator;
            cell[1] += e->sign * c.denominator;
            cell[2] += e->sign * c.value;
        }
    }
    std::erase_if(cells, [](const auto& c) { return c.second == std::array<std::int64_t, 3>{}; });
    return cells;
}

struct Outcome {
    Cells stream, batch;
};

Outcome play(const std::vector<Message>& history, const Run& run)
{
    MemoryLog log(run.partitions);
    EXPECT_TRUE(log.start([&] { return std::make_unique<HistoryProcessor>(history, run.cache, run.seed); }, 1));
    const auto key = Keys::demonstration().lane;
    std::vector<Stored> stored;
    for (const auto index : run.order) {
        const auto partition = lane_of(key, identifier(history[index].person)).partition(run.partitions);
        log.append(partition, "", std::to_string(index), 0, [&](Result<Position> at) { stored.push_back({history[index], at->offset * run.partitions + at->partition}); });
    }
    Random random{std::mt19937(run.seed)};
    log.run([&](const std::vector<Waiting>& waiting) {
        if (run.aborts && random.one_in(6)) log.abort_next(1);
        const auto choice = static_cast<std::size_t>(random(static_cast<int>(waiting.size())));
        return std::pair(choice, static_cast<std::size_t>(1 + random(5)));
    });
    return {cells_of(log), Batch(stored).cells()};
}

Run random_run(Random& random, std::size_t messages, bool repeat = true)
{
    Run run;
    run.partitions = 1 + static_cast<std::uint32_t>(random(4));
    static constexpr CacheLimits caches[] = {{100, 0}, {1, 0}, {1, 2'000}, {1, 1u << 20}}; // of {1, 0} everything is read back from the state
    run.cache = caches[random(static_cast<int>(std::size(caches)))];
    run.order.resize(messages);
    std::iota(run.order.begin(), run.order.end(), 0u);
    std::ranges::shuffle(run.order, random.engine);
    if (repeat)
        for (int i = random(4); i > 0; --i) run.order.push_back(static_cast<std::size_t>(random(static_cast<int>(messages))));
    run.seed = static_cast<unsigned>(random.engine());
    run.aborts = random.one_in(4);
    return run;
}

std::string show(const Cells& cells)
{
    std::string out;
    for (const auto& [name, c] : cells) out += "  " + name + ": " + std::to_string(c[0]) + '/' + std::to_string(c[1]) + " value " + std::to_string(c[2]) + '\n';
    return out.empty() ? "  (none)\n" : out;
}

/// Leaves out messages as long as it still fails: what remains is what a person can read.
std::string smallest(const std::vector<Message>& history, Run run)
{
    for (bool shrunk = true; shrunk;) {
        shrunk = false;
        for (std::size_t i = 0; i < run.order.size() && !shrunk; ++i) {
            auto less = run;
            less.order.erase(less.order.begin() + static_cast<std::ptrdiff_t>(i));
            const auto outcome = play(history, less);
            shrunk = outcome.stream != outcome.batch;
            if (shrunk) run = less;
        }
    }
    const auto outcome = play(history, run);
    std::string out = std::to_string(run.partitions) + " partitions, seed " + std::to_string(run.seed) + (run.aborts ? ", aborts" : "") + '\n';
    for (const auto i : run.order) out += "  " + describe(history[i]) + '\n';
    return out + "stream\n" + show(outcome.stream) + "batch\n" + show(outcome.batch);
}

TEST(RandomHistories, give_the_cells_of_a_batch_run)
{
    Random random{std::mt19937(20260301)};
    std::size_t counted = 0;
    for (int round = 0; round < 3000; ++round) {
        const auto history = random_history(random, 4 + random(22), 2 + random(4), random.one_in(2));
        const auto run = random_run(random, history.size());
        const auto outcome = play(history, run);
        counted += !outcome.batch.empty();
        ASSERT_EQ(outcome.stream, outcome.batch) << "round " << round << '\n' << smallest(history, run);
    }
    EXPECT_GT(counted, 1000u) << "a third of the histories must count something, or this proves little";
}

TEST(RandomHistories, do_not_depend_on_arrival_when_no_times_are_equal)
{
    Random random{std::mt19937(4)};
    for (int round = 0; round < 300; ++round) {
        const auto history = random_history(random, 6 + random(20), 2 + random(4), false);
        const auto first = play(history, random_run(random, history.size(), false)).stream;
        for (int again = 0; again < 3; ++again) {
            const auto run = random_run(random, history.size());
            ASSERT_EQ(play(history, run).stream, first) << smallest(history, run);
        }
    }
}

} // namespace
} // namespace sluse
