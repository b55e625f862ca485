// tests/process/real_packs_property_test.cpp — random HL7 v2 histories through the whole stage with the shipped packs end in the batch's cells.
#include "adapters/adapter.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/journal/memory_log.hpp"
#include "gateway/process/gateway_processor.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/track/batch.hpp"
#include "gateway/track/cell_key.hpp"
#include "gateway/track/rollups.hpp"
#include "tests/process/event_cells.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <random>
#include <set>

namespace sluse {
namespace {

#ifdef NDEBUG
constexpr int rounds = 1000;
#else
constexpr int rounds = 300;
#endif

struct Random {
    std::mt19937 engine;
    int operator()(int below) { return static_cast<int>(engine() % static_cast<unsigned>(below)); }
    bool one_in(int n) { return (*this)(n) == 0; }
    template <std::size_t N> const char* of(const std::array<const char*, N>& words) { return words[engine() % N]; }
};

/// "20260105T…" as HL7 writes it: minutes after the first of January 2026, local.
std::string stamp(int minutes)
{
    const auto d = date_of(*parse_day("2026-01-01") + minutes / 1440);
    return fmt::format("{:04}{:02}{:02}{:02}{:02}00", d.year, d.month, d.day, minutes % 1440 / 60, minutes % 60);
}

constexpr std::array<const char*, 5> people{"0101400001^^^CPR^NNDNK", "0108589995^^^CPR^NNDNK", "0703921VJ4^^^ECPR", "L1^^^EPJ^MR", "L2^^^EPJ^MR"};
constexpr std::array<const char*, 3> municipalities{"0751", "0740", "0101"};
constexpr std::array<const char*, 5> codes{"DJ189", "DI210", "DF200", "DJ440", "DE860"};
constexpr std::array<const char*, 4> specialties{"MED", "PSY", "", "XX"};

struct MessageWriter {
    Random& random;
    std::string pid(const char* who, const char* lives, const std::string& died) const
    {
        return fmt::format("PID|1||{}||Hansen^Bo||19400101|M|||Vej 1^^By^^8000^DNK^H^^{}|||||||||||||||||||{}\r", who, lives, died);
    }
    std::string diagnoses() const
    {
        std::string out;
        for (int n = random.one_in(3) ? 1 + random(3) : 0, i = 1; i <= n; ++i) out += fmt::format("DG1|{}||{}^^SKS-D|||A|||||||||{}\r", i, random.of(codes), i);
        return out;
    }
    std::string message(int number, bool ties)
    {
        const auto sent = ties ? random(4) * 20 * 1440 : number * 6 * 1440 + random(600); // between the contacts, so that a move falls among them
        const auto* who = random.of(people);
        const auto control = random.one_in(6) ? fmt::format("R{}", random(3)) : fmt::format("C{}", number);
        const auto msh = [&](const char* type, const char* event, const char* from) {
            return fmt::format("MSH|^~\\&|{}|RH|SLUSE|RM|{}||{}^{}|{}|P|2.5\r", from, stamp(sent), type, event, control);
        };
        const auto* home = random.one_in(2) ? random.of(municipalities) : "";
        const auto died = random.one_in(25) ? stamp(random(100 * 1440)) : "";
        const int visit = random(5), begin = (random.one_in(5) ? random(5) : visit) * 17 * 1440 + random(50) * 60;
        const auto evn = [&](const char* event) { return fmt::format("EVN|{}|{}\r", event, stamp(sent)); };
        const auto kind = random(16);
        if (kind == 0) {
            const auto* other = random.of(people);
            return msh("ADT", "A40", "EPJ") + evn("A40") + pid(who, home, "") + "MRG|" + other + "\r";
        }
        if (kind == 1) return msh("ADT", "A37", "EPJ") + evn("A37") + pid(who, home, "") + pid(random.of(people), home, "");
        if (kind == 2) return msh("ADT", "A31", "EPJ") + evn("A31") + pid(who, random.of(municipalities), died);
        if (kind <= 5) {
            static constexpr std::array<const char*, 4> statuses{"P", "F", "C", "D"};
            static constexpr std::array<const char*, 2> answers{"260373001^Detected^SCT", "260415000^Not detected^SCT"};
            const int sample = random(3);
            const auto* status = random.of(statuses);
            return msh("ORU", "R01", "LAB") + pid(who, home, "") +
                   fmt::format("OBR|1||F{}^LAB|94500-6^SARS-CoV-2^LN|||{}|||||||||||||||{}|||{}\rOBX|1|CWE|94500-6^SARS-CoV-2^LN||{}||||||{}|||{}\r", sample, stamp(sample * 1440),
                               stamp(sample * 1440 + random(300)), status, random.of(answers), status, stamp(sample * 1440));
        }
        static constexpr std::array<const char*, 11> events{"A01", "A01", "A04", "A03", "A03", "A03", "A08", "A08", "A11", "A13", "A02"};
        const std::string event = random.of(events);
        const bool whole = event == "A01" || event == "A04" || random.one_in(2);
        const auto end = event == "A03" || (event == "A08" && random.one_in(2)) ? stamp(begin + 120 + random(60) * 60) : "";
        static constexpr std::array<const char*, 3> classes{"I", "O", "E"};
        return msh("ADT", event.c_str(), random.one_in(8) ? "PAS" : "EPJ") + evn(event.c_str()) + pid(who, home, died) +
               fmt::format("PV1|1|{}|{}|{}||||||{}|||||||||V{}^^^RH|||||||||||||||||||||||||{}|{}\r", event == "A04" || random.one_in(6) ? random.of(classes) : "I",
                           whole ? "W" + std::to_string(random(2)) : "", whole ? (random.one_in(2) ? "E" : "R") : "", whole ? random.of(specialties) : "", visit, whole ? stamp(begin) : "",
                           end) +
               diagnoses();
    }
};

const ProcessOptions& options()
{
    static const auto made = [] {
        static const SystemSettings settings;
        ProcessOptions o;
        Issues issues;
        o.maps = Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
        o.packs = Packs::load(SLUSE_SOURCE_DIR "/schemas", issues);
        o.system_settings = [](std::string_view) -> const SystemSettings& { return settings; };
        return o;
    }();
    return made;
}

Millis received_at(int number)
{
    return *parse_instant("2026-08-30T12:00:00Z") + number * second_ms;
}

void append(MemoryLog& log, const std::string& message, int number)
{
    static const SystemSettings settings;
    const auto* adapter = adapter_for(message);
    if (!adapter) return;
    const auto checked = adapter->check(message, settings);
    if (checked.answer != Answer::accepted) return;
    Envelope e;
    e.received_ms = received_at(number);
    for (std::size_t i = 0; i < 6; ++i) e.id.bytes[i] = static_cast<std::uint8_t>(e.received_ms >> (40 - 8 * i));
    e.system = checked.system;
    e.format = adapter->name;
    e.control_id = checked.control_id;
    const auto& key = options().keys.lane;
    e.lane = checked.persons.empty() ? lane_of_system(key, e.system) : lane_of(key, checked.persons.front());
    e.bytes = message;
    std::string record;
    encode(e, record);
    log.append(e.lane.partition(log.partitions()), "", record, e.received_ms, [](Result<Position>) {});
}

BatchCells batch_cells(MemoryLog& log)
{
    std::vector<BatchNode> nodes;
    for (std::uint32_t p = 0; p < log.partitions(); ++p)
        log.inspect(p, [&](State& state) {
            each_node(state, [&](const NodeFacts& n) {
                auto& node = nodes.emplace_back(BatchNode{n.name, {}, n.facts});
                for (const auto& l : n.links) node.links.push_back({l.a, l.b, l.active, l.version});
            });
        });
    return recompute(nodes, *options().packs);
}

struct Outcome {
    BatchCells stream, batch;
    std::int64_t balance{};
    bool same() const { return balance == 0 && verify(stream, batch).empty(); }
};

/// Nobody but who is worked on; most of them packed; all of them packed; all as they are worked on.
constexpr CacheLimits caches[] = {{1, 0}, {1, 4'000}, {1, 1u << 20}, {100, 0}};

Outcome play(const std::vector<std::string>& history, const std::vector<std::size_t>& order, std::uint32_t partitions, unsigned seed)
{
    MemoryLog log(partitions);
    auto with = options();
    with.cache = caches[seed % std::size(caches)];
    EXPECT_TRUE(log.start([&] { return make_gateway_processor(with); }, 1));
    for (const auto i : order) append(log, history[i], static_cast<int>(i));
    Random random{std::mt19937(seed)};
    log.run([&](const std::vector<Waiting>& waiting) {
        if (random.one_in(20)) log.abort_next(1);
        return std::pair(static_cast<std::size_t>(random(static_cast<int>(waiting.size()))), static_cast<std::size_t>(1 + random(4)));
    });
    return {event_cells(log), batch_cells(log), balance_of(counters_of(log))};
}

std::string differences(const Outcome& o)
{
    std::string out = fmt::format("balance {}\n", o.balance);
    for (const auto& d : verify(o.stream, o.batch)) out += fmt::format("  {}: stream {} batch {}\n", d.cell, d.stream, d.batch);
    return out;
}

/// Leaves out messages as long as it still fails.
template <class Fails> std::string smallest(const std::vector<std::string>& history, std::vector<std::size_t> order, Fails fails)
{
    for (bool shrunk = true; shrunk;) {
        shrunk = false;
        for (std::size_t i = 0; i < order.size() && !shrunk; ++i) {
            auto less = order;
            less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
            if ((shrunk = !fails(less).empty())) order = less;
        }
    }
    std::string out = fails(order);
    for (const auto i : order) {
        auto text = history[i];
        std::ranges::replace(text, '\r', '\n');
        out += text + '\n';
    }
    return out;
}

std::vector<std::string> random_history(Random& random, bool ties)
{
    std::vector<std::string> history;
    MessageWriter writer{random};
    for (int i = 0, n = 6 + random(14); i < n; ++i) history.push_back(writer.message(i, ties));
    return history;
}

std::vector<std::size_t> random_order(Random& random, std::size_t size, bool repeats)
{
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::shuffle(order, random.engine);
    if (repeats)
        for (int i = random(3); i > 0; --i) order.push_back(static_cast<std::size_t>(random(static_cast<int>(size))));
    return order;
}

TEST(RealPacks, random_histories_give_the_cells_of_the_batch)
{
    Random random{std::mt19937(20261122)};
    std::size_t counted = 0;
    std::set<std::string> indicators;
    for (int round = 0; round < rounds; ++round) {
        const auto history = random_history(random, random.one_in(2));
        const auto order = random_order(random, history.size(), true);
        const auto partitions = 1 + static_cast<std::uint32_t>(random(4));
        const auto seed = static_cast<unsigned>(random.engine());
        const auto outcome = play(history, order, partitions, seed);
        counted += !outcome.batch.empty();
        for (const auto& [key, sum] : outcome.batch) indicators.insert(parse_cell_key(key + std::string(received_bytes, '\0'))->indicator);
        ASSERT_TRUE(outcome.same()) << "round " << round << '\n' << smallest(history, order, [&](const auto& less) {
            const auto o = play(history, less, partitions, seed);
            return o.same() ? std::string() : differences(o);
        });
    }
    EXPECT_GT(counted, static_cast<std::size_t>(rounds) / 2) << "else this proves little";
    for (const auto* id : {"G1.1", "G1.2", "G2.3", "G8.1"}) EXPECT_TRUE(indicators.contains(id)) << id << " was never counted";
    EXPECT_GE(indicators.size(), 5u) << "test positivity was never counted";
}

/// Works on each message before the next one comes, as a gateway that is not behind.
void play_in_order(MemoryLog& log, const std::vector<std::string>& history, const std::vector<std::size_t>& order, std::size_t count)
{
    EXPECT_TRUE(log.start([] { return make_gateway_processor(options()); }, 1));
    for (std::size_t i = 0; i < count; ++i) {
        append(log, history[order[i]], static_cast<int>(i));
        log.run();
    }
}

TEST(RealPacks, what_was_known_at_a_time_is_the_batch_over_what_had_been_received)
{
    Random random{std::mt19937(401)};
    std::size_t restated = 0;
    for (int round = 0; round < rounds / 4; ++round) {
        const auto history = random_history(random, random.one_in(2));
        const auto order = random_order(random, history.size(), true);
        const auto partitions = 1 + static_cast<std::uint32_t>(random(4));
        const auto last = random(static_cast<int>(order.size()));
        MemoryLog all(partitions), then(partitions);
        play_in_order(all, history, order, order.size());
        play_in_order(then, history, order, static_cast<std::size_t>(last) + 1);
        const Outcome o{event_cells(all, received_at(last)), batch_cells(then), 0};
        ASSERT_TRUE(o.same()) << "round " << round << '\n' << differences(o);
        restated += o.stream != event_cells(all);
    }
    EXPECT_GT(restated, static_cast<std::size_t>(rounds) / 16) << "else this proves little";
}

TEST(RealPacks, numbers_do_not_depend_on_the_order_of_arrival)
{
    Random random{std::mt19937(7)};
    for (int round = 0; round < rounds / 4; ++round) {
        const auto history = random_history(random, false);
        const auto base = random_order(random, history.size(), false);
        const auto other = random_order(random, history.size(), true);
        const auto partitions = 1 + static_cast<std::uint32_t>(random(4));
        const auto fails = [&](const std::vector<std::size_t>& some) {
            std::vector<std::size_t> again;
            for (const auto i : other)
                if (std::ranges::find(some, i) != some.end()) again.push_back(i);
            Outcome o;
            o.stream = play(history, some, 1, 1).stream;
            o.batch = play(history, again, partitions, 2).stream;
            return o.same() ? std::string() : differences(o);
        };
        const auto failure = fails(base);
        ASSERT_TRUE(failure.empty()) << "round " << round << '\n' << smallest(history, base, fails);
    }
}

} // namespace
} // namespace sluse
