// tests/process/processor_test.cpp — duplicates, quarantine with what parks behind it, release, and the balance; with a format of the test's own.
#include "gateway/process/processor.hpp"

#include "gateway/base/codec.hpp"
#include "gateway/journal/memory_log.hpp"
#include "gateway/process/find.hpp"
#include "tests/process/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace sluse {
namespace {

bool mended = false; ///< what the format could not map, it can now

/// Messages read "SYSTEM person control-id words": words are the family name; "bad" and "throw" cannot be mapped until mended.
Checked fake_check(std::string_view, const SystemSettings&)
{
    return {};
}

std::vector<std::string> words_of(std::string_view message)
{
    std::vector<std::string> words{""};
    for (const char c : message)
        if (c == ' ' && words.size() < 4) words.emplace_back();
        else words.back() += c;
    return words;
}

Result<void> fake_normalise(std::string_view message, const Checked&, const NormaliseContext&, Normalised& out)
{
    const auto words = words_of(message);
    if (!mended && words[3] == "bad") return Fault{Errc::bad_message, "PV1-2: no row takes it"};
    if (!mended && words[3] == "throw") throw std::runtime_error("Hansen");
    out.clear();
    const auto json = "{\"resourceType\":\"Patient\",\"id\":\"p" + words[1] + "\",\"identifier\":[{\"system\":\"s\",\"value\":\"" + words[1] + "\"}],\"name\":\"" + words[3] + "\"}";
    out.bundle = json;
    out.resources.push_back({"Patient", "p" + words[1], 0, json.size()});
    out.recorded_ms = 1;
    out.coverage.unmapped = {"ZZZ-1"};
    return {};
}

const Adapter* fake(std::string_view name)
{
    static const Adapter adapter{"fake", nullptr, nullptr, fake_check, nullptr, fake_normalise};
    return name == "fake" ? &adapter : nullptr;
}

struct NoMaps final : Maps {
    std::string none;
    const std::string& hash() const override { return none; }
};

class Stage : public testing::Test {
protected:
    Stage()
    {
        mended = false;
        EXPECT_TRUE(log_.start([] { return std::make_unique<GatewayProcessor>(options(), fake); }, 1));
    }

    static ProcessOptions options()
    {
        ProcessOptions o;
        o.maps = std::make_shared<NoMaps>();
        o.packs = std::make_shared<history::TestPacks>();
        static const SystemSettings settings;
        o.system_settings = [](std::string_view) -> const SystemSettings& { return settings; };
        return o;
    }

    Envelope envelope(const std::string& message, Millis at, const std::string& format = "fake")
    {
        const auto words = words_of(message);
        Envelope e;
        e.id.bytes[15] = static_cast<std::uint8_t>(++count_);
        for (std::size_t i = 0; i < 6; ++i) e.id.bytes[i] = static_cast<std::uint8_t>(at >> (40 - 8 * i));
        e.received_ms = at;
        e.system = words[0];
        e.format = format;
        e.control_id = words[2];
        const auto keys = Keys::demonstration();
        e.lane = words[1] == "-" ? lane_of_system(keys.lane, e.system) : lane_of(keys.lane, PersonIdentifier{"s", words[1]});
        e.bytes = message;
        return e;
    }

    Ulid send(const std::string& message, Millis at = 0, const std::string& format = "fake")
    {
        const auto e = envelope(message, at, format);
        std::string record;
        encode(e, record);
        log_.append(e.lane.partition(log_.partitions()), "", record, at, [](Result<Position>) {});
        log_.run();
        return e.id;
    }

    Fate fate(const Ulid& id)
    {
        const auto t = trace_of(log_, id);
        return t ? t->fate : Fate::unknown;
    }

    SystemCounters counters(const std::string& system)
    {
        auto all = counters_of(log_);
        EXPECT_EQ(balance_of(all), 0);
        return all[system];
    }

    /// Family names in the order in which they went out.
    std::string sent()
    {
        std::string out;
        for (std::uint32_t p = 0; p < log_.partitions(); ++p) {
            const auto records = log_.read(Topic::fhir, p, 0, 1u << 30);
            for (const auto& r : *records) {
                const auto at = r.value.find("\"name\":\"") + 8;
                out += r.value.substr(at, r.value.find('"', at) - at) + ' ';
            }
        }
        return out;
    }

    Repaired release(const Ulid& message)
    {
        Repaired result;
        const auto t = trace_of(log_, message);
        for (std::uint32_t p = 0; p < log_.partitions(); ++p)
            EXPECT_TRUE(log_.execute(p, [&](Unit& unit, Processor& processor) {
                const auto one = repairs_of(processor)->release(unit, t->lane, t->system);
                result.processed += one.processed;
                result.left += one.left;
                if (!one.reason.empty()) result.reason = one.reason;
                processor.flush(unit);
            }));
        return result;
    }

    MemoryLog log_{4};
    int count_{};
};

TEST_F(Stage, drops_the_same_message_and_counts_a_control_id_used_again)
{
    send("EPJ 1 c1 Hansen");
    const auto again = send("EPJ 1 c1 Hansen");
    send("EPJ 1 c1 Jensen");
    send("LAB 1 c1 Hansen"); // another system's numbers are its own
    const auto c = counters("EPJ");
    EXPECT_EQ(fate(again), Fate::duplicate);
    EXPECT_EQ(c.accepted, 3u);
    EXPECT_EQ(c.duplicates, 1u);
    EXPECT_EQ(c.normalised, 2u);
    EXPECT_EQ(c.control_id_reused, 1u);
    EXPECT_EQ(c.unmapped_by_path.at("ZZZ-1"), 2u);
    EXPECT_EQ(counters("LAB").normalised, 1u);
}

TEST_F(Stage, forgets_duplicates_after_the_window)
{
    const Millis day = 24 * hour_ms;
    send("EPJ 1 c1 Hansen", 0);
    EXPECT_EQ(fate(send("EPJ 1 c1 Hansen", 89 * day)), Fate::duplicate);
    EXPECT_EQ(fate(send("EPJ 1 c1 Hansen", 91 * day)), Fate::normalised);
}

TEST_F(Stage, sweeps_the_slice_that_the_offset_names_so_that_restarts_do_not_begin_anew)
{
    const Millis later = 100 * 24 * hour_ms;
    for (int i = 0; i < 2048; ++i) send("EPJ 1 a" + std::to_string(i) + " Hansen", 0);
    const auto old_in = [&](char slice) {
        std::size_t old = 0;
        for (std::uint32_t p = 0; p < log_.partitions(); ++p)
            log_.inspect(p, [&](State& state) {
                state.scan(std::string{'D', slice}, [&](std::string_view, std::string_view saying) {
                    Reader r(saying);
                    r.raw(16);
                    old += r.sint() < later;
                    return true;
                });
            });
        return old;
    };
    ASSERT_GT(old_in(1), 0u);
    const auto of_two = old_in(2);
    ASSERT_GT(of_two, 0u);
    for (int i = 0; i < 100; ++i) send("EPJ 1 b" + std::to_string(i) + " Hansen", later);
    EXPECT_EQ(old_in(1), 0u) << "offset 2048 lies in the second stretch";
    EXPECT_EQ(old_in(2), of_two) << "whose turn comes later";
}

TEST_F(Stage, forgets_traces_past_their_retention_but_not_what_is_held)
{
    const Millis day = 24 * hour_ms;
    const auto bad = send("EPJ 1 bad bad", 0);
    constexpr int messages = 4000;
    Ulid last;
    for (int i = 1; i <= messages; ++i) last = send("EPJ 2 c" + std::to_string(i) + " Olsen", i * hour_ms);
    std::size_t traces = 0;
    Millis oldest = messages * hour_ms;
    for (std::uint32_t p = 0; p < log_.partitions(); ++p)
        log_.inspect(p, [&](State& state) {
            state.scan("M", [&](std::string_view key, std::string_view) {
                ++traces;
                if (key.substr(1, 16) != std::string_view(reinterpret_cast<const char*>(bad.bytes.data()), 16)) oldest = std::min(oldest, static_cast<Millis>(get_be(key.substr(1, 6))));
                return true;
            });
        });
    EXPECT_LE(traces, 90u * 24 + 300) << "the ninety days, and at most what came since the last sweep";
    EXPECT_GE(traces, 90u * 24);
    EXPECT_GE(oldest, messages * hour_ms - 90 * day - 300 * hour_ms);
    EXPECT_EQ(fate(last), Fate::normalised);
    EXPECT_EQ(counters("EPJ").quarantined, 1u) << "the held one is still there to be released";
    std::size_t held = 0;
    for (std::uint32_t p = 0; p < log_.partitions(); ++p) log_.inspect(p, [&](State& state) { held += quarantine_of(state).size(); });
    EXPECT_EQ(held, 1u);
}

TEST_F(Stage, forgets_notes_oldest_first_and_few_at_a_time)
{
    MemoryState state;
    OverlayUnit unit(state, 0, 1);
    const auto put = [&](Held held, const char* system, Millis at) {
        QuarantineEntry e;
        e.held = held;
        e.system = system;
        e.received_ms = at;
        for (std::size_t i = 0; i < 6; ++i) e.message.bytes[i] = static_cast<std::uint8_t>(at >> (40 - 8 * i));
        std::string record;
        encode(e, record);
        unit.put(quarantine_key(e), record);
    };
    put(Held::failed, "EPJ", 1);
    for (int i = 1; i <= 10; ++i) put(Held::note, "EPJ", i);
    put(Held::note, "LAB", 1);
    sweep_notes(unit, "EPJ", 8, 5);
    state.apply(unit);
    const auto entries = [&] {
        OverlayUnit reading(state, 0, 1);
        return quarantine_of(reading);
    };
    EXPECT_EQ(entries().size(), 7u);
    OverlayUnit next(state, 0, 1);
    sweep_notes(next, "EPJ", 8, 5);
    state.apply(next);
    std::vector<Millis> left;
    for (const auto& e : entries())
        if (e.held == Held::note && e.system == "EPJ") left.push_back(e.received_ms);
    EXPECT_EQ(left, (std::vector<Millis>{8, 9, 10}));
    EXPECT_EQ(entries().size(), 5u) << "the failed one and the other system's note stay";
}

/// A state that counts who looks through the quarantine.
class Watched final : public StateSource {
public:
    std::optional<std::string> get(std::string_view key) override { return state.get(key); }
    void scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& each) override
    {
        looks += prefix.starts_with('X');
        state.scan(prefix, each);
    }
    MemoryState state;
    int looks{};
};

TEST_F(Stage, looks_for_notes_only_when_one_can_be_past_its_retention)
{
    const Millis day = 24 * hour_ms;
    Watched watched;
    GatewayProcessor processor(options(), fake);
    const auto put_note = [&](Millis at) {
        OverlayUnit unit(watched, 0, 1);
        QuarantineEntry e;
        e.held = Held::note;
        e.system = "EPJ";
        for (std::size_t i = 0; i < 6; ++i) e.message.bytes[i] = static_cast<std::uint8_t>(at >> (40 - 8 * i));
        std::string record;
        encode(e, record);
        unit.put(quarantine_key(e), record);
        watched.state.apply(unit);
    };
    std::uint64_t offset = 0;
    /// The notes left, and how often somebody looked for them while so many messages came.
    const auto after = [&](int messages, Millis at) {
        watched.looks = 0;
        for (int i = 0; i < messages; ++i) {
            OverlayUnit unit(watched, 0, 1);
            std::string record;
            encode(envelope("EPJ 1 n" + std::to_string(offset) + " Hansen", at), record);
            processor.process(Topic::raw, Record{0, offset++, at, "", record}, unit);
            processor.flush(unit);
            watched.state.apply(unit);
        }
        const auto looks = watched.looks;
        OverlayUnit reading(watched, 0, 1);
        return std::pair(quarantine_of(reading).size(), looks);
    };
    put_note(1 * day);
    put_note(5 * day);
    EXPECT_EQ(after(1100, 6 * day), std::pair(std::size_t{2}, 0)) << "nothing that old was ever received";
    EXPECT_EQ(after(1100, 92 * day), std::pair(std::size_t{1}, 1)) << "four sweeps, and after the first it is known how old the oldest is";
    EXPECT_EQ(after(1100, 96 * day), std::pair(std::size_t{0}, 1));
    EXPECT_EQ(after(1100, 300 * day), std::pair(std::size_t{0}, 0)) << "none is left";
}

TEST_F(Stage, parks_only_the_same_patients_messages_from_the_same_system)
{
    const auto bad = send("EPJ 1 c1 bad");
    const auto behind = send("EPJ 1 c2 Hansen");
    EXPECT_EQ(fate(bad), Fate::failed);
    EXPECT_EQ(fate(behind), Fate::parked);
    EXPECT_EQ(fate(send("EPJ 2 c3 Olsen")), Fate::normalised) << "another patient";
    EXPECT_EQ(fate(send("LAB 1 c4 Hansen")), Fate::normalised) << "another system";
    send("EPJ - c5 bad");
    EXPECT_EQ(fate(send("EPJ - c6 Nobody")), Fate::normalised) << "without a patient nothing parks";
    const auto c = counters("EPJ");
    EXPECT_EQ(c.quarantined, 2u);
    EXPECT_EQ(c.parked, 1u);
    EXPECT_EQ(trace_of(log_, bad)->reason, "PV1-2: no row takes it");
}

TEST_F(Stage, finds_every_message_after_the_clock_was_wrong)
{
    const auto before = send("EPJ 1 c1 Hansen", 1'000'000), ahead = send("EPJ 1 c2 Hansen", 90'000'000), after = send("EPJ 1 c3 Hansen", 1'100'000);
    for (const auto& id : {before, ahead, after}) {
        const auto found = find_kept(log_, id);
        ASSERT_TRUE(found) << id.text();
        EXPECT_EQ(found->envelope.id, id);
    }
    EXPECT_FALSE(find_kept(log_, Ulid{}));
}

TEST_F(Stage, tells_nothing_of_an_exceptions_text)
{
    const auto id = send("EPJ 1 c1 throw");
    EXPECT_EQ(fate(id), Fate::failed);
    EXPECT_EQ(trace_of(log_, id)->reason.find("Hansen"), std::string::npos);
    EXPECT_EQ(fate(send("EPJ 2 c2 Olsen", 0, "no such format")), Fate::failed);
}

TEST_F(Stage, releases_in_the_order_of_acceptance)
{
    const auto bad = send("EPJ 1 c1 bad");
    send("EPJ 1 c2 second");
    send("EPJ 1 c3 third");
    EXPECT_EQ(sent(), "");
    auto result = release(bad);
    EXPECT_EQ(result.processed, 0u);
    EXPECT_EQ(result.left, 3u);
    EXPECT_EQ(result.reason, "PV1-2: no row takes it");
    mended = true;
    result = release(bad);
    EXPECT_EQ(result.processed, 3u);
    EXPECT_EQ(result.left, 0u);
    EXPECT_EQ(sent(), "bad second third ");
    const auto c = counters("EPJ");
    EXPECT_EQ(c.normalised, 3u);
    EXPECT_EQ(c.quarantined + c.parked, 0u);
    EXPECT_EQ(fate(send("EPJ 1 c4 fourth")), Fate::normalised) << "nothing is held any more";
    EXPECT_EQ(fate(send("EPJ 1 c1 bad")), Fate::duplicate);
}

TEST_F(Stage, goes_on_behind_a_discarded_message)
{
    const auto bad = send("EPJ 1 c1 bad");
    const auto behind = send("EPJ 1 c2 second");
    std::size_t found = 0;
    for (std::uint32_t p = 0; p < log_.partitions(); ++p)
        EXPECT_TRUE(log_.execute(p, [&](Unit& unit, Processor& processor) {
            EXPECT_FALSE(repairs_of(processor)->retry(unit, behind)) << "it stands behind another";
            found += repairs_of(processor)->discard(unit, bad).has_value();
            processor.flush(unit);
        }));
    EXPECT_EQ(found, 1u);
    EXPECT_EQ(fate(bad), Fate::discarded);
    EXPECT_EQ(fate(behind), Fate::normalised);
    EXPECT_EQ(counters("EPJ").discarded, 1u);
    for (std::uint32_t p = 0; p < log_.partitions(); ++p)
        log_.inspect(p, [](State& state) { EXPECT_TRUE(quarantine_of(state).empty()); });
}

TEST_F(Stage, keeps_a_damaged_record_apart_and_goes_on)
{
    log_.append(0, "", "damage", 0, [](Result<Position>) {});
    log_.run();
    EXPECT_EQ(counters("(unreadable)").quarantined, 1u);
    EXPECT_EQ(fate(send("EPJ 1 c1 Hansen")), Fate::normalised);
    send("EPJ 1 c2 Hansen");
    EXPECT_EQ(counters("EPJ").equal_content, 1u);
}

} // namespace
} // namespace sluse
