// tests/rules/rules_test.cpp — records keep the rules they were journalled under; refused messages are kept, listed and bounded.
#include "gateway/journal/memory_log.hpp"
#include "gateway/model/envelope.hpp"
#include "gateway/process/refusals.hpp"
#include "gateway/process/rules.hpp"
#include "tests/temporary.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluse {
namespace {

namespace fs = std::filesystem;

/// Writes down which set each record met.
class Witness final : public Processor {
public:
    Witness(std::string hash, std::vector<std::string>& seen) : hash_(std::move(hash)), seen_(seen) {}
    void process(Topic, const Record& record, Unit&) override { seen_.push_back(record.value + " under " + hash_); }
    void flush(Unit&) override {}
    void forget(std::uint32_t) override {}

private:
    std::string hash_;
    std::vector<std::string>& seen_;
};

std::shared_ptr<const Rules> rules_named(char digit)
{
    auto rules = std::make_shared<Rules>();
    rules->hash = std::string(64, digit);
    return rules;
}

TEST(RuledProcessor, processes_each_record_under_the_rules_of_its_place_in_the_journal)
{
    const TemporaryDirectory directory;
    const auto& folder = directory.path();
    const auto a = rules_named('a'), b = rules_named('b');
    fs::create_directories(folder / "schemas");
    RulesArchive archive(folder / "archive");
    ASSERT_TRUE(archive.keep(folder / "schemas", a));
    ASSERT_TRUE(archive.keep(folder / "schemas", b));
    std::vector<std::string> seen;
    int back_fills = 0;
    MemoryLog log(1);
    const auto options = [&] {
        return RuledOptions{b, &archive, [&](const Rules& rules) { return std::make_unique<Witness>(rules.hash.substr(0, 1), seen); },
                            [&](Processor&, Unit&, const Ulid&, Millis, bool first) { back_fills += !first; }};
    };
    ASSERT_TRUE(log.start([&] { return make_ruled_processor(options()); }, 1));
    UlidSource ids;
    const auto append = [&](std::string key, std::string value) { log.append(0, std::move(key), std::move(value), 1, [](const Result<Position>&) {}); };
    append(std::string(activation_key), activation_record(a->hash, ids.next(1), 1));
    append("lane", "one");
    append(std::string(activation_key), activation_record(a->hash, ids.next(1), 1)); // again the same: nothing changes
    append("lane", "two");
    append(std::string(activation_key), activation_record(b->hash, ids.next(1), 1));
    append("lane", "three");
    log.run();
    EXPECT_EQ(seen, (std::vector<std::string>{"one under a", "two under a", "three under b"}));
    EXPECT_EQ(back_fills, 1);
    log.inspect(0, [&](State& state) {
        EXPECT_EQ(active_rules(state), b->hash);
        EXPECT_EQ(activations(state), 3u);
    });
    log.close();
}

TEST(RulesArchive, never_makes_a_path_of_what_is_no_hash)
{
    RulesArchive archive("/nonexistent");
    EXPECT_EQ(archive.find("../../etc"), nullptr);
}

Refusal refusal(UlidSource& ids, const std::string& system)
{
    Refusal r;
    r.envelope.id = ids.next(1);
    r.envelope.system = system;
    r.envelope.bytes = "MSH|broken";
    r.answer = Answer::content_error;
    r.issues.push_back({Severity::error, IssueKind::required_missing, "PID-3", "is missing"});
    return r;
}

TEST(Refusals, are_listed_newest_first_without_their_bytes_and_bounded)
{
    MemoryState state;
    OverlayUnit unit(state, 0, 1);
    UlidSource ids;
    for (const char* system : {"first", "second", "third"}) {
        Record record;
        record.key = refusal_key;
        record.value = refusal_record(refusal(ids, system));
        keep_refusal(record, unit, 2);
    }
    std::vector<std::string> listed;
    for (const auto& [r, offset] : listed_refusals(unit, 10)) {
        EXPECT_EQ(r.envelope.bytes, "");
        EXPECT_EQ(r.issues.at(0).path, "PID-3");
        listed.push_back(r.envelope.system);
    }
    EXPECT_EQ(listed, (std::vector<std::string>{"third", "second"}));
    EXPECT_EQ(refusals_kept(unit), 3u);
    EXPECT_EQ(unit.sent().size(), 3u);
}

TEST(Refusals, a_cut_record_is_a_fault)
{
    UlidSource ids;
    const auto record = encode_refusal(refusal(ids, "x"));
    ASSERT_TRUE(decode_refusal(record));
    for (std::size_t cut = 0; cut < record.size(); ++cut) EXPECT_FALSE(decode_refusal(std::string_view(record).substr(0, cut)));
}

} // namespace
} // namespace sluse
