// tests/process/back_fill_test.cpp — packs that change while messages come end in the cells of a log that had them from the start.
#include "gateway/base/files.hpp"
#include "gateway/process/back_fill.hpp"

#include "gateway/indicators/fingerprint.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/tools/simulate.hpp"
#include "gateway/track/batch.hpp"
#include "gateway/track/cell_key.hpp"
#include "gateway/track/rollups.hpp"
#include "tests/process/event_cells.hpp"
#include "tests/process/message_log.hpp"
#include "tests/temporary.hpp"

#include <algorithm>
#include <map>

namespace sluse {
namespace {

namespace fs = std::filesystem;

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return at == text.npos ? text : text.replace(at, from.size(), to);
}

/// The shipped packs as they may have been before: one lacks, one counted otherwise, one is no more today.
std::shared_ptr<const Packs> older_packs(const fs::path& folder)
{
    const fs::path shipped = SLUSE_SOURCE_DIR "/schemas";
    fs::create_directories(folder);
    for (const auto* part : {"codes", "cohorts", "indicators"}) fs::copy(shipped / part, folder / part, fs::copy_options::recursive);
    const auto readmission = folder / "indicators/G1.1.yaml";
    const auto text = bytes_of(readmission);
    fs::remove(folder / "indicators/G8.1.yaml");
    std::ofstream(folder / "indicators/GONE.yaml") << replaced(text, "id: G1.1", "id: GONE");
    std::ofstream(readmission) << replaced(text, "within: 30 d", "within: 3 d");
    Issues issues;
    auto packs = Packs::load(folder, issues);
    for (const auto& i : issues) ADD_FAILURE() << i.path << ": " << i.text;
    return packs;
}

bool counts(const BatchCells& cells, std::string_view indicator)
{
    return std::any_of(cells.begin(), cells.end(), [&](const auto& c) { return parse_cell_key(c.first + std::string(received_bytes, '\0'))->indicator == indicator; });
}

std::vector<std::string> messages(std::uint64_t count)
{
    SimulateOptions options;
    options.seed = 7;
    options.messages = count;
    options.formats = {SimulateFormat::hl7v2};
    Simulator simulator(options);
    std::vector<std::string> all;
    for (SimulatedMessage m; simulator.next(m);) all.push_back(m.bytes);
    return all;
}

struct Rig {
    TemporaryDirectory folder;
    std::shared_ptr<Rules> before = std::make_shared<Rules>(), after = std::make_shared<Rules>();
    RulesArchive archive{folder.path() / "archive"};
    std::vector<std::string> all = messages(900);

    Rig()
    {
        before->maps = after->maps = message_log::options().maps;
        before->packs = older_packs(folder.path() / "older");
        after->packs = message_log::options().packs;
        before->hash = std::string(64, 'a');
        after->hash = std::string(64, 'b');
        fs::create_directories(folder.path() / "nothing");
        EXPECT_TRUE(archive.keep(folder.path() / "nothing", before) && archive.keep(folder.path() / "nothing", after));
    }
    std::unique_ptr<Processor> processor()
    {
        RuledOptions options;
        options.fallback = after;
        options.archive = &archive;
        options.make = [](const Rules& rules) {
            auto o = message_log::options();
            o.packs = rules.packs;
            return make_gateway_processor(o);
        };
        options.back_fill = [](Processor& now, Unit& unit, const Ulid& cause, Millis at, bool first) { begin_back_fill(unit, now, cause, at, first); };
        return make_ruled_processor(std::move(options));
    }
    void activate(MemoryLog& log, const Rules& rules)
    {
        UlidSource ids;
        for (std::uint32_t p = 0; p < log.partitions(); ++p) log.append(p, std::string(activation_key), activation_record(rules.hash, ids.next(1), 1), 1, [](Result<Position>) {});
    }
    void feed(MemoryLog& log, std::size_t from, std::size_t below)
    {
        for (auto i = from; i < below; ++i) message_log::append(log, all[i], static_cast<int>(i));
        log.run();
    }
    BatchCells fresh()
    {
        MemoryLog log(2);
        EXPECT_TRUE(log.start([&] { return processor(); }, 1));
        activate(log, *after);
        feed(log, 0, all.size());
        return event_cells(log);
    }
};

Filling filling(MemoryLog& log, std::uint32_t partition)
{
    auto at = Filling::done;
    log.inspect(partition, [&](State& state) { at = filling_of(state); });
    return at;
}

TEST(BackFill, counts_what_is_new_while_messages_come_and_takes_back_what_is_gone_at_the_end)
{
    Rig rig;
    MemoryLog log(2);
    ASSERT_TRUE(log.start([&] { return rig.processor(); }, 1));
    rig.activate(log, *rig.before);
    std::size_t fed = 600;
    rig.feed(log, 0, fed);
    EXPECT_EQ(filling(log, 0), Filling::done) << "the first rules have nobody to count";
    const auto old_cells = event_cells(log);
    EXPECT_TRUE(counts(old_cells, "GONE") && counts(old_cells, "G1.1"));
    EXPECT_FALSE(counts(old_cells, "G8.1"));

    rig.activate(log, *rig.after);
    log.run();
    int steps = 0;
    const auto step = [&](std::uint32_t partition, bool everywhere) {
        if (++steps % 3 == 0) log.abort_next(1); // a unit that did not commit is done again
        static_cast<void>(log.execute(partition, [&](Unit& unit, Processor& processor) { fill_some(unit, processor, everywhere, 5); }));
        if (fed < rig.all.size()) rig.feed(log, fed, fed + 20), fed += 20;
    };
    for (std::uint32_t p : {1u, 0u})
        while (filling(log, p) == Filling::going_on) step(p, false);
    EXPECT_TRUE(counts(event_cells(log), "GONE")) << "stands until what is new is whole";
    EXPECT_TRUE(counts(event_cells(log), "G8.1"));
    rig.feed(log, fed, rig.all.size());
    for (std::uint32_t p : {0u, 1u})
        while (filling(log, p) != Filling::done) step(p, true);

    EXPECT_FALSE(counts(event_cells(log), "GONE"));
    const auto differences = verify(event_cells(log), rig.fresh());
    for (const auto& d : differences) ADD_FAILURE() << d.cell << ": filled " << d.stream << ", from the start " << d.batch;
}

TEST(BackFill, a_rule_that_only_says_it_differently_is_the_same_rule)
{
    Rig rig;
    const auto& older = *rig.before->packs;
    const auto& today = *rig.after->packs;
    std::map<std::string, std::string> prints;
    for (std::size_t i = 0; i < older.packs().size(); ++i) prints[older.packs()[i].id + older.packs()[i].version] = fingerprint_of(older.definition(i), older.regions());
    for (std::size_t i = 0; i < today.packs().size(); ++i) {
        const auto& id = today.packs()[i].id;
        const auto print = fingerprint_of(today.definition(i), today.regions());
        if (id == "G8.1") continue; // is new
        EXPECT_EQ(prints[id + today.packs()[i].version] == print, id != "G1.1") << id; // whose window changed
    }
}

} // namespace
} // namespace sluse
